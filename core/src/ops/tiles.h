// SPDX-License-Identifier: Apache-2.0
// Copies between arrays that disagree on which axis is contiguous.
#pragma once

#include <cstddef>
#include <cstdint>

namespace trivet {

// to[r * to_row + c * item] <- from[r * item + c * from_column] for all r < rows, c < columns: a
// transposition of elements of `item` bytes (1, 2, 4, 8 or 16).
void transpose_plane(std::size_t item, const std::byte* from, std::int64_t from_column,
                     std::byte* to, std::int64_t to_row, std::int64_t rows, std::int64_t columns);

} // namespace trivet
