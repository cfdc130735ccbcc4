// SPDX-License-Identifier: Apache-2.0
#include "array/text.h"
#include "ops/offsets.h"
#include "trivet/error.h"
#include "trivet/ops.h"

namespace trivet {

std::vector<Array> nonzero(const Array& a) {
    if (a.ndim() == 0) {
        raise(ErrorKind::value, "nonzero", "the array must have an axis", text(a));
    }
    const Array mask = astype(a, DType::bool_, false);
    const std::int64_t count = count_true(mask);
    std::vector<Array> out;
    for (int axis = 0; axis < a.ndim(); ++axis) {
        Dims strides(a.ndim(), 0);
        strides[axis] = 1; // the sum of index times stride is the index along this axis
        out.push_back(mask_offsets(mask, count, strides.data()));
    }
    return out;
}

} // namespace trivet
