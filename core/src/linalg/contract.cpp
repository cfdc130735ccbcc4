// SPDX-License-Identifier: Apache-2.0
// dot, vecdot, tensordot, outer: arrangements of axes around matmul.
#include "linalg/stack.h"

#include "array/text.h"
#include "trivet/error.h"
#include "trivet/linalg.h"
#include "trivet/ops.h"

#include <string>

namespace trivet::linalg {

namespace {

Dims canonical(std::string_view op, const Dims& axes, int ndim) {
    Dims result;
    for (const auto axis : axes) {
        const int at = canonical_axis(op, axis, ndim);
        for (const auto earlier : result) {
            if (earlier == at) {
                raise(ErrorKind::value, op, "an axis may be named once", axes.text());
            }
        }
        result.push_back(at);
    }
    return result;
}

// The axes of an array that are not in `axes`, in order.
Dims others(const Dims& axes, int ndim) {
    Dims rest;
    for (int i = 0; i < ndim; ++i) {
        bool named = false;
        for (const auto axis : axes) {
            named = named || axis == i;
        }
        if (!named) {
            rest.push_back(i);
        }
    }
    return rest;
}

Dims lengths(const Array& a, const Dims& axes) {
    Dims result;
    for (const auto axis : axes) {
        result.push_back(a.shape()[static_cast<int>(axis)]);
    }
    return result;
}

Dims joined(const Dims& first, const Dims& second) {
    Dims result = first;
    for (const auto value : second) {
        result.push_back(value);
    }
    return result;
}

} // namespace

Array tensordot(const Array& a, const Array& b, const Dims& axes_a, const Dims& axes_b) {
    const Dims summed_a = canonical("tensordot", axes_a, a.ndim());
    const Dims summed_b = canonical("tensordot", axes_b, b.ndim());
    const Dims length = lengths(a, summed_a);
    if (!(length == lengths(b, summed_b))) {
        raise(ErrorKind::value, "tensordot", "the contracted axes must have equal lengths",
              text(a) + " along " + axes_a.text() + " and " + text(b) + " along " + axes_b.text());
    }
    const Dims free_a = others(summed_a, a.ndim()), free_b = others(summed_b, b.ndim());
    const Dims shape_a = lengths(a, free_a), shape_b = lengths(b, free_b);
    const auto inner = length.product();
    const Array left =
        reshape(permute_dims(a, joined(free_a, summed_a)), Dims{shape_a.product(), inner});
    const Array right =
        reshape(permute_dims(b, joined(summed_b, free_b)), Dims{inner, shape_b.product()});
    return reshape(matmul(left, right), joined(shape_a, shape_b));
}

Array dot(const Array& a, const Array& b) {
    if (a.ndim() == 0 || b.ndim() == 0) {
        return multiply(a, b);
    }
    const auto along_a = a.ndim() - 1, along_b = b.ndim() == 1 ? 0 : b.ndim() - 2;
    if (a.shape()[along_a] != b.shape()[along_b]) {
        raise(ErrorKind::value, "dot", "the inner lengths must be equal",
              text(a) + " and " + text(b));
    }
    if (a.ndim() <= 2 && b.ndim() <= 2) {
        return matmul(a, b);
    }
    return tensordot(a, b, Dims{along_a}, Dims{along_b});
}

Array vecdot(const Array& a, const Array& b, int axis) {
    if (a.ndim() == 0 || b.ndim() == 0) {
        raise(ErrorKind::value, "vecdot", "the arguments must have at least one axis",
              text(a) + " and " + text(b));
    }
    const Array left = moveaxis(a, {axis}, {-1}), right = moveaxis(b, {axis}, {-1});
    if (left.shape()[left.ndim() - 1] != right.shape()[right.ndim() - 1]) {
        raise(ErrorKind::value, "vecdot", "the vectors must have the same length",
              text(a) + " and " + text(b));
    }
    const Array conjugated = is_complex(left.dtype()) ? call(OpId::conj, {left}) : left;
    const Array product = matmul(expand_dims(conjugated, {-2}), expand_dims(right, {-1}));
    return squeeze(product, Dims{product.ndim() - 2, product.ndim() - 1});
}

Array outer(const Array& a, const Array& b) {
    return multiply(reshape(a, Dims{a.size(), 1}), reshape(b, Dims{1, b.size()}));
}

} // namespace trivet::linalg
