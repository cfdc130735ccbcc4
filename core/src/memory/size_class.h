// SPDX-License-Identifier: Apache-2.0
// Sizes of blocks: multiples of 64 bytes up to 1 KiB, then four steps for each power of two, so a
// block is at most a quarter larger than what was asked for.
#pragma once

#include <bit>
#include <cstddef>

namespace trivet::memory {

inline constexpr int kLinear = 16; // 64, 128, ..., 1024
inline constexpr int kLinearShift = 10;
inline constexpr std::size_t kStep = 64;
inline constexpr std::size_t kLargest = std::size_t{1} << 47; // the user part of an address space
inline constexpr int kClasses = kLinear + (47 - kLinearShift) * 4;

// The class of a size up to kLargest; zero bytes take the smallest block.
constexpr int size_class(std::size_t bytes) {
    if (bytes <= kLinear * kStep) {
        return bytes == 0 ? 0 : static_cast<int>((bytes - 1) / kStep);
    }
    const int power = static_cast<int>(std::bit_width(bytes - 1)) - 1;
    const std::size_t quarter = std::size_t{1} << (power - 2);
    const auto step = static_cast<int>((bytes - 1 - (std::size_t{1} << power)) / quarter);
    return kLinear + (power - kLinearShift) * 4 + step;
}

constexpr std::size_t class_bytes(int size_class) {
    if (size_class < kLinear) {
        return static_cast<std::size_t>(size_class + 1) * kStep;
    }
    const int power = (size_class - kLinear) / 4 + kLinearShift;
    const int step = (size_class - kLinear) % 4 + 1;
    return (std::size_t{1} << power) +
           static_cast<std::size_t>(step) * (std::size_t{1} << (power - 2));
}

inline constexpr std::size_t kSmall = 4096; // up to here header and data are one block
inline constexpr int kSmallClasses = size_class(kSmall) + 1;

} // namespace trivet::memory
