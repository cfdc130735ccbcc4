// SPDX-License-Identifier: Apache-2.0
// Elements moved as bytes: by their size, whatever their type. Strides and offsets are in bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace trivet::moves {

// to[i * to_stride] <- from[i * from_stride + offsets[i]], `bytes` each.
void gather(std::size_t bytes, std::byte* to, std::int64_t to_stride, const std::byte* from,
            std::int64_t from_stride, const std::int64_t* offsets, std::int64_t count) noexcept;

// to[offsets[i]] <- from[i * from_stride], `bytes` each, in order: of repeated offsets the last
// wins.
void scatter(std::size_t bytes, std::byte* to, const std::int64_t* offsets, const std::byte* from,
             std::int64_t from_stride, std::int64_t count) noexcept;

// to[i * to_stride] <- from[i * from_stride], `bytes` each.
void strided(std::size_t bytes, std::byte* to, std::int64_t to_stride, const std::byte* from,
             std::int64_t from_stride, std::int64_t count) noexcept;

} // namespace trivet::moves
