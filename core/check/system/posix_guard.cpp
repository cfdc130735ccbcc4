// SPDX-License-Identifier: Apache-2.0
#include "../guard.h"
#include "../system.h"

#include <signal.h>
#include <unistd.h>

namespace check {
namespace {

int descriptor = 1;

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
    {SIGALRM, kHangs},
};

extern "C" void fatal_signal(int number) {
    for (const auto& one : kFatal)
        if (one.number == number)
            leave_line(one.text);
    if (number == SIGALRM)
        _exit(1);
    signal(number, SIG_DFL);
    raise(number);
}

} // namespace

void write_out(const char* text, std::size_t size) {
    while (size > 0) {
        const auto written = write(descriptor, text, size);
        if (written <= 0)
            return;
        text += written;
        size -= static_cast<std::size_t>(written);
    }
}

void watch_crashes(std::FILE* out) {
    descriptor = fileno(out);
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

void set_alarm(double seconds) { alarm(static_cast<unsigned>(seconds)); }

} // namespace check
