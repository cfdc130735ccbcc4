// SPDX-License-Identifier: Apache-2.0
// A provider that crashes, never returns or ends the process must leave the name of the case in
// which it did so.
#pragma once

#include <cstdio>
#include <string>

namespace check {

inline constexpr const char* kHangs =
    "the provider hangs: the case did not end within its time limit";
inline constexpr const char* kEnded = "the provider ended the process";

// From here on the line of the running case is written by whatever ends the process: a fatal
// signal, `limit` seconds in one case, or exit().
void guard_start(std::FILE* out, double limit);
void guard_running(const std::string& before,
                   const std::string& after); // around the problem's text
void guard_stop();                            // between cases, and in a child
void guard_end();                             // what ends the process from now on is ours

// The line of the running case, if there is one; called where only little is allowed, such as in a
// signal handler.
void leave_line(const char* problem);

} // namespace check
