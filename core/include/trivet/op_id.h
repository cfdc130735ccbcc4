// SPDX-License-Identifier: Apache-2.0
// The names of the rows of the op table, and the slots of a row's kernels.
#pragma once

#include "trivet/dtype.h"

namespace trivet {

enum class OpId : std::uint16_t {
#define TRIVET_OP(name, op_class, arity, shape, types) name,
#include "trivet/op_rows.inc"
#undef TRIVET_OP
    count_, // not a row
};
inline constexpr int kOpCount = static_cast<int>(OpId::count_);

// A row has a slot for every dtype, and two for comparing what no integer type holds.
inline constexpr int kKeySignedUnsigned = kDTypeCount;     // int64 with uint64
inline constexpr int kKeyUnsignedSigned = kDTypeCount + 1; // uint64 with int64
inline constexpr int kKeyCount = kDTypeCount + 2;

} // namespace trivet
