// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "trivet/array.h"

namespace trivet {

// Byte strides of C order; axes of length 0 count as 1, so no stride is 0.
[[nodiscard]] Dims c_strides(const Dims& shape, std::size_t item);

} // namespace trivet
