// SPDX-License-Identifier: Apache-2.0
// A slice, clamped to an axis as Python does; parts of one axis.
#pragma once

#include "trivet/ops.h"

#include <string_view>

namespace trivet {

struct SliceRange {
    std::int64_t start; // of the first element; meaningless when count is 0
    std::int64_t step;
    std::int64_t count;
};

// Raises ErrorKind::value when the step is zero.
[[nodiscard]] SliceRange clamp_slice(std::string_view op, const Slice& slice, std::int64_t size);

// The places [first, first + count) of an axis: a view. The caller vouches for the bounds.
[[nodiscard]] Array part_of(const Array& a, int axis, std::int64_t first, std::int64_t count);

// Place 0 of an axis, without the axis: a view. The axis may be empty.
[[nodiscard]] Array without_axis(const Array& a, int axis);

} // namespace trivet
