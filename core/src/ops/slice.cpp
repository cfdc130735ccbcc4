// SPDX-License-Identifier: Apache-2.0
#include "ops/slice.h"

#include "trivet/error.h"

#include <algorithm>
#include <limits>

namespace trivet {
namespace {

// From the end when negative, then into [low, high].
std::int64_t clamp_bound(std::int64_t bound, std::int64_t size, std::int64_t low,
                         std::int64_t high) {
    return std::clamp(bound < 0 ? bound + size : bound, low, high);
}

} // namespace

SliceRange clamp_slice(std::string_view op, const Slice& slice, std::int64_t size) {
    // The smallest step is moved by one, so that it can be negated; no axis is long enough to tell.
    const std::int64_t step =
        std::max(slice.step.value_or(1), -std::numeric_limits<std::int64_t>::max());
    if (step == 0) {
        raise(ErrorKind::value, op, "the step of a slice must not be zero", "step 0");
    }
    const std::int64_t low = step > 0 ? 0 : -1;
    const std::int64_t high = step > 0 ? size : size - 1;
    const std::int64_t start =
        slice.start ? clamp_bound(*slice.start, size, low, high) : (step > 0 ? low : high);
    const std::int64_t stop =
        slice.stop ? clamp_bound(*slice.stop, size, low, high) : (step > 0 ? high : low);
    const std::int64_t distance = step > 0 ? stop - start : start - stop;
    const std::int64_t stride = step > 0 ? step : -step;
    return {start, step, distance > 0 ? (distance - 1) / stride + 1 : 0};
}

Array part_of(const Array& a, int axis, std::int64_t first, std::int64_t count) {
    Dims shape = a.shape();
    shape[axis] = count;
    const bool any = a.size() > 0 && count > 0; // the strides of an empty array lead nowhere
    return a.view(std::move(shape), a.strides(),
                  a.offset() + (any ? first * a.strides()[axis] : 0));
}

Array without_axis(const Array& a, int axis) {
    Dims shape = a.shape();
    Dims strides = a.strides();
    shape.erase(axis);
    strides.erase(axis);
    return a.view(std::move(shape), std::move(strides), a.offset());
}

} // namespace trivet
