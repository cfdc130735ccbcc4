// SPDX-License-Identifier: Apache-2.0
// How a reduction combines elements: its kernel, the cast before it, and the ways to go over the
// kept and reduced axes.
#pragma once

#include "kernels/column.h"
#include "ops/iteration.h"

namespace trivet {

inline constexpr std::int64_t kFoldBlock = 131072; // elements of a partial result
inline constexpr std::size_t kLargestItem = 16;    // bytes

struct Fold {
    ReduceKernel kernel;
    ElementKernel cast;        // from the array's type to the kernel's; nullptr: the same
    std::int64_t in;           // bytes of an element as the kernel reads it
    std::int64_t out;          // bytes of an accumulator
    const std::byte* identity; // one accumulator; nullptr: the first element is taken
    ElementKernel start_cast;  // from the array's type to the accumulator's
    std::int64_t item;         // bytes of an element of the array

    // `count` accumulators for contiguous elements that start at `first`.
    void start(std::byte* acc, const std::byte* first, std::int64_t count) const;
    // acc <- acc op each of `count` contiguous accumulators.
    void combine(std::byte* acc, const std::byte* totals, std::int64_t count) const;
};

// Both walks begin with the array; `kept` has the accumulators as its second operand.
// Runs of elements into single accumulators: whole lanes, or long ones cut into blocks.
void fold_whole_lanes(const Fold& fold, const Iteration& kept, const Iteration& reduced);
void fold_cut_lanes(const Fold& fold, const Iteration& kept, const Iteration& reduced);
// Rows to rows, where the inner kept axis is contiguous in the array and in the accumulators.
void fold_rows(const Fold& fold, const Iteration& kept, const Iteration& reduced);

} // namespace trivet
