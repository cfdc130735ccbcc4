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
    [[nodiscard]] int tries() const { return tries_; }

  private:
    void at_least(bool single, double gflops);

    double peak_[2] = {0.0, 0.0};
    std::map<std::int64_t, double> bandwidth_; // by the size, a power of two
    int tries_ = 0;
};

} // namespace check
