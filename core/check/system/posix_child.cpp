// SPDX-License-Identifier: Apache-2.0
#include "../child.h"
#include "../clock.h"
#include "../guard.h"
#include "../loaded.h"
#include "../system.h"

#include <cstdlib>

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__) && defined(__x86_64__)
#include <ucontext.h>
#endif

namespace check {
namespace {

Shared* own = nullptr; // the child's

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

using Work = std::function<std::string(const Tell&)>;

using End = void (*)(int status);

[[noreturn]] void child(Shared& shared, const Work& work, End end) {
    own = &shared;
    guard_stop();
    own_signals();
    keep(shared.answer, work([&](const std::string& step) { keep(shared.step, step); }));
    shared.answered = true;
    end(0);
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
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        return "the child hangs: it computes without end";
    if (WIFSIGNALED(status))
        return "the child died of signal " + std::to_string(WTERMSIG(status)) +
               (shared.wrote ? " as it wrote" : "");
    return "the child ended with status " + std::to_string(WEXITSTATUS(status));
}

ChildEnd forked(double limit, const Work& work, End how = _exit) {
    void* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return {"no shared memory", ""};
    auto& shared = *static_cast<Shared*>(memory); // zeroed
    const pid_t pid = fork();
    if (pid == 0)
        child(shared, work, how);
    ChildEnd end{"fork failed", ""};
    if (pid > 0) {
        bool hangs = false;
        const int status = wait_for(pid, limit, hangs);
        const bool well = shared.answered && status == 0;
        end = {well ? shared.answer : how_it_ended(status, hangs, limit, shared), shared.step};
    }
    munmap(memory, sizeof(Shared));
    return end;
}

} // namespace

ChildEnd in_child(double limit, Chore chore, const Task& task) {
    return forked(limit, [&](const Tell& tell) { return do_chore(chore, task, tell); });
}

ChildEnd in_new_process(double limit, const std::string& backend, Scope scope) {
    const auto work = [&](const Tell& tell) {
        std::string problem;
        const trivet_backend* loaded = load(backend, problem);
        return loaded == nullptr ? problem : do_chore(Chore::ending, {*loaded, scope, ""}, tell);
    };
    return forked(limit, work, std::exit);
}

bool can_fork() { return true; }
ChildEnd in_fork(double limit, int computing, const std::function<std::string()>& work) {
    return forked(limit, [&](const Tell&) {
        const auto most = static_cast<rlim_t>(computing);
        const rlimit seconds{most, most + 1};
        setrlimit(RLIMIT_CPU, &seconds);
        return work();
    });
}

void serve_as_child(const std::vector<std::string>&) {} // a forked child never comes here

} // namespace check
