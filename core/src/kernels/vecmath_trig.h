// SPDX-License-Identifier: Apache-2.0
// sin, cos, tan and their inverses.
#pragma once

#include "vecmath_f32.h"
#include "vecmath_f64.h"

namespace trivet::TRIVET_ISA::vecmath {

/// The reduction below holds for |x| up to here; beyond, see vecmath.h.
constexpr double trig_limit = 0x1p20;

/// x = n pi/2 + hi + lo, |hi| <= pi/4. pi/2 comes in parts of 33 bits, so that their products with
/// n are exact.
template <class T> struct Quadrant {
    T hi, lo;
    Bits<T> which;
};
template <class P> TRIVET_VECMATH Quadrant<double> quadrant(double x) {
    const auto n = nearest(x * P::two_over_pi);
    const double first = x - n.value * P::pi2_1;
    if constexpr (P::rounds_last) {
        return {(first - n.value * P::pi2_2) - n.value * P::pi2_3, 0.0, n.bits};
    } else {
        const auto second = two_sum(first, -(n.value * P::pi2_2));
        const auto third = two_sum(second.hi, -(n.value * P::pi2_3));
        const double rest = (second.lo + third.lo) - n.value * P::pi2_4;
        const double hi = third.hi + rest;
        return {hi, (third.hi - hi) + rest, n.bits};
    }
}

template <class P> TRIVET_VECMATH double sin_near(const Quadrant<double>& r) {
    const double z = r.hi * r.hi;
    return r.hi + (r.hi * z * P::sin_rest(z) + r.lo * (1.0 - 0.5 * z));
}
template <class P> TRIVET_VECMATH double cos_near(const Quadrant<double>& r) {
    const double z = r.hi * r.hi;
    const double half = 0.5 * z;
    const double head = 1.0 - half;
    return head + (((1.0 - head) - half) + (z * z * P::cos_rest(z) - r.hi * r.lo));
}

template <class P> TRIVET_VECMATH double sin_of(double x) {
    const auto r = quadrant<P>(x);
    const double value = pick(r.which, cos_near<P>(r), sin_near<P>(r));
    const double turned = from_bits<double>(bits_of(value) ^ ((r.which >> 1) << 63));
    return x == 0.0 ? x : turned;
}
template <class P> TRIVET_VECMATH double cos_of(double x) {
    const auto r = quadrant<P>(x);
    const double value = pick(r.which, sin_near<P>(r), cos_near<P>(r));
    return from_bits<double>(bits_of(value) ^ (((r.which + 1U) >> 1) << 63));
}
template <class P> TRIVET_VECMATH double tan_of(double x) {
    const auto r = quadrant<P>(x);
    const double s = sin_near<P>(r);
    const double c = cos_near<P>(r);
    const double value = pick(r.which, -c, s) / pick(r.which, s, c);
    return x == 0.0 ? x : value;
}

constexpr double half_pi = 0x1.921fb54442d18p+0;
constexpr double half_pi_low = 0x1.1a62633145c07p-54;

/// asin(|x|) is v + v z R(z) with z = v^2: v = |x| below 1/2, else asin(|x|) = pi/2 - 2 asin(v), z
/// = (1 - |x|) / 2.
template <class P> TRIVET_VECMATH double asin_of(double x) {
    const double a = absolute(x);
    const bool near_one = a > 0.5;
    const double z = near_one ? 0.5 - 0.5 * a : a * a;
    const double v = near_one ? root(z) : a;
    const double rest = v * (z * P::asin_rest(z));
    const double large = half_pi - (2.0 * v - (half_pi_low - 2.0 * rest));
    return with_sign(near_one ? large : v + rest, x);
}
template <class P> TRIVET_VECMATH double acos_of(double x) {
    const double a = absolute(x);
    const bool near_one = a > 0.5;
    const double z = near_one ? 0.5 - 0.5 * a : a * a;
    const double v = near_one ? root(z) : a;
    const double rest = v * (z * P::asin_rest(z));
    const double small = half_pi - (flip_sign(v, x) - (half_pi_low - flip_sign(rest, x)));
    const double right = 2.0 * (v + rest);
    const double left = 2.0 * half_pi - (2.0 * v - (2.0 * half_pi_low - 2.0 * rest));
    const double large = x < 0.0 ? left : right;
    return near_one ? large : small;
}

/// pi/4 times a small whole number k is k hi + k lo with k hi exact.
template <class P> TRIVET_VECMATH double atan_sum(double v, double k) {
    const double z = v * v;
    const double rest = v * (z * P::atan_rest(z)) + k * P::pi4_lo;
    return k * P::pi4_hi + (v + rest);
}

/// atan(a) = atan(v): v = a up to 1/2; pi/4 + atan((a - 1) / (a + 1)) up to 2; pi/2 - atan(1 / a)
/// above.
template <class P> TRIVET_VECMATH double atan_of(double x) {
    const double a = absolute(x);
    const bool middle = a > 0.5;
    const bool far = a > 2.0;
    const double above_half = far ? -1.0 : a - 1.0;
    const double below_one = far ? a : a + 1.0;
    const double k = far ? 2.0 : 1.0;
    const double v = (middle ? above_half : a) / (middle ? below_one : 1.0);
    return with_sign(atan_sum<P>(v, middle ? k : 0.0), x);
}

/// The angle of (x, y): that of the smaller over the larger, then reflected at the diagonal and at
/// the y axis.
template <class P> TRIVET_VECMATH double atan2_of(double y, double x) {
    const double ax = absolute(x);
    const double ay = absolute(y);
    const bool steep = ay > ax;
    double small = steep ? ax : ay;
    double large = steep ? ay : ax;
    const double shrink = large > 0x1p1000 ? 0.25 : 1.0; // small + large must not overflow
    const double both = small == infinity<double> ? 1.0 : small * shrink;
    small = large == infinity<double> ? (small == infinity<double> ? 1.0 : 0.0) : both;
    large = large == infinity<double> ? 1.0 : large * shrink;
    large = large == 0.0 ? 1.0 : large;
    const bool middle = small + small > large;
    const double v = (middle ? small - large : small) / (middle ? small + large : large);
    // angle = k pi/4 + turn * atan(v)
    const double k1 = middle ? 1.0 : 0.0;
    const double k2 = steep ? 2.0 - k1 : k1;
    const double left = with_sign(1.0, x);
    const double k = left < 0.0 ? 4.0 - k2 : k2;
    const double turned = flip_sign(steep ? -v : v, x);
    const double value = with_sign(atan_sum<P>(turned, k), y);
    const double sum = x + y;
    const double x_checked = x != x ? sum : value;
    return y != y ? sum : x_checked;
}

} // namespace trivet::TRIVET_ISA::vecmath
