// SPDX-License-Identifier: Apache-2.0
// Views: other shapes and strides over the same elements.
#include "array/strides.h"
#include "array/text.h"
#include "ops/broadcast.h"
#include "trivet/error.h"
#include "trivet/ops.h"

#include <algorithm>

namespace trivet {
namespace {

// Replaces one -1 by what the size leaves, and checks the total.
Dims resolved_shape(const Array& a, Dims shape) {
    std::int64_t known = 1;
    int open = -1;
    for (int i = 0; i < shape.size(); ++i) {
        if (shape[i] < -1 || (shape[i] == -1 && open >= 0)) {
            raise(ErrorKind::value, "reshape", "a shape has at most one -1 and no other negatives",
                  shape.text());
        }
        if (shape[i] == -1) {
            open = i;
        } else if (__builtin_mul_overflow(known, shape[i], &known)) {
            known = -1;
            break;
        }
    }
    const bool fits = open >= 0 ? known > 0 && a.size() % known == 0 : known == a.size();
    if (!fits) {
        raise(ErrorKind::value, "reshape", "the number of elements must stay the same",
              a.shape().text() + " into " + shape.text());
    }
    if (open >= 0) {
        shape[open] = a.size() / known;
    }
    return shape;
}

// The strides of the same elements in another shape, when there are some.
std::optional<Dims> reshaped_strides(const Array& a, const Dims& shape) {
    Dims old_shape;
    Dims old_strides;
    for (int i = 0; i < a.ndim(); ++i) { // axes of length 1 do not matter
        if (a.shape()[i] != 1) {
            old_shape.push_back(a.shape()[i]);
            old_strides.push_back(a.strides()[i]);
        }
    }
    Dims strides(shape.size(), static_cast<std::int64_t>(item_size(a.dtype())));
    int o = 0;
    int n = 0;
    while (o < old_shape.size() && n < shape.size()) { // groups of axes with equal products
        std::int64_t old_total = old_shape[o];
        std::int64_t new_total = shape[n];
        const int old_first = o++;
        const int new_first = n++;
        while (old_total != new_total) {
            if (new_total < old_total) {
                new_total *= shape[n++];
            } else {
                old_total *= old_shape[o++];
            }
        }
        for (int k = old_first; k + 1 < o; ++k) { // the old group must be one run
            if (old_strides[k] != old_shape[k + 1] * old_strides[k + 1]) {
                return std::nullopt;
            }
        }
        std::int64_t stride = old_strides[o - 1];
        for (int k = n; k-- > new_first;) {
            strides[k] = stride;
            stride *= shape[k];
        }
    }
    return strides;
}

} // namespace

Array reshape(const Array& a, const Dims& shape, std::optional<bool> copied) {
    const Dims target = resolved_shape(a, shape);
    const Dims c_order = c_strides(target, item_size(a.dtype()));
    const auto strides = a.size() == 0 ? std::optional(c_order) : reshaped_strides(a, target);
    if (strides && !copied.value_or(false)) {
        return a.view(target, *strides, a.offset());
    }
    if (!copied.value_or(true)) {
        raise(ErrorKind::value, "reshape", "copy=False, but these strides need a copy",
              a.shape().text() + " into " + target.text());
    }
    return copy(a).view(target, c_order, 0);
}

Array permute_dims(const Array& a, const Dims& axes) {
    if (axes.size() != a.ndim()) {
        raise(ErrorKind::value, "permute_dims", "every axis is named once", axes.text());
    }
    static_cast<void>(canonical_axes("permute_dims", axes, a.ndim())); // raises for repetitions
    Dims shape;
    Dims strides;
    for (const std::int64_t axis : axes) {
        const int i = canonical_axis("permute_dims", axis, a.ndim());
        shape.push_back(a.shape()[i]);
        strides.push_back(a.strides()[i]);
    }
    return a.view(std::move(shape), std::move(strides), a.offset());
}

Array transpose(const Array& a) {
    Dims shape = a.shape();
    Dims strides = a.strides();
    std::reverse(shape.begin(), shape.end());
    std::reverse(strides.begin(), strides.end());
    return a.view(std::move(shape), std::move(strides), a.offset());
}

Array matrix_transpose(const Array& a) {
    if (a.ndim() < 2) {
        raise(ErrorKind::value, "matrix_transpose", "needs at least 2 axes", a.shape().text());
    }
    return swap_axes(a, -2, -1);
}

Array swap_axes(const Array& a, int i, int j) {
    i = canonical_axis("swap_axes", i, a.ndim());
    j = canonical_axis("swap_axes", j, a.ndim());
    Dims shape = a.shape();
    Dims strides = a.strides();
    std::swap(shape[i], shape[j]);
    std::swap(strides[i], strides[j]);
    return a.view(std::move(shape), std::move(strides), a.offset());
}

Array moveaxis(const Array& a, const Dims& from, const Dims& to) {
    if (from.size() != to.size()) {
        raise(ErrorKind::value, "moveaxis", "as many destinations as sources",
              from.text() + " to " + to.text());
    }
    static_cast<void>(canonical_axes("moveaxis", from, a.ndim()));
    static_cast<void>(canonical_axes("moveaxis", to, a.ndim()));
    Dims order(a.ndim(), -1);
    std::uint64_t moved = 0;
    for (int k = 0; k < from.size(); ++k) {
        const int source = canonical_axis("moveaxis", from[k], a.ndim());
        order[canonical_axis("moveaxis", to[k], a.ndim())] = source;
        moved |= std::uint64_t{1} << source;
    }
    int next = 0;
    for (std::int64_t& place : order) {
        if (place < 0) {
            while (moved >> next & 1) {
                ++next;
            }
            place = next++;
        }
    }
    return permute_dims(a, order);
}

Array expand_dims(const Array& a, const Dims& axes) {
    Dims shape = a.shape();
    Dims strides = a.strides();
    for (const std::int64_t axis : canonical_axes("expand_dims", axes, a.ndim() + axes.size())) {
        shape.insert(static_cast<int>(axis), 1);
        strides.insert(static_cast<int>(axis), 0);
    }
    return a.view(std::move(shape), std::move(strides), a.offset());
}

Array squeeze(const Array& a, const Axes& axes) {
    Dims shape = a.shape();
    Dims strides = a.strides();
    const Dims chosen = canonical_axes("squeeze", axes, a.ndim());
    for (int k = chosen.size(); k-- > 0;) {
        const int axis = static_cast<int>(chosen[k]);
        if (shape[axis] == 1) {
            shape.erase(axis);
            strides.erase(axis);
        } else if (axes) {
            raise(ErrorKind::value, "squeeze", "a squeezed axis has length 1", a.shape().text());
        }
    }
    return a.view(std::move(shape), std::move(strides), a.offset());
}

Array flip(const Array& a, const Axes& axes) {
    Dims strides = a.strides();
    std::int64_t offset = a.offset();
    for (const std::int64_t axis : canonical_axes("flip", axes, a.ndim())) {
        const int i = static_cast<int>(axis);
        offset += a.size() == 0 ? 0 : (a.shape()[i] - 1) * strides[i];
        strides[i] = -strides[i];
    }
    return a.view(a.shape(), std::move(strides), offset);
}

Array broadcast_to(const Array& a, const Dims& shape) {
    Dims common = shape;
    if (!broadcast_with(common, a.shape()) || common != shape) {
        raise(ErrorKind::value, "broadcast_to", "the shapes must fit",
              a.shape().text() + " to " + shape.text());
    }
    Dims strides(shape.size(), 0);
    const int missing = shape.size() - a.ndim();
    for (int i = missing; i < shape.size(); ++i) {
        strides[i] = a.shape()[i - missing] == shape[i] ? a.strides()[i - missing] : 0;
    }
    return a.view(shape, std::move(strides), a.offset()).as_read_only();
}

Array diagonal(const Array& a, std::int64_t offset, int axis1, int axis2) {
    if (a.ndim() < 2) {
        raise(ErrorKind::value, "diagonal", "needs at least 2 axes", a.shape().text());
    }
    axis1 = canonical_axis("diagonal", axis1, a.ndim());
    axis2 = canonical_axis("diagonal", axis2, a.ndim());
    if (axis1 == axis2) {
        raise(ErrorKind::value, "diagonal", "the two axes must differ", std::to_string(axis1));
    }
    const std::int64_t rows = a.shape()[axis1] + std::min<std::int64_t>(offset, 0);
    const std::int64_t columns = a.shape()[axis2] - std::max<std::int64_t>(offset, 0);
    const std::int64_t length = std::max<std::int64_t>(0, std::min(rows, columns));
    std::int64_t start = 0; // an offset past the end could not be multiplied
    if (length > 0) {
        start = offset < 0 ? -offset * a.strides()[axis1] : offset * a.strides()[axis2];
    }
    Dims shape = a.shape();
    Dims strides = a.strides();
    const std::int64_t step = strides[axis1] + strides[axis2];
    for (const int axis : {std::max(axis1, axis2), std::min(axis1, axis2)}) {
        shape.erase(axis);
        strides.erase(axis);
    }
    shape.push_back(length);
    strides.push_back(step);
    return a.view(std::move(shape), std::move(strides), a.offset() + start);
}

Array real(const Array& a) {
    return is_complex(a.dtype())
               ? a.view_as(real_type(a.dtype()), a.shape(), a.strides(), a.offset())
               : a;
}

Array imag(const Array& a) {
    if (!is_complex(a.dtype())) {
        return Array::full(a.shape(), a.dtype(), Scalar(false));
    }
    const DType part = real_type(a.dtype());
    return a.view_as(part, a.shape(), a.strides(),
                     a.offset() + static_cast<std::int64_t>(item_size(part)));
}

} // namespace trivet
