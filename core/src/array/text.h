// SPDX-License-Identifier: Apache-2.0
// How arrays are named in error messages, and axes made canonical.
#pragma once

#include "trivet/array.h"

#include <optional>
#include <string>
#include <string_view>

namespace trivet {

[[nodiscard]] std::string text(const Dims& shape, DType dtype); // "float32 (2, 3)"
[[nodiscard]] std::string text(const Array& a);

// 0 <= result < ndim; raises ErrorKind::index.
[[nodiscard]] int canonical_axis(std::string_view op, std::int64_t axis, int ndim);
// Canonical, sorted, without repetition (raises ErrorKind::value); nullopt gives all.
[[nodiscard]] Dims canonical_axes(std::string_view op, const std::optional<Dims>& axes, int ndim);

// Raises ErrorKind::value when `out` is read-only.
void require_writable(std::string_view op, const Array& out);

} // namespace trivet
