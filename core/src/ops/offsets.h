// SPDX-License-Identifier: Apache-2.0
// What advanced indices become: byte offsets into the indexed array, checked.
#pragma once

#include "trivet/array.h"

#include <string_view>

namespace trivet {

// An axis as it is indexed; `number` is for messages.
struct IndexedAxis {
    int number;
    std::int64_t size;
    std::int64_t stride; // bytes
};

// index * stride, negative indices counted from the end: fresh int64, C order, of the index's
// shape. Raises ErrorKind::index for an index that is out of bounds or not of an integer type.
[[nodiscard]] Array integer_offsets(std::string_view op, const Array& index,
                                    const IndexedAxis& axis);

// One index of it; the same errors.
[[nodiscard]] std::int64_t integer_offset(std::string_view op, std::int64_t index,
                                          const IndexedAxis& axis);

[[nodiscard]] std::int64_t count_true(const Array& mask);

// The sums of index times strides[axis] where `mask` is true, in C order: fresh int64, 1-d, of
// `count` = count_true(mask) elements. One stride per axis of the mask.
[[nodiscard]] Array mask_offsets(const Array& mask, std::int64_t count,
                                 const std::int64_t* strides);

} // namespace trivet
