// SPDX-License-Identifier: Apache-2.0
// The text of einsum: which axis of which operand is which label.
#pragma once

#include "trivet/array.h"

#include <span>
#include <string_view>
#include <vector>

namespace trivet::linalg {

// A letter's code, or kEllipsis + the position from the right of an axis that `...` stands for.
using Label = int;
using Labels = std::vector<Label>;
inline constexpr Label kEllipsis = 1 << 16;

struct Subscripts {
    std::vector<Labels> operands; // one label for each axis
    Labels output;
};

// Raises ErrorKind::value, naming the subscripts.
[[nodiscard]] Subscripts parse_subscripts(std::string_view text, std::span<const Array> operands);

} // namespace trivet::linalg
