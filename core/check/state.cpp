// SPDX-License-Identifier: Apache-2.0
#include "state.h"

#include <cfenv>
#include <clocale>
#include <filesystem>
#include <limits>

#ifndef _WIN32
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace check {
namespace {

constexpr std::size_t kMostPrinted = 64u << 20; // bytes; more than that ends the process

int captured = -1;

#ifdef _WIN32
std::string handlers() { return ""; }
std::string mask() { return ""; }
#else
std::string handlers() {
    std::string all;
    for (int number = 1; number < 32; ++number) {
        struct sigaction action{};
        sigaction(number, nullptr, &action);
        all += std::to_string(number) + ":" +
               std::to_string(reinterpret_cast<std::uintptr_t>(action.sa_handler)) + " ";
    }
    return all;
}
std::string mask() {
    sigset_t blocked;
    sigemptyset(&blocked);
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    std::string all;
    for (int number = 1; number < 32; ++number)
        all += sigismember(&blocked, number) == 1 ? '1' : '0';
    return all;
}
#endif

std::string folder() {
    std::error_code error;
    return std::filesystem::current_path(error).string();
}

} // namespace

std::FILE* take_stdout() {
#ifdef _WIN32
    return stdout;
#else
    std::fflush(stdout);
    std::FILE* apart = std::tmpfile();
    const int kept = dup(1);
    if (apart != nullptr)
        captured = dup(fileno(apart));
    if (kept < 0 || dup2(captured >= 0 ? captured : 2, 1) < 0)
        return stdout;
    rlimit size{};
    getrlimit(RLIMIT_FSIZE, &size);
    size.rlim_cur = std::min<rlim_t>(size.rlim_max, kMostPrinted);
    setrlimit(RLIMIT_FSIZE, &size);
    return fdopen(kept, "w");
#endif
}

std::string printed() {
    std::string text;
#ifndef _WIN32
    std::fflush(stdout);
    if (captured < 0)
        return text;
    char block[4096];
    off_t at = 0;
    for (ssize_t got; text.size() < 65536 && (got = pread(captured, block, sizeof(block), at)) > 0;
         at += got)
        text.append(block, static_cast<std::size_t>(got));
#endif
    return text;
}

std::string float_environment_problem() {
    std::string problem;
    volatile double tiny = std::numeric_limits<double>::min();
    volatile float tiny_single = std::numeric_limits<float>::min();
    if (std::fegetround() != FE_TONEAREST)
        problem = "leaves another rounding mode behind";
    else if (tiny / 2 == 0 || tiny_single / 2 == 0)
        problem = "leaves denormal numbers switched off";
#ifdef __GLIBC__
    else if (fegetexcept() != 0)
        problem = "leaves trapping exceptions behind";
#endif
    if (!problem.empty())
        std::fesetenv(FE_DFL_ENV);
    return problem;
}

ProcessState::ProcessState()
    : handlers_(handlers()), mask_(mask()), locale_(std::setlocale(LC_ALL, nullptr)),
      folder_(folder()) {}

std::string ProcessState::difference() const {
    if (handlers() != handlers_)
        return "a signal handler was changed";
    if (mask() != mask_)
        return "the mask of blocked signals was changed";
    if (std::setlocale(LC_ALL, nullptr) != locale_)
        return "the locale was changed";
    if (folder() != folder_)
        return "the working directory was changed";
    return "";
}

} // namespace check
