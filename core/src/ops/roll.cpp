// SPDX-License-Identifier: Apache-2.0
#include "array/text.h"
#include "ops/slice.h"
#include "trivet/error.h"
#include "trivet/ops.h"

#include <algorithm>

namespace trivet {
namespace {

std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return (a % b + b) % b; }

// How far each axis is rolled, from 0 to its size - 1. One shift serves all axes, and one axis is
// rolled by all shifts.
Dims shift_of_each_axis(const Array& a, const Dims& shifts, const Dims& axes) {
    const int count = std::max(shifts.size(), axes.size());
    if ((shifts.size() != count && shifts.size() != 1) ||
        (axes.size() != count && axes.size() != 1)) {
        raise(ErrorKind::value, "roll", "there must be one shift for each axis, or one for all",
              "shifts " + shifts.text() + " and axes " + axes.text());
    }
    Dims out(a.ndim(), 0);
    for (int i = 0; i < count; ++i) {
        const int axis = canonical_axis("roll", axes[axes.size() == 1 ? 0 : i], a.ndim());
        const std::int64_t size = std::max<std::int64_t>(a.shape()[axis], 1);
        const std::int64_t shift = floor_mod(shifts[shifts.size() == 1 ? 0 : i], size);
        out[axis] = shift >= size - out[axis] ? shift - (size - out[axis]) : out[axis] + shift;
    }
    return out;
}

// Axis after axis: its end comes to the front, its front to the end.
void roll_into(const Array& a, const Array& out, const Dims& shifts, int axis) {
    while (axis < a.ndim() && shifts[axis] == 0) {
        ++axis;
    }
    if (axis == a.ndim()) {
        return copy_into(a, out);
    }
    const std::int64_t shift = shifts[axis];
    const std::int64_t rest = a.shape()[axis] - shift;
    roll_into(part_of(a, axis, rest, shift), part_of(out, axis, 0, shift), shifts, axis + 1);
    roll_into(part_of(a, axis, 0, rest), part_of(out, axis, shift, rest), shifts, axis + 1);
}

} // namespace

Array roll(const Array& a, const Dims& shift, const Axes& axes) {
    if (!axes) { // the flat array, in its shape
        const Array flat = roll(reshape(a, {a.size()}), shift, Dims{0});
        return reshape(flat, a.shape(), false);
    }
    const Dims shifts = shift_of_each_axis(a, shift, *axes);
    Array out = Array::empty(a.shape(), a.dtype());
    if (out.size() > 0) {
        roll_into(a, out, shifts, 0);
    }
    return out;
}

} // namespace trivet
