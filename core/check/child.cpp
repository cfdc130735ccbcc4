// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include "clock.h"

#include <algorithm>
#include <cstring>

#ifndef _WIN32
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#endif

namespace check {

#ifdef _WIN32
bool can_fork() { return false; }
ChildEnd in_child(double, const std::function<std::string(Steps)>&) { return {}; }
#else
namespace {

// Memory that the child shares with its parent: a text that is whole as soon as its flag is set.
struct Shared {
    char step[128];
    char answer[512];
    volatile bool answered, wrote; // wrote: it crashed as it wrote, where that can be told
};
Shared* own = nullptr; // the child's

template <std::size_t size> void keep(char (&into)[size], const std::string& text) {
    const auto length = std::min(size - 1, text.size());
    std::memcpy(into, text.data(), length);
    into[length] = 0;
}

// x86: whether the page fault came of a write.
bool of_write(const void* context) {
#if defined(__linux__) && defined(__x86_64__)
    constexpr greg_t write_bit = 2;
    const auto& registers = static_cast<const ucontext_t*>(context)->uc_mcontext.gregs;
    return (registers[REG_ERR] & write_bit) != 0;
#else
    (void)context;
    return false;
#endif
}

extern "C" void page_fault(int number, siginfo_t*, void* context) {
    own->wrote = of_write(context);
    signal(number, SIG_DFL);
    raise(number);
}

void own_signals() { // the parent tells how the child ended
    for (const int number : {SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGALRM, SIGXFSZ})
        signal(number, SIG_DFL);
    struct sigaction action{};
    action.sa_sigaction = page_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, nullptr);
    sigaction(SIGBUS, &action, nullptr);
}

[[noreturn]] void child(Shared& shared, const std::function<std::string(Steps)>& work) {
    own = &shared;
    own_signals();
    keep(shared.answer, work([&](const std::string& step) { keep(shared.step, step); }));
    shared.answered = true;
    _exit(0);
}

// The child's status, after the time limit that of a killed one.
int wait_for(pid_t pid, double limit, bool& hangs) {
    const double begin = now();
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (now() - begin > limit && !hangs) {
            hangs = true;
            kill(pid, SIGKILL);
        }
        usleep(500);
    }
    return status;
}

std::string how_it_ended(int status, bool hangs, double limit, const Shared& shared) {
    if (hangs)
        return "the child hangs (killed after " + std::to_string(static_cast<int>(limit)) + " s)";
    if (WIFSIGNALED(status))
        return "the child died of signal " + std::to_string(WTERMSIG(status)) +
               (shared.wrote ? " as it wrote" : "");
    return "the child ended with status " + std::to_string(WEXITSTATUS(status));
}

} // namespace

bool can_fork() { return true; }

ChildEnd in_child(double limit, const std::function<std::string(Steps)>& work) {
    void* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return {"no shared memory", ""};
    auto& shared = *static_cast<Shared*>(memory); // zeroed
    const pid_t pid = fork();
    if (pid == 0)
        child(shared, work);
    ChildEnd end{"fork failed", ""};
    if (pid > 0) {
        bool hangs = false;
        const int status = wait_for(pid, limit, hangs);
        end = {shared.answered ? shared.answer : how_it_ended(status, hangs, limit, shared),
               shared.step};
    }
    munmap(memory, sizeof(Shared));
    return end;
}
#endif

} // namespace check
