// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include <cstdlib>
#include <cstring>

#ifndef _WIN32
#include <signal.h>
#include <unistd.h>
#endif

namespace check {
namespace {

// Written before a case begins, so that a signal handler only has to choose and write.
struct Running {
    bool active = false;
    std::string before, after; // the text of the problem goes between
} running;
bool ended = false;
int descriptor = 1;
double most_seconds = 60.0;

#ifndef _WIN32
struct Fatal {
    int number;
    const char* text;
};
constexpr Fatal kFatal[] = {
    {SIGSEGV, "the provider crashed: segmentation fault"},
    {SIGBUS, "the provider crashed: bus error"},
    {SIGILL, "the provider crashed: illegal instruction"},
    {SIGFPE, "the provider crashed: arithmetic exception"},
    {SIGABRT, "the provider aborted"},
    {SIGTRAP, "the provider crashed: trap"},
    {SIGSYS, "the provider crashed: bad system call"},
    {SIGXFSZ, "the provider printed too much"},
    {SIGALRM, "the provider hangs: the case did not end within its time limit"},
};

void write_text(const char* text, std::size_t size) {
    while (size > 0) {
        const auto written = write(descriptor, text, size);
        if (written <= 0)
            return;
        text += written;
        size -= static_cast<std::size_t>(written);
    }
}

void write_line(const char* problem) {
    if (!running.active)
        return;
    running.active = false;
    write_text(running.before.data(), running.before.size());
    write_text(problem, std::strlen(problem));
    write_text(running.after.data(), running.after.size());
}

extern "C" void fatal_signal(int number) {
    for (const auto& one : kFatal)
        if (one.number == number)
            write_line(one.text);
    if (number == SIGALRM)
        _exit(1);
    signal(number, SIG_DFL);
    raise(number);
}

void catch_signals() {
    static char stack[64 * 1024]; // a provider may have used up the thread's own
    stack_t other{};
    other.ss_sp = stack;
    other.ss_size = sizeof(stack);
    sigaltstack(&other, nullptr);
    struct sigaction action{};
    action.sa_handler = fatal_signal;
    action.sa_flags = SA_ONSTACK;
    for (const auto& one : kFatal)
        sigaction(one.number, &action, nullptr);
}
#endif

void ended_early() { // a provider that calls exit() has not passed
    if (ended)
        return;
#ifndef _WIN32
    write_line("the provider ended the process");
#endif
    std::fputs("trivet-check: the provider ended the process\n", stderr);
    std::_Exit(1);
}

} // namespace

void guard_start(std::FILE* out, double limit) {
    most_seconds = limit;
    std::atexit(ended_early);
#ifdef _WIN32
    (void)out;
#else
    descriptor = fileno(out);
    catch_signals();
#endif
}

void guard_running(const std::string& before, const std::string& after) {
    running.active = false;
    running.before = before;
    running.after = after;
    running.active = true;
#ifndef _WIN32
    alarm(static_cast<unsigned>(most_seconds));
#endif
}

void guard_stop() {
    running.active = false;
#ifndef _WIN32
    alarm(0);
#endif
}

void guard_end() {
    guard_stop();
    ended = true;
}

} // namespace check
