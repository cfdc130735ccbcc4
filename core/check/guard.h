// SPDX-License-Identifier: Apache-2.0
// A provider that crashes, never returns or ends the process must leave the name of the case in
// which it did so. Where there are no POSIX signals the caller only sees how the process ended.
#pragma once

#include <cstdio>
#include <string>

namespace check {

// From here on the line of the running case is written by whatever ends the process: a fatal
// signal, `limit` seconds in one case, or exit().
void guard_start(std::FILE* out, double limit);
void guard_running(const std::string& before,
                   const std::string& after); // around the problem's text
void guard_stop();                            // between cases, and in a forked child
void guard_end();                             // what ends the process from now on is ours

} // namespace check
