// SPDX-License-Identifier: Apache-2.0
// log, log2, log10, log1p, the inverse hyperbolic functions, the cube root and pow.
#pragma once

#include "vecmath_exp.h"

namespace trivet::TRIVET_ISA::vecmath {

/// log(m) = f - (half_square - rest) for a mantissa m = 1 + f, with s = f / (2 + f) and half_square
/// = f^2 / 2: log(m) = 2 atanh(s) = 2s + s R = f - f^2/2 + s (f^2/2 + R).
template <class T> struct LogParts {
    T f, half_square, rest;
};
template <class P, class T = typename P::Real> TRIVET_VECMATH LogParts<T> log_parts(T mantissa) {
    const T f = mantissa - T(1);
    const T s = f / (T(2) + f);
    const T z = s * s;
    const T half_square = T(0.5) * f * f;
    return {f, half_square, s * (half_square + z * P::log_rest(z))};
}

/// log(u) + low + more log 2 for finite u > 0.
template <class P, class T = typename P::Real> TRIVET_VECMATH T log_sum(T u, T low, T more = T(0)) {
    const auto x = split(u);
    const auto l = log_parts<P>(x.mantissa);
    const T n = x.exponent + more;
    return n * P::ln2_hi - ((l.half_square - (l.rest + (n * P::ln2_lo + low))) - l.f);
}

/// The value of any logarithm at 0, below it, at infinity and at NaN.
template <class T> TRIVET_VECMATH T log_edges(T x, T value) {
    const T below = x == T(0) ? -infinity<T> : not_a_number<T>;
    const T positive = x > T(0) ? value : below;
    return x == infinity<T> ? x : positive;
}

template <class P, class T = typename P::Real> TRIVET_VECMATH T log_of(T x) {
    return log_edges(x, log_sum<P>(x, T(0)));
}

/// log(m) = hi + lo, hi short enough for an exact product with a short constant.
template <class P, class T = typename P::Real> TRIVET_VECMATH Pair<T> log_pair(T mantissa) {
    const auto l = log_parts<P>(mantissa);
    const T hi = upper(l.f - l.half_square);
    return {hi, ((l.f - hi) - l.half_square) + l.rest};
}

/// log2 of a positive finite number; exact for powers of two.
template <class P, class T = typename P::Real> TRIVET_VECMATH T log2_positive(T x) {
    const auto parts = split(x);
    const auto l = log_pair<P>(parts.mantissa);
    const T product = l.hi * P::log2e_parts_hi;
    const T rest = l.lo * P::log2e_parts_hi + (l.lo + l.hi) * P::log2e_parts_lo;
    const T sum = parts.exponent + product;
    return sum + (((parts.exponent - sum) + product) + rest);
}
template <class P, class T = typename P::Real> TRIVET_VECMATH T log2_of(T x) {
    return log_edges(x, log2_positive<P>(x));
}

template <class P, class T = typename P::Real> TRIVET_VECMATH T log10_of(T x) {
    const auto parts = split(x);
    const auto l = log_pair<P>(parts.mantissa);
    const T whole = parts.exponent * P::log10_2_hi;
    const T product = l.hi * P::log10e_parts_hi;
    const T rest = parts.exponent * P::log10_2_lo +
                   (l.lo * P::log10e_parts_hi + (l.lo + l.hi) * P::log10e_parts_lo);
    const T sum = whole + product;
    return log_edges(x, sum + (((whole - sum) + product) + rest));
}

/// log(1 + x), x > -1 and finite: 1 + x is rounded to u, what is lost counts as (x - (u - 1)) / u.
template <class P, class T = typename P::Real> TRIVET_VECMATH T log1p_finite(T x) {
    const T u = T(1) + x;
    return log_sum<P>(u, (x - (u - T(1))) / u);
}
template <class P, class T = typename P::Real> TRIVET_VECMATH T log1p_of(T x) {
    const T value = log_edges(T(1) + x, log1p_finite<P>(x));
    return absolute(x) < T(8) * Layout<T>::smallest_normal ? x : value;
}

/// asinh = log1p(a + a^2 / (1 + sqrt(a^2 + 1))); log(a) + log(2) where a^2 is all that counts.
template <class P, class T = typename P::Real> TRIVET_VECMATH T asinh_of(T x) {
    const T a = absolute(x);
    const bool large = a > T(0x1p28);
    const T small = large ? T(1) : a;
    const T square = small * small;
    const T t = small + square / (T(1) + root(square + T(1)));
    const T u = T(1) + t;
    const T low = (t - (u - T(1))) / u;
    const T value = log_sum<P>(large ? a : u, large ? T(0) : low, large ? T(1) : T(0));
    const T bounded = a < T(8) * Layout<T>::smallest_normal ? a : value;
    return with_sign(a < infinity<T> ? bounded : a, x);
}

/// acosh = log1p(t + sqrt(t (t + 2))) with t = x - 1.
template <class P, class T = typename P::Real> TRIVET_VECMATH T acosh_of(T x) {
    const bool large = x > T(0x1p28);
    const T t = (large ? T(2) : x) - T(1);
    const T v = t + root(t * (t + T(2)));
    const T u = T(1) + v;
    const T low = (v - (u - T(1))) / u;
    const T value = log_sum<P>(large ? x : u, large ? T(0) : low, large ? T(1) : T(0));
    const T inside = x >= T(1) ? value : not_a_number<T>;
    return x == infinity<T> ? x : inside;
}

template <class P, class T = typename P::Real> TRIVET_VECMATH T atanh_of(T x) {
    const T a = absolute(x);
    return with_sign(T(0.5) * log1p_of<P>((a + a) / (T(1) - a)), x);
}

/// m^(1/3) = m z^2 with z = m^(-1/3), improved by one cubic step; then one
/// step from a short t, whose cube is exact.
template <class P, class T = typename P::Real> TRIVET_VECMATH T cbrt_of(T x) {
    const T a = absolute(x);
    const auto parts = split(a);
    const T third = nearest(parts.exponent * T(0x1.5555555555555p-2)).value;
    const T left = parts.exponent - T(3) * third; // -1, 0 or 1
    const T up = left > T(0) ? T(0x1.965fea53d6e3dp-1) : T(1);
    const T factor = left < T(0) ? T(0x1.428a2f98d728bp+0) : up; // 2^(-left/3)
    const T m = parts.mantissa * power_of_two(left);
    T z = P::cbrt_inverse(parts.mantissa) * factor;
    const T error = T(1) - m * (z * z * z);
    z = z + z * error * (T(0x1.5555555555555p-2) + error * T(0x1.c71c71c71c71cp-3));
    const T t = upper(m * z * z);
    const T square = t * t; // exact, and so are both products with t below
    const T head = upper(square);
    const T miss = (m - head * t) - (square - head) * t;
    // t + step - step^2 / t, but z^2 is already smaller than 1 / t^2 by twice that.
    const T step = miss * (z * z) * T(0x1.5555555555555p-2);
    const T value = (t + (step + step * step * z)) * power_of_two(third);
    const T nonzero = a < infinity<T> ? value : a;
    return a == T(0) ? x : with_sign(nonzero, x);
}

/// pow for float, in double: 2^(y log2|x|), and the sign and the NaN of a negative x.
template <class P> TRIVET_VECMATH double pow_of(double x, double y) {
    const double a = absolute(x);
    const double logarithm = log_edges(a, log2_positive<P>(a));
    const double product = a == 1.0 ? 0.0 : y * logarithm;
    const double value = exp2_of<P>(y == 0.0 ? 0.0 : product);
    const double whole = absolute(y) >= 0x1p25 ? 0.0 : y; // a float so large is even
    const double half = 0.5 * whole;
    const double integer = nearest(whole).value == whole ? 1.0 : 0.0;
    const double odd = nearest(half).value == half ? 0.0 : integer;
    const double finite = x > -infinity<double> ? not_a_number<double> : value;
    const double fraction = integer == 0.0 ? finite : value;
    const double checked = x < 0.0 ? fraction : value;
    const double turned = flip_sign(checked, odd == 0.0 ? 1.0 : x);
    const double one = y == 0.0 ? 1.0 : turned;
    return x == 1.0 ? 1.0 : one;
}

} // namespace trivet::TRIVET_ISA::vecmath
