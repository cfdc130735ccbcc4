// SPDX-License-Identifier: Apache-2.0
// What this CPU and its memory allow, measured beside the routines.
#pragma once

#include <cstdint>
#include <map>

namespace check {

class Limits {
  public:
    // Seconds that the operations and the bytes must take at least, on one thread.
    [[nodiscard]] double seconds(bool single, double flops, double bytes);
    // A result beyond the limit means that another program had the core: measured again.
    void reached(bool single, double flops, double bytes, double seconds);
    [[nodiscard]] double peak(bool single);                // GFLOP/s
    double bandwidth(double bytes, double at_least = 0.0); // GB/s of reading that many bytes
    // Measures the bandwidth anew; how far apart the two lie, as a part of the larger.
    [[nodiscard]] double doubt(double bytes);
    [[nodiscard]] bool by_memory(bool single, double flops, double bytes); // or by arithmetic
    [[nodiscard]] int tries() const { return tries_; }

  private:
    void at_least(bool single, double gflops);
    [[nodiscard]] static std::int64_t size_for(double bytes);

    double peak_[2] = {0.0, 0.0};
    struct Bandwidth {
        double known = 0.0;    // GB/s
        double measured = 0.0; // of that what was measured here; a routine may have reached more
    };
    std::map<std::int64_t, Bandwidth> bandwidth_; // by the size, a power of two
    int tries_ = 0;
};

} // namespace check
