// SPDX-License-Identifier: Apache-2.0
#include "limits.h"

#include "clock.h"
#include "peak.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace check {
namespace {

constexpr std::int64_t kSmallest = 1 << 12, kLargest = 1 << 26; // bytes

// Independent sums, so that loads alone set the pace.
std::uint64_t read_all(const std::vector<std::uint64_t>& words) {
    std::uint64_t sum[8] = {};
    for (std::size_t i = 0; i + 8 <= words.size(); i += 8)
        for (std::size_t k = 0; k < 8; ++k)
            sum[k] ^= words[i + k];
    return sum[0] ^ sum[1] ^ sum[2] ^ sum[3] ^ sum[4] ^ sum[5] ^ sum[6] ^ sum[7];
}

double measured_bandwidth(std::int64_t bytes) {
    std::vector<std::uint64_t> words(static_cast<std::size_t>(bytes / 8), 3);
    const std::int64_t rounds = std::max<std::int64_t>(1, (std::int64_t(8) << 20) / bytes);
    double best = 0.0;
    for (int i = 0; i < 5; ++i) {
        volatile std::uint64_t kept = 0;
        const Stopwatch watch;
        for (std::int64_t r = 0; r < rounds; ++r)
            kept = kept ^ read_all(words);
        best = std::max(best, double(bytes) * double(rounds) / watch.seconds() / 1e9);
    }
    return best;
}

} // namespace

double Limits::peak(bool single) {
    if (peak_[single] == 0.0)
        at_least(single, 0.0);
    return peak_[single];
}

void Limits::at_least(bool single, double gflops) {
    auto& peak = peak_[single];
    for (int i = 0; i < 8 && (peak == 0.0 || peak < gflops); ++i, ++tries_)
        peak = std::max(peak, peak_gflops(single));
}

std::int64_t Limits::size_for(double bytes) {
    std::int64_t size = kSmallest;
    while (size < kLargest && double(size) < bytes)
        size *= 2;
    return size;
}

double Limits::bandwidth(double bytes, double at_least) {
    const std::int64_t size = size_for(bytes);
    auto& [known, measured] = bandwidth_[size];
    for (int i = 0; i < 4 && (known == 0.0 || known < at_least); ++i) {
        measured = std::max(measured, measured_bandwidth(size));
        known = std::max(known, measured);
    }
    known = std::max(known, at_least); // what was reached can be reached
    return known;
}

double Limits::doubt(double bytes) {
    const std::int64_t size = size_for(bytes);
    bandwidth(bytes);
    auto& [known, measured] = bandwidth_[size];
    const double before = measured, after = measured_bandwidth(size);
    measured = std::max(before, after);
    known = std::max(known, measured);
    return std::abs(before - after) / measured;
}

bool Limits::by_memory(bool single, double flops, double bytes) {
    return flops / peak(single) <= bytes / bandwidth(bytes);
}

void Limits::reached(bool single, double flops, double bytes, double seconds) {
    if (by_memory(single, flops, bytes))
        bandwidth(bytes, bytes / seconds / 1e9);
    else
        at_least(single, flops / seconds / 1e9);
}

double Limits::seconds(bool single, double flops, double bytes) {
    return std::max(flops / peak(single), bytes / bandwidth(bytes)) / 1e9;
}

} // namespace check
