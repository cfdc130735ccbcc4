// SPDX-License-Identifier: Apache-2.0
// exp, exp2, expm1 and the hyperbolic functions. P is a set of fits (Single, Wide, Double).
#pragma once

#include "vecmath_f32.h"
#include "vecmath_f64.h"

namespace trivet::TRIVET_ISA::vecmath {

template <class T> struct ExpRange;
template <> struct ExpRange<float> {
    static constexpr float low = -104.0F, high = 89.0F, high_half = 89.5F;
    static constexpr float low2 = -151.0F, high2 = 129.0F;
};
template <> struct ExpRange<double> {
    static constexpr double low = -746.0, high = 710.0, high_half = 710.6;
    static constexpr double low2 = -1076.0, high2 = 1025.0;
};

/// NaN stays NaN.
template <class T> TRIVET_VECMATH T clamped(T x, T low, T high) {
    const T above = x < low ? low : x;
    return above > high ? high : above;
}

/// e^(x + low) = (1 + rest) 2^exponent. x - n ln2_hi is exact; low is small beside x.
template <class T> struct ExpParts {
    T rest, exponent;
};
template <class P, class T = typename P::Real>
TRIVET_VECMATH ExpParts<T> exp_parts(T x, T low = T(0)) {
    const T n = nearest(x * P::log2e).value;
    const T r = (x - n * P::ln2_hi) - (n * P::ln2_lo - low);
    return {r + (r * r) * P::exp_rest(r), n};
}

template <class P, class T = typename P::Real> TRIVET_VECMATH T exp_of(T x) {
    const auto e = exp_parts<P>(clamped(x, ExpRange<T>::low, ExpRange<T>::high));
    return scale(T(1) + e.rest, e.exponent);
}

/// exp(-a) for a >= 0.
template <class P, class T = typename P::Real> TRIVET_VECMATH T exp_minus(T a) {
    const auto e = exp_parts<P>(-(a > -ExpRange<T>::low ? -ExpRange<T>::low : a));
    return scale_down(T(1) + e.rest, e.exponent);
}

template <class P, class T = typename P::Real> TRIVET_VECMATH T exp2_of(T x) {
    const T c = clamped(x, ExpRange<T>::low2, ExpRange<T>::high2);
    const T n = nearest(c).value;
    const T r = c - n;
    return scale(T(1) + r * P::exp2_rest(r), n);
}

template <class P, class T = typename P::Real> TRIVET_VECMATH T expm1_of(T x) {
    const auto e = exp_parts<P>(clamped(x, T(-60), ExpRange<T>::high));
    const T half = power_of_two(e.exponent - T(1)); // 2^1024 is out of range, half of it is not
    const T value = T(2) * (half * e.rest + (half - T(0.5)));
    return absolute(x) < T(8) * Layout<T>::smallest_normal ? x : value;
}

/// tanh = h / (h + 1) with h = expm1(2|x|) / 2; no cancellation on the way.
template <class P, class T = typename P::Real> TRIVET_VECMATH T tanh_of(T x) {
    const T a = absolute(x);
    const auto e = exp_parts<P>(T(2) * (a > T(22) ? T(22) : a));
    const T half = power_of_two(e.exponent - T(1));
    const T h = half * e.rest + (half - T(0.5));
    return with_sign(h / (h + T(1)), x);
}

/// sinh = h + h / (2h + 1) with h = expm1(|x|) / 2.
template <class P, class T = typename P::Real> TRIVET_VECMATH T sinh_of(T x) {
    const T a = absolute(x);
    const auto e = exp_parts<P>(a > ExpRange<T>::high_half ? ExpRange<T>::high_half : a);
    const T quarter = power_of_two(e.exponent - T(2));
    const T h = T(2) * (quarter * e.rest + (quarter - T(0.25)));
    const T both = a > T(44) ? h : h + h / (T(2) * h + T(1));
    return with_sign(a < T(8) * Layout<T>::smallest_normal ? a : both, x);
}

/// cosh = h + 1 / (4h) with h = e^|x| / 2.
template <class P, class T = typename P::Real> TRIVET_VECMATH T cosh_of(T x) {
    const T a = absolute(x);
    const auto e = exp_parts<P>(a > ExpRange<T>::high_half ? ExpRange<T>::high_half : a);
    const T quarter = power_of_two(e.exponent - T(2));
    const T h = T(2) * (quarter + quarter * e.rest);
    return h + T(0.25) / h;
}

} // namespace trivet::TRIVET_ISA::vecmath
