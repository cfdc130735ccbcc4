// SPDX-License-Identifier: Apache-2.0
// What differs between operating systems, each question once: answered in system/posix*.cpp and
// system/windows*.cpp. Texts are UTF-8 everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace check {

// ---- this program ----

[[nodiscard]] std::vector<std::string> arguments_of(int argc, char** argv);
void forget_variable(const char* name); // taken out of the environment
// At once: no destructors and no exit handlers of the provider, some of which hang or crash.
[[noreturn]] void leave(int status);

struct Emulator {
    std::string name;    // "qemu-aarch64-static", "wine 8.0"; empty: none, as far as can be told
    bool of_cpu = false; // it computes in the CPU's place, so that times tell nothing
};
[[nodiscard]] Emulator emulator();

// ---- standard output ----

inline constexpr std::size_t kMostPrinted = 64u << 20; // bytes; more than that ends the process

// Takes standard output away from the provider: what it prints is kept apart, and the returned
// stream leads to the real one.
[[nodiscard]] std::FILE* take_stdout();
[[nodiscard]] std::string printed(); // the beginning of what the provider has printed so far

// ---- crashes and hangs (guard.h) ----

void write_out(const char* text, std::size_t size); // to the real output, from a signal handler too
void watch_crashes(std::FILE* out); // whatever ends the process calls leave_line() first
void set_alarm(double seconds);     // when it is over, leave_line() and the end; 0: off

// ---- what a library has no business to change ----

void hear_signals(); // ignored ones get a handler that does nothing: a library that ignores them
                     // shows
[[nodiscard]] std::string signal_handlers();
[[nodiscard]] std::string blocked_signals();
[[nodiscard]] std::string environment(); // a line for each variable
[[nodiscard]] std::string cpus();        // that the calling thread may use; empty: cannot be told
[[nodiscard]] bool traps_exceptions();   // of floating point; false where that cannot be told

// ---- memory, threads, time ----

// Memory between two pages that must not be touched.
class Fence {
  public:
    explicit Fence(std::size_t bytes);
    ~Fence();
    Fence(const Fence&) = delete;
    Fence& operator=(const Fence&) = delete;
    [[nodiscard]] char* begin() const { return inside_; }
    [[nodiscard]] char* end() const { return inside_ + size_; }

  private:
    char* whole_ = nullptr;
    char* inside_ = nullptr;
    std::size_t size_ = 0; // whole pages
};

[[nodiscard]] std::int64_t memory_in_use(); // bytes; below 0: it cannot be told
// False: no such thread could be started.
[[nodiscard]] bool run_with_stack(std::size_t bytes, const std::function<void()>& work);

struct Usage {
    double seconds = 0.0; // of CPU time, of all threads
    long preempted = 0;   // how often other programs took a CPU away; 0 where that cannot be told
};
[[nodiscard]] Usage usage();
[[nodiscard]] double usage_step(); // in what steps its seconds are counted; 0: fine ones

} // namespace check
