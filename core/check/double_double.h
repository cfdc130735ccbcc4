// SPDX-License-Identifier: Apache-2.0
// Numbers of about 32 digits: sums of two doubles. The same on every machine, where long double
// is anything from double to four times its width, and a compiler's own division may be missing.
#pragma once

#include "types.h"

#include <cmath>

namespace check {

// Whether the CPUs that the program is compiled for have a fused multiply-add.
#if defined(__FMA__) || defined(__aarch64__) || defined(__powerpc64__) || defined(__s390x__) ||    \
    defined(__riscv_d)
inline constexpr bool kFused = true;
#else
inline constexpr bool kFused = false;
#endif

// The rounding error of p = a * b: exact by a fused multiply-add, or by Dekker's splitting.
[[gnu::always_inline]] inline double split_high(double a) {
    const double scaled = 134217729.0 * a; // 2^27 + 1
    return scaled - (scaled - a);
}
template <bool fused>
[[gnu::always_inline]] inline double product_error(double a, double b, double p) {
    if constexpr (fused)
        return __builtin_fma(a, b, -p);
    const double ah = split_high(a), al = a - ah, bh = split_high(b), bl = b - bh;
    return ((ah * bh - p) + ah * bl + al * bh) + al * bl;
}

struct DoubleDouble {
    double hi = 0.0, lo = 0.0; // |lo| is at most half a unit of hi's last place

    DoubleDouble() = default;
    DoubleDouble(double value) : hi(value) {}
    DoubleDouble(double high, double low) : hi(high + low), lo(low - (hi - high)) {}
    explicit operator double() const { return hi; }
};

inline DoubleDouble operator-(DoubleDouble a) { return {-a.hi, -a.lo}; }
inline DoubleDouble operator+(DoubleDouble a, DoubleDouble b) {
    const double sum = a.hi + b.hi, back = sum - a.hi;
    return {sum, ((a.hi - (sum - back)) + (b.hi - back)) + (a.lo + b.lo)};
}
inline DoubleDouble operator-(DoubleDouble a, DoubleDouble b) { return a + -b; }
inline DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
    const double p = a.hi * b.hi;
    return {p, product_error<kFused>(a.hi, b.hi, p) + (a.hi * b.lo + a.lo * b.hi)};
}
inline DoubleDouble operator/(DoubleDouble a, DoubleDouble b) {
    const double first = a.hi / b.hi;
    const DoubleDouble rest = a - b * first;
    return DoubleDouble(first, rest.hi / b.hi);
}
inline DoubleDouble& operator+=(DoubleDouble& a, DoubleDouble b) { return a = a + b; }
inline DoubleDouble& operator-=(DoubleDouble& a, DoubleDouble b) { return a = a - b; }
inline bool operator>(DoubleDouble a, DoubleDouble b) {
    return a.hi > b.hi || (a.hi == b.hi && a.lo > b.lo);
}
inline DoubleDouble sqrt(DoubleDouble a) {
    const double root = std::sqrt(a.hi);
    return root == 0.0 ? DoubleDouble()
                       : DoubleDouble(root, (a - DoubleDouble(root) * root).hi / (2.0 * root));
}
inline DoubleDouble abs(DoubleDouble a) { return a.hi < 0.0 ? -a : a; }

// In which the results of a type are compared: double for single precision.
template <class T> using Wider = std::conditional_t<sizeof(Real<T>) < 8, double, DoubleDouble>;

} // namespace check
