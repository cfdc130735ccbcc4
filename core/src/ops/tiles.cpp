// SPDX-License-Identifier: Apache-2.0
#include "ops/tiles.h"

#include <algorithm>
#include <cstring>

namespace trivet {
namespace {

struct Sixteen {
    std::uint64_t parts[2];
};

// A tile is a cache line on a side. It goes through a small buffer, since lines of the source that
// are a power of two apart would push each other out of the first-level cache.
template <class T> constexpr std::int64_t kSide = 64 / static_cast<std::int64_t>(sizeof(T));

template <class T>
void whole_tile(const std::byte* from, std::int64_t from_column, std::byte* to,
                std::int64_t to_row) {
    alignas(64) T buffer[kSide<T>][kSide<T>];
    for (std::int64_t c = 0; c < kSide<T>; ++c) {
        std::memcpy(buffer[c], from + c * from_column, 64);
    }
    for (std::int64_t r = 0; r < kSide<T>; ++r) {
        T line[kSide<T>];
        for (std::int64_t c = 0; c < kSide<T>; ++c) {
            line[c] = buffer[c][r];
        }
        std::memcpy(to + r * to_row, line, 64);
    }
}

template <class T>
void part_tile(const std::byte* from, std::int64_t from_column, std::byte* to, std::int64_t to_row,
               std::int64_t rows, std::int64_t columns) {
    constexpr std::int64_t item = sizeof(T);
    for (std::int64_t r = 0; r < rows; ++r) {
        for (std::int64_t c = 0; c < columns; ++c) {
            std::memcpy(to + r * to_row + c * item, from + r * item + c * from_column, sizeof(T));
        }
    }
}

template <class T>
void plane(const std::byte* from, std::int64_t from_column, std::byte* to, std::int64_t to_row,
           std::int64_t rows, std::int64_t columns) {
    constexpr std::int64_t side = kSide<T>;
    constexpr std::int64_t item = sizeof(T);
    constexpr std::int64_t band = 4 * side; // rows gone over together: neighbouring source lines
    for (std::int64_t top = 0; top < rows; top += band) {
        for (std::int64_t c = 0; c < columns; c += side) {
            for (std::int64_t r = top; r < std::min(top + band, rows); r += side) {
                const std::byte* source = from + r * item + c * from_column;
                std::byte* target = to + r * to_row + c * item;
                const std::int64_t height = std::min(side, rows - r);
                const std::int64_t width = std::min(side, columns - c);
                if (height == side && width == side) {
                    whole_tile<T>(source, from_column, target, to_row);
                } else {
                    part_tile<T>(source, from_column, target, to_row, height, width);
                }
            }
        }
    }
}

} // namespace

void transpose_plane(std::size_t item, const std::byte* from, std::int64_t from_column,
                     std::byte* to, std::int64_t to_row, std::int64_t rows, std::int64_t columns) {
    switch (item) {
    case 1:
        return plane<std::uint8_t>(from, from_column, to, to_row, rows, columns);
    case 2:
        return plane<std::uint16_t>(from, from_column, to, to_row, rows, columns);
    case 4:
        return plane<std::uint32_t>(from, from_column, to, to_row, rows, columns);
    case 8:
        return plane<std::uint64_t>(from, from_column, to, to_row, rows, columns);
    default:
        return plane<Sixteen>(from, from_column, to, to_row, rows, columns);
    }
}

} // namespace trivet
