// SPDX-License-Identifier: Apache-2.0
// Blocks of an array, found by offsets: the moving part of indexing.
#pragma once

#include "trivet/array.h"

namespace trivet {

// The axes of base before `position`, those of offsets, the other axes of base.
[[nodiscard]] Dims blocks_shape(const Array& base, int position, const Array& offsets);

// A fresh array of that shape: at [i..., f..., j...] what base has at [i..., j...], offsets[f...]
// bytes further. `offsets` is int64 in C order; its elements are in bounds.
[[nodiscard]] Array gather_blocks(const Array& base, int position, const Array& offsets);

// The opposite: `values` has that shape, base's type, and no element in common with base. Of
// repeated offsets the last wins.
void scatter_blocks(const Array& base, int position, const Array& offsets, const Array& values);

} // namespace trivet
