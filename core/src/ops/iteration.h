// SPDX-License-Identifier: Apache-2.0
// One walk over several arrays of a common shape: axes in memory order, merged where all strides
// allow, so that the inner runs are as long as possible.
#pragma once

#include "trivet/array.h"

#include <algorithm>

namespace trivet {

inline constexpr int kMaxOperands = 4;

struct Iteration {
    int operands = 0;
    int ndim = 0;          // at least 1; the last axis is the inner one
    std::int64_t size = 0; // elements in all
    std::int64_t shape[kMaxDims];
    std::int64_t strides[kMaxDims][kMaxOperands]; // bytes
    std::byte* data[kMaxOperands];

    Iteration() {} // NOLINT: the tables are filled by add and finish
    explicit Iteration(const Dims& common);
    // An operand; its shape must broadcast to the common one.
    void add(std::byte* first, const Dims& own_shape, const Dims& own_strides);
    void add(const Array& a) { add(a.data(), a.shape(), a.strides()); }
    // Sorts the axes by the last operand's strides (ties by the others'), and merges.
    void finish();

    [[nodiscard]] std::int64_t inner() const noexcept { return shape[ndim - 1]; }

    // Calls run(data, strides, count) for every inner run of the elements [begin, end), counted in
    // the order of the walk.
    template <class Run> void walk(std::int64_t begin, std::int64_t end, Run&& run) const {
        std::int64_t index[kMaxDims];
        std::byte* at[kMaxOperands];
        start(begin, index, at);
        while (begin < end) {
            const std::int64_t count = std::min(inner() - index[ndim - 1], end - begin);
            run(at, strides[ndim - 1], count);
            begin += count;
            next(index, at);
        }
    }

  private:
    void start(std::int64_t position, std::int64_t* index, std::byte** at) const;
    void next(std::int64_t* index, std::byte** at) const; // to the start of the next inner run
    [[nodiscard]] bool before(int i, int j) const;
    void merge();
};

// The strides of a fresh result that keeps the arguments' order of axes in memory (C order unless
// they agree on another).
[[nodiscard]] Dims strides_like(const Dims& shape, std::span<const Array> args, std::size_t item);

// Whether writing `out` element by element could change what is still to be read from `in`.
[[nodiscard]] bool unsafe_overlap(const Array& in, const Array& out);

} // namespace trivet
