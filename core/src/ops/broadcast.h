// SPDX-License-Identifier: Apache-2.0
// Shapes that are broadcast together.
#pragma once

#include "trivet/array.h"

#include <optional>
#include <span>
#include <string>

namespace trivet {

// `shape` <- what `shape` and `other` broadcast to; false (and an unspecified shape) when they do
// not.
[[nodiscard]] bool broadcast_with(Dims& shape, const Dims& other);
[[nodiscard]] std::string text(std::span<const Dims> shapes); // "(2, 3) and (4,)"

} // namespace trivet
