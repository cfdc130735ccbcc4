// SPDX-License-Identifier: Apache-2.0
#include "../system.h"

#include "../loaded.h"

#include <algorithm>
#include <cfenv>
#include <cstdlib>

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>
#endif
#ifdef __APPLE__
#include <crt_externs.h>
#include <sys/sysctl.h>
#endif

namespace check {

// ---- this program ----

std::vector<std::string> arguments_of(int argc, char** argv) { return {argv, argv + argc}; }
void forget_variable(const char* name) { unsetenv(name); }
void leave(int status) { std::_Exit(status); }

#ifdef __APPLE__
Emulator emulator() {
    int translated = 0;
    std::size_t size = sizeof(translated);
    sysctlbyname("sysctl.proc_translated", &translated, &size, nullptr, 0);
    return translated == 1 ? Emulator{"rosetta", true} : Emulator{};
}
#else
namespace {

std::string link_target(const char* link) {
    char target[4096];
    const auto size = readlink(link, target, sizeof(target));
    return size < 0 ? "" : std::string(target, static_cast<std::size_t>(size));
}

} // namespace

// qemu-user answers for /proc/self/exe with the program that it runs; the thread's entry is the
// kernel's own answer.
Emulator emulator() {
    const auto program = link_target("/proc/self/exe"), runs = link_target("/proc/thread-self/exe");
    if (program.empty() || runs.empty() || program == runs)
        return {};
    return {runs.substr(runs.rfind('/') + 1), true};
}
#endif

// ---- libraries ----

void* open_library(const std::string& path, std::string& problem) {
    int flags = RTLD_NOW | RTLD_LOCAL;
#ifdef RTLD_DEEPBIND
    flags |= RTLD_DEEPBIND;
#endif
    // a name without a slash would be looked up in the system's folders
    void* handle =
        dlopen((path.find('/') == std::string::npos ? "./" + path : path).c_str(), flags);
    if (handle == nullptr) {
        const char* why = dlerror();
        problem = why == nullptr ? path + " cannot be loaded" : why;
    }
    return handle;
}
void* symbol_of(void* handle, const char* name) { return dlsym(handle, name); }

// ---- standard output ----

namespace {
int captured = -1;
} // namespace

std::FILE* take_stdout() {
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
}

std::string printed() {
    std::string text;
    std::fflush(stdout);
    if (captured < 0)
        return text;
    char block[4096];
    off_t at = 0;
    for (ssize_t got; text.size() < 65536 && (got = pread(captured, block, sizeof(block), at)) > 0;
         at += got)
        text.append(block, static_cast<std::size_t>(got));
    return text;
}

// ---- what a library has no business to change ----

namespace {
void nothing(int) {}
} // namespace

void hear_signals() {
    for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2}) {
        struct sigaction action{};
        sigaction(number, nullptr, &action);
        if (action.sa_handler == SIG_IGN)
            signal(number, nothing);
    }
}

std::string environment() {
#ifdef __APPLE__
    char** row = *_NSGetEnviron();
#else
    char** row = environ;
#endif
    std::string all;
    for (; row != nullptr && *row != nullptr; ++row)
        all += std::string(*row) + "\n";
    return all;
}

std::string cpus() {
    std::string all;
#ifdef __linux__
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
            all += CPU_ISSET(cpu, &set) ? '1' : '0';
#endif
    return all;
}

std::string signal_handlers() {
    std::string all;
    for (int number = 1; number < 32; ++number) {
        struct sigaction action{};
        sigaction(number, nullptr, &action);
        all += std::to_string(number) + ":" +
               std::to_string(reinterpret_cast<std::uintptr_t>(action.sa_handler)) + " ";
    }
    return all;
}

std::string blocked_signals() {
    sigset_t blocked;
    sigemptyset(&blocked);
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    std::string all;
    for (int number = 1; number < 32; ++number)
        all += sigismember(&blocked, number) == 1 ? '1' : '0';
    return all;
}

bool traps_exceptions() {
#ifdef __GLIBC__
    return fegetexcept() != 0;
#else
    return false;
#endif
}

// ---- memory, threads, time ----

Fence::Fence(std::size_t bytes) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    size_ = (bytes + page - 1) / page * page;
    void* memory =
        mmap(nullptr, size_ + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        std::abort();
    whole_ = static_cast<char*>(memory);
    inside_ = whole_ + page;
    mprotect(whole_, page, PROT_NONE);
    mprotect(inside_ + size_, page, PROT_NONE);
}
Fence::~Fence() {
    const auto page = static_cast<std::size_t>(inside_ - whole_);
    munmap(whole_, size_ + 2 * page);
}

std::int64_t memory_in_use() {
    long long whole = 0, resident = -1;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%lld %lld", &whole, &resident) != 2)
            resident = -1;
        std::fclose(file);
    }
    return resident < 0 ? -1 : resident * sysconf(_SC_PAGESIZE);
}

namespace {
extern "C" void* run_work(void* work) {
    (*static_cast<const std::function<void()>*>(work))();
    return nullptr;
}
} // namespace

bool run_with_stack(std::size_t bytes, const std::function<void()>& work) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, bytes);
    pthread_t thread{};
    auto kept = work;
    const bool started = pthread_create(&thread, &attributes, run_work, &kept) == 0;
    if (started)
        pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
    return started;
}

Usage usage() {
    rusage u{};
    getrusage(RUSAGE_SELF, &u);
    const auto time = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return {time(u.ru_utime) + time(u.ru_stime), u.ru_nivcsw};
}
double usage_step() { return 0.0; }

} // namespace check
