// SPDX-License-Identifier: Apache-2.0
// Aligned memory from the C library; Windows has functions of its own for it.
#pragma once

#include <cstddef>
#include <cstdlib>
#ifdef _WIN32
#include <malloc.h>
#endif

namespace trivet::memory {

// `bytes` must be a multiple of `alignment`; nullptr when there is no memory left.
[[nodiscard]] inline void* take_aligned(std::size_t alignment, std::size_t bytes) noexcept {
#ifdef _WIN32
    return _aligned_malloc(bytes, alignment);
#else
    return std::aligned_alloc(alignment, bytes);
#endif
}

inline void give_aligned(void* block) noexcept {
#ifdef _WIN32
    _aligned_free(block);
#else
    std::free(block);
#endif
}

} // namespace trivet::memory
