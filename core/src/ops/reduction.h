// SPDX-License-Identifier: Apache-2.0
// What reductions, argument reductions and scans share.
#pragma once

#include "trivet/array.h"

namespace trivet {

struct SplitAxes {
    Dims kept_shape, kept_strides, reduced_shape, reduced_strides;
};
[[nodiscard]] SplitAxes split_axes(const Array& a, const Dims& axes);

// Puts axes of length 1 back where they were reduced, when asked.
[[nodiscard]] Array keep_axes(const Array& reduced, const Dims& axes, bool keepdims);

} // namespace trivet
