// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <ctime>
#ifndef _WIN32
#include <sys/resource.h>
#endif

namespace check {

inline double now() { // seconds
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

// CPU time of all threads of the process; on Windows the wall clock.
inline double cpu_seconds() {
    return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

// How often other programs took a CPU away from this process; 0 where that cannot be told.
inline long preempted() {
#ifdef _WIN32
    return 0;
#else
    rusage u{};
    getrusage(RUSAGE_SELF, &u);
    return u.ru_nivcsw;
#endif
}

// How long the work between start and stop took on one thread: by the wall clock, but by the
// process's CPU time where another program had the core in between (then the wall clock tells
// about that program); a routine that sleeps uses next to no CPU time, and is slow all the same.
class Stopwatch {
  public:
    Stopwatch() : wall_(now()), cpu_(usage()) {}
    [[nodiscard]] double seconds() const {
        const double wall = now() - wall_;
        const Usage after = usage();
        const double cpu = after.seconds - cpu_.seconds;
        return after.preempted > cpu_.preempted && cpu > wall / 10.0 && cpu < wall ? cpu : wall;
    }

  private:
    struct Usage {
        double seconds = 0.0;
        long preempted = 0;
    };
    static Usage usage() {
#ifdef _WIN32
        return {};
#else
        rusage u{};
        getrusage(RUSAGE_SELF, &u);
        const auto time = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
        };
        return {time(u.ru_utime) + time(u.ru_stime), u.ru_nivcsw};
#endif
    }
    double wall_;
    Usage cpu_;
};

} // namespace check
