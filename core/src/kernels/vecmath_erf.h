// SPDX-License-Identifier: Apache-2.0
// erf, erfc and the activations of neural networks.
#pragma once

#include "vecmath_log.h"

namespace trivet::TRIVET_ISA::vecmath {

/// Short quotients with positive coefficients are cheapest. Longer ones, or more roundings, would
/// err too much.
template <class T> constexpr bool by_quotient = has_fma && sizeof(T) == 4;

/// e^(-square) top / bottom.
template <class P, class T = typename P::Real>
TRIVET_VECMATH T gauss_quotient(Pair<T> square, T top, T bottom) {
    const auto e = exp_parts<P>(-square.hi, -square.lo);
    return scale_down((top + top * e.rest) / bottom, e.exponent);
}

/// factor e^(-square) erfcx(a) for 0 <= a, where erfcx(a) = e^(a^2) erfc(a).
template <class P, class T = typename P::Real>
TRIVET_VECMATH T gauss_tail(Pair<T> square, T a, T factor) {
    const auto e = exp_parts<P>(-square.hi, -square.lo);
    const T sum = a + T(2);
    const T t = T(1) / sum;
    const T rough = t * P::erfcx_ratio(T(1) - T(4) * t);
    // t belongs to a slightly different a; erfcx' = 2 a erfcx - 2 / sqrt(pi).
    const T off = one_minus_product(t, sum) * sum - (a - (sum - T(2)));
    const T ratio = rough + off * (T(0x1.20dd750429b6dp+0) - T(2) * a * rough);
    return scale_down(factor * (ratio + ratio * e.rest), e.exponent);
}

/// erfc(a) for a >= 0.
template <class P, class T = typename P::Real> TRIVET_VECMATH T erfc_positive(T a) {
    const T limit = sizeof(T) == 4 ? T(10.5) : T(28);
    const T bounded = a > limit ? limit : a;
    if constexpr (by_quotient<T>) {
        return gauss_quotient<P>(square(bounded), P::erfcx_top(bounded), P::erfcx_bottom(bounded));
    } else {
        return gauss_tail<P>(square(bounded), bounded, T(1));
    }
}

/// a Phi(-a) for a >= 0.
template <class P, class T = typename P::Real> TRIVET_VECMATH T gelu_tail(T a) {
    const T limit = sizeof(T) == 4 ? T(15) : T(39);
    const T bounded = a > limit ? limit : a;
    const auto full = square(bounded);
    const Pair<T> half = {T(0.5) * full.hi, T(0.5) * full.lo};
    if constexpr (by_quotient<T>) {
        return gauss_quotient<P>(half, bounded * P::mills_top(bounded), P::mills_bottom(bounded));
    } else {
        return gauss_tail<P>(half, bounded * T(0x1.6a09e667f3bcdp-1), T(0.5) * bounded);
    }
}

template <class P, class T = typename P::Real> TRIVET_VECMATH T erf_of(T x) {
    const T a = absolute(x);
    const T small = x * P::erf_ratio(x * x);
    const T large = with_sign(T(1) - erfc_positive<P>(a), x);
    return a < T(0.75) ? small : large;
}

template <class P, class T = typename P::Real> TRIVET_VECMATH T erfc_of(T x) {
    const T a = absolute(x);
    const T small = T(1) - x * P::erf_ratio(x * x);
    const T tail = erfc_positive<P>(a);
    const T large = x < T(0) ? T(2) - tail : tail;
    return a < T(0.35) ? small : large;
}

/// x (1 + erf(x / sqrt 2)) / 2, also right where that cancels: x Phi(-|x|) below zero, x - x
/// Phi(-x) above.
template <class P, class T = typename P::Real> TRIVET_VECMATH T gelu_of(T x) {
    const T tail = gelu_tail<P>(absolute(x));
    return x < T(0) ? -tail : x - tail;
}

/// x times the logistic function of s = hi + lo, which has the sign of x.
template <class P, class T = typename P::Real> TRIVET_VECMATH T times_logistic(T x, T hi, T lo) {
    constexpr T limit = sizeof(T) == 4 ? T(112) : T(760);
    const T a = absolute(hi);
    const auto e = exp_parts<P>(-(a > limit ? limit : a), -flip_sign(lo, hi));
    const T lifted = (T(1) + e.rest) * power_of_two(e.exponent + lift<T>);
    const T power = lifted * settle<T>;
    const T least = x < -limit ? -limit : x; // no -inf * 0
    const T small = least * lifted * settle<T>;
    return (x < T(0) ? small : x) / (T(1) + power);
}

template <class P, class T = typename P::Real> TRIVET_VECMATH T silu_of(T x) {
    return times_logistic<P>(x, x, T(0));
}

template <class P, class T = typename P::Real> TRIVET_VECMATH T sigmoid_of(T x) {
    const T e = exp_minus<P>(absolute(x));
    return (x < T(0) ? e : T(1)) / (T(1) + e);
}

/// x / (1 + e^-s) with s = 2 sqrt(2/pi) (x + 0.044715 x^3) in two parts: an error of s counts |s|
/// times.
template <class P, class T = typename P::Real> TRIVET_VECMATH T gelu_tanh_of(T x) {
    const T c = clamped(x, T(-40), T(40));
    const auto z = square(c);
    const T z_head = upper(z.hi + z.lo);
    const T z_rest = (z.hi - z_head) + z.lo;
    const auto w = two_sum(P::gelu_linear_hi, P::gelu_cubic_hi * z_head);
    const T w_low = w.lo + (P::gelu_linear_lo +
                            (P::gelu_cubic_hi * z_rest + P::gelu_cubic_lo * (z_head + z_rest)));
    const T c_head = upper(c);
    const T w_head = upper(w.hi);
    const T w_rest = (w.hi - w_head) + w_low;
    const auto s = two_sum(c_head * w_head, c_head * w_rest + (c - c_head) * (w_head + w_rest));
    return times_logistic<P>(x, s.hi, s.lo);
}

/// log(1 + e^x) = max(x, 0) + log1p(e^-|x|).
template <class P, class T = typename P::Real> TRIVET_VECMATH T softplus_of(T x) {
    const T e = exp_minus<P>(absolute(x));
    const T low = log1p_finite<P>(e);
    const T rest = e < T(8) * Layout<T>::smallest_normal ? e : low;
    return (x < T(0) ? T(0) : x) + rest;
}

} // namespace trivet::TRIVET_ISA::vecmath
