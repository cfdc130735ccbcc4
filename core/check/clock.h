// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "system.h"

#include <chrono>

namespace check {

// Where CPU time is counted in steps, what is measured lasts so many of them.
inline constexpr double kSteps = 8.0;

inline double now() { // seconds
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// How long the work between start and stop took on one thread: by the wall clock, but by the
// process's CPU time where another program had the core in between (then the wall clock tells
// about that program); a routine that sleeps uses next to no CPU time, and is slow all the same.
class Stopwatch {
  public:
    Stopwatch() : wall_(now()), before_(usage()) {}
    [[nodiscard]] double seconds() const {
        const double wall = now() - wall_;
        const Usage after = usage();
        const double cpu = after.seconds - before_.seconds;
        return after.preempted > before_.preempted && cpu > wall / 10.0 && cpu < wall ? cpu : wall;
    }

  private:
    double wall_;
    Usage before_;
};

} // namespace check
