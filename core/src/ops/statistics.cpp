// SPDX-License-Identifier: Apache-2.0
// Reductions made of other operations. Types: integers and bool give float64; half types are
// computed in float32 and rounded once.
#include "array/text.h"
#include "trivet/error.h"
#include "trivet/ops.h"

#include <cmath>

namespace trivet {
namespace {

bool is_half(DType type) { return type == DType::float16 || type == DType::bfloat16; }

DType computed_in(const Array& a) {
    return is_half(a.dtype()) ? DType::float32 : is_inexact(a.dtype()) ? a.dtype() : DType::float64;
}
DType given_as(const Array& a) { return is_inexact(a.dtype()) ? a.dtype() : DType::float64; }

std::int64_t reduced_count(const Array& a, const Axes& axes) {
    std::int64_t count = 1;
    for (const std::int64_t axis : canonical_axes("mean", axes, a.ndim())) {
        count *= a.shape()[static_cast<int>(axis)];
    }
    return count;
}

// `a` divided in place by a number; a count of 0 gives NaN.
Array divided(const Array& a, double by) {
    const Array list[] = {a, Array::scalar(by, real_type(a.dtype()))};
    elementwise_into(op(OpId::divide), list, a);
    return a;
}

Array unary(OpId id, const Array& a) { return elementwise(op(id), std::span(&a, 1)); }

// |a - mean|^2 summed and divided by count - correction: two passes, so that a large mean costs no
// digits.
Array variance(const Array& a, const Axes& axes, double correction, bool keepdims) {
    const DType type = computed_in(a);
    const auto count = static_cast<double>(reduced_count(a, axes));
    const Array middle = divided(sum(a, axes, true, type), count);
    const Array wide = astype(a, type, false);
    Array distance = subtract(wide, middle);
    if (is_complex(type)) {
        const Array re = real(distance);
        const Array im = imag(distance);
        distance = add(multiply(re, re), multiply(im, im));
    } else {
        const Array list[] = {distance, distance};
        elementwise_into(op(OpId::multiply), list, distance);
    }
    return divided(sum(distance, axes, keepdims, real_type(type)),
                   std::max(count - correction, 0.0));
}

} // namespace

Array mean(const Array& a, const Axes& axes, bool keepdims) {
    const Array total = sum(a, axes, keepdims, computed_in(a));
    return astype(divided(total, static_cast<double>(reduced_count(a, axes))), given_as(a), false);
}

Array var(const Array& a, const Axes& axes, double correction, bool keepdims) {
    return astype(variance(a, axes, correction, keepdims), real_type(given_as(a)), false);
}

Array std_dev(const Array& a, const Axes& axes, double correction, bool keepdims) {
    const Array square = variance(a, axes, correction, keepdims);
    return astype(unary(OpId::sqrt, square), real_type(given_as(a)), false);
}

Array logsumexp(const Array& a, const Axes& axes, bool keepdims) {
    if (is_complex(a.dtype())) {
        raise(ErrorKind::type, "logsumexp", "not defined for complex numbers", text(a));
    }
    const Array wide = astype(a, computed_in(a), false);
    const Array top = reduce(op(OpId::max), wide, axes, true);
    // An infinite maximum would give inf - inf: such rows are shifted by 0.
    const Array shift = where(unary(OpId::isfinite, top), top, Array::scalar(false, top.dtype()));
    Array shifted = subtract(wide, shift);
    elementwise_into(op(OpId::exp), std::span(&shifted, 1), shifted);
    const Array total = add(unary(OpId::log, sum(shifted, axes, true)), shift);
    const Dims shape = keepdims
                           ? total.shape()
                           : squeeze(total, canonical_axes("logsumexp", axes, a.ndim())).shape();
    return astype(reshape(total, shape), given_as(a), false);
}

} // namespace trivet
