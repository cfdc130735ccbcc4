// SPDX-License-Identifier: Apache-2.0
// The table of what is timed: one row per routine, with its cost and its smallest accepted rate.
#pragma once

#include "types.h"

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace check {

// One routine at one size, ready to be called again and again.
struct Timed {
    std::function<std::int64_t()> call;    // the status
    std::function<void()> restore = [] {}; // undoes what it did; not timed
};

struct Cost {
    double real_flops; // times n^power; complex types take four times as many
    int power;
    double elements; // moved, times n^memory_power
    int memory_power;
};

struct SpeedRow {
    const char* op;
    Cost cost;
    // The smallest accepted part: of what this library's own gemm reaches of its limit, because a
    // routine far below that is broken whatever class the library is of; or of the limit itself.
    enum class Of : std::uint8_t { gemm, limit } of;
    double least;
    bool lapack;
    std::vector<std::int64_t> quick, full; // n
    std::string types;                     // in quick runs; all in full ones
    std::array<Timed (*)(const trivet_backend&, std::int64_t), 4> prepare; // s, d, c, z
};

[[nodiscard]] const std::vector<SpeedRow>& speed_rows();

} // namespace check
