// SPDX-License-Identifier: Apache-2.0
// An index, resolved against an array: what its basic parts select, and where its advanced parts
// (arrays) point.
#pragma once

#include "trivet/ops.h"

#include <string_view>
#include <vector>

namespace trivet {

struct IndexPlan {
    Array base; // the view that the basic indices select, without the axes of the advanced ones
    std::vector<Array> offsets; // one per advanced index: bytes from base, to be broadcast together
    int position = 0;           // the axis of base before which the advanced axes go
    bool array_integer = false; // a 0-d integer array took the part of an integer

    [[nodiscard]] bool basic() const { return offsets.empty(); }
};

// Validates everything: bounds, number of indices, types, sizes of masks (ErrorKind::index) and
// steps of slices (ErrorKind::value).
[[nodiscard]] IndexPlan plan_index(std::string_view op, const Array& a,
                                   std::span<const Index> index);

// The offsets of all advanced indices added up: int64, C order, of their broadcast shape.
[[nodiscard]] Array advanced_offsets(std::string_view op, const IndexPlan& plan);

} // namespace trivet
