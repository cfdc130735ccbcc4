// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include "system.h"

#include <cstdlib>
#include <cstring>

namespace check {
namespace {

// Written before a case begins, so that a signal handler only has to choose and write.
struct Running {
    bool active = false;
    std::string before, after; // the text of the problem goes between
} running;
bool ended = false;
double most_seconds = 60.0;

void ended_early() { // a provider that calls exit() has not passed
    if (ended)
        return;
    leave_line(kEnded);
    std::fputs("trivet-check: the provider ended the process\n", stderr);
    leave(1);
}

} // namespace

void leave_line(const char* problem) {
    if (!running.active)
        return;
    running.active = false;
    write_out(running.before.data(), running.before.size());
    write_out(problem, std::strlen(problem));
    write_out(running.after.data(), running.after.size());
}

void guard_start(std::FILE* out, double limit) {
    most_seconds = limit;
    std::atexit(ended_early);
    watch_crashes(out);
}

void guard_running(const std::string& before, const std::string& after) {
    running.active = false;
    running.before = before;
    running.after = after;
    running.active = true;
    set_alarm(most_seconds);
}

void guard_stop() {
    running.active = false;
    set_alarm(0.0);
}

void guard_end() {
    guard_stop();
    ended = true;
}

} // namespace check
