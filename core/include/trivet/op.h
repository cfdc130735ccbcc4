// SPDX-License-Identifier: Apache-2.0
// The op table: one row per operation. A later feature (gradient, graph capture, another device) is
// a further column; rows that leave it empty raise one generic error that names op, dtype and
// device.
#pragma once

#include "trivet/array.h"

#include <array>
#include <span>
#include <string_view>

namespace trivet {

enum class OpClass : std::uint8_t { elementwise, reduction, arg_reduction, scan };

struct Op; // rows are defined in core/src/ops/table.cpp; owner: array

// All rows, in the order of the table; and one by name (raises ErrorKind::value with the nearest
// name).
[[nodiscard]] std::span<const Op> op_table();
[[nodiscard]] const Op& op(std::string_view name);

} // namespace trivet
