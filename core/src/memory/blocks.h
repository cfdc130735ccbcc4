// SPDX-License-Identifier: Apache-2.0
// Where bytes come from: a cache per thread for small blocks, one for all threads for large ones.
#pragma once

#include <cstddef>

namespace trivet::memory {

// A block of kStep + class_bytes(size_class) bytes for a header and small data; nullptr when there
// is no memory left.
[[nodiscard]] void* take_small(int size_class) noexcept;
void give_small(void* block, int size_class) noexcept;

// A block of class_bytes(size_class) bytes, 64-byte aligned, huge pages advised when it is worth
// it.
[[nodiscard]] std::byte* take_large(int size_class) noexcept;
void give_large(std::byte* block, int size_class) noexcept;

} // namespace trivet::memory
