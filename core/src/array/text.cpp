// SPDX-License-Identifier: Apache-2.0
#include "array/text.h"

#include "trivet/error.h"

#include <algorithm>

namespace trivet {

std::string text(const Dims& shape, DType dtype) {
    return std::string(dtype_name(dtype)) + " " + shape.text();
}

std::string text(const Array& a) { return text(a.shape(), a.dtype()); }

int canonical_axis(std::string_view op, std::int64_t axis, int ndim) {
    if (axis < -ndim || axis >= ndim) {
        raise(ErrorKind::index, op,
              "an axis of a " + std::to_string(ndim) + "-d array is from " + std::to_string(-ndim) +
                  " to " + std::to_string(ndim - 1),
              std::to_string(axis));
    }
    return static_cast<int>(axis < 0 ? axis + ndim : axis);
}

Dims canonical_axes(std::string_view op, const std::optional<Dims>& axes, int ndim) {
    Dims out;
    if (!axes) {
        for (int i = 0; i < ndim; ++i) {
            out.push_back(i);
        }
        return out;
    }
    for (const std::int64_t axis : *axes) {
        out.push_back(canonical_axis(op, axis, ndim));
    }
    std::sort(out.begin(), out.end());
    if (std::adjacent_find(out.begin(), out.end()) != out.end()) {
        raise(ErrorKind::value, op, "an axis is named once", axes->text());
    }
    return out;
}

void require_writable(std::string_view op, const Array& out) {
    if (out.read_only()) {
        raise(ErrorKind::value, op, "the output must be writable", "a read-only array");
    }
}

} // namespace trivet
