// SPDX-License-Identifier: Apache-2.0
// What the functions of vecmath are made of: bits, selections, exponents, polynomials. All of it is
// branch-free and uses only operations that SSE2 has for both types (no 64-bit comparison,
// arithmetic shift or conversion), so that plain loops vectorise on each instruction set. No fma is
// asked for: where it exists the compiler contracts, and every compensated step here stays right
// when it does (its products are exact).
#pragma once

#include <cstdint>

#ifndef TRIVET_ISA
#define TRIVET_ISA baseline
#endif

// Forced inline with internal linkage: an object built for AVX-512 must not lend its code to the
// others.
#define TRIVET_VECMATH [[gnu::always_inline]] static inline

namespace trivet::TRIVET_ISA::vecmath {

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
constexpr bool has_fma = true;
#else
constexpr bool has_fma = false;
#endif

template <class T> struct Layout;
template <> struct Layout<float> {
    using Bits = std::uint32_t;
    static constexpr int mantissa = 23;
    static constexpr Bits bias = 127;
    static constexpr float round = 0x1.8p23F; ///< adding and subtracting it rounds |x| < 2^22
    static constexpr float whole = 0x1p23F;
    static constexpr float smallest_normal = 0x1p-126F;
    static constexpr Bits upper_half =
        0xFFFFF000U; ///< leaves 12 significant bits: squares are exact
};
template <> struct Layout<double> {
    using Bits = std::uint64_t;
    static constexpr int mantissa = 52;
    static constexpr Bits bias = 1023;
    static constexpr double round = 0x1.8p52;
    static constexpr double whole = 0x1p52;
    static constexpr double smallest_normal = 0x1p-1022;
    static constexpr Bits upper_half = 0xFFFFFFFFF8000000U; ///< leaves 26 significant bits
};

template <class T> using Bits = typename Layout<T>::Bits;
template <class T> constexpr T infinity = static_cast<T>(__builtin_inf());
template <class T> constexpr T not_a_number = static_cast<T>(__builtin_nan(""));
template <class T>
constexpr Bits<T> sign_mask = Bits<T>{1} << (Layout<T>::mantissa == 23 ? 31 : 63);

template <class T> TRIVET_VECMATH Bits<T> bits_of(T x) { return __builtin_bit_cast(Bits<T>, x); }
template <class T> TRIVET_VECMATH T from_bits(Bits<T> b) { return __builtin_bit_cast(T, b); }
template <class T> TRIVET_VECMATH T absolute(T x) {
    return from_bits<T>(bits_of(x) & ~sign_mask<T>);
}
/// |x| with the sign of y.
template <class T> TRIVET_VECMATH T with_sign(T x, T y) {
    return from_bits<T>((bits_of(x) & ~sign_mask<T>) | (bits_of(y) & sign_mask<T>));
}
/// x with its sign changed where y is negative.
template <class T> TRIVET_VECMATH T flip_sign(T x, T y) {
    return from_bits<T>(bits_of(x) ^ (bits_of(y) & sign_mask<T>));
}
/// The leading bits of x; their square is exact, and so is x minus them.
template <class T> TRIVET_VECMATH T upper(T x) {
    return from_bits<T>(bits_of(x) & Layout<T>::upper_half);
}
/// a where the lowest bit of `which` is set, else b.
template <class T> TRIVET_VECMATH T pick(Bits<T> which, T a, T b) {
    const Bits<T> mask = Bits<T>{0} - (which & 1U);
    return from_bits<T>((bits_of(a) & mask) | (bits_of(b) & ~mask));
}
template <class T> TRIVET_VECMATH T root(T x) {
    if constexpr (sizeof(T) == 4) {
        return __builtin_sqrtf(x);
    } else {
        return __builtin_sqrt(x);
    }
}

/// c0 + c1 x + c2 x^2 + ... by Horner's rule.
template <class T> TRIVET_VECMATH T poly(T /*x*/, T c0) { return c0; }
template <class T, class... C> TRIVET_VECMATH T poly(T x, T c0, C... more) {
    return c0 + x * poly<T>(x, more...);
}

/// A sum of two numbers that are not added up.
template <class T> struct Pair {
    T hi, lo;
};
/// a + b and the rounding error (Knuth). a may be an exact product.
template <class T> TRIVET_VECMATH Pair<T> two_sum(T a, T b) {
    const T sum = a + b;
    const T part = sum - a;
    return {sum, (a - (sum - part)) + (b - part)};
}
/// x^2, exact to twice the precision unless it underflows.
template <class T> TRIVET_VECMATH Pair<T> square(T x) {
    if constexpr (has_fma && sizeof(T) == 4) {
        return {x * x, __builtin_fmaf(x, x, -(x * x))};
    } else if constexpr (has_fma) {
        return {x * x, __builtin_fma(x, x, -(x * x))};
    }
    const T head = upper(x);
    return {head * head, (x - head) * (x + head)};
}

/// 1 - a b, which must be small, without the rounding error of the product.
template <class T> TRIVET_VECMATH T one_minus_product(T a, T b) {
    if constexpr (has_fma) {
        return T(1) - a * b; // contracted
    }
    const T a_head = upper(a);
    const T b_head = upper(b);
    return ((T(1) - a_head * b_head) - a_head * (b - b_head)) - (a - a_head) * b;
}

/// A number rounded to whole, and the bits that hold it (their lowest bits are the number in two's
/// complement).
template <class T> struct Whole {
    T value;
    Bits<T> bits;
};
template <class T> TRIVET_VECMATH Whole<T> nearest(T x) {
    const T shifted = x + Layout<T>::round;
    return {shifted - Layout<T>::round, bits_of(shifted)};
}

/// y 2^n with one rounding at the end, for |n| <= 2 * bias: two factors, so that no step leaves the
/// range early.
template <class T> TRIVET_VECMATH T scale(T y, T n) {
    const Bits<T> field = (Bits<T>{1} << Layout<T>::mantissa) >> 1; // room above the sum below
    const Bits<T> sum = bits_of(n + (Layout<T>::round + T(2 * Layout<T>::bias))) & (field - 1U);
    const Bits<T> first = sum >> 1;
    const Bits<T> second = sum - first;
    return y * from_bits<T>(first << Layout<T>::mantissa) *
           from_bits<T>(second << Layout<T>::mantissa);
}
/// 2^n for a normal result.
template <class T> TRIVET_VECMATH T power_of_two(T n) {
    return from_bits<T>(bits_of(n + (Layout<T>::round + T(Layout<T>::bias)))
                        << Layout<T>::mantissa);
}

/// y 2^n with one rounding for -3/2 bias <= n <= 0: cheaper than scale().
template <class T> constexpr T lift = sizeof(T) == 4 ? T(64) : T(512);
template <class T> constexpr T settle = sizeof(T) == 4 ? T(0x1p-64) : static_cast<T>(0x1p-512);
template <class T> TRIVET_VECMATH T scale_down(T y, T n) {
    return y * power_of_two(n + lift<T>) * settle<T>;
}

/// x = mantissa * 2^exponent with sqrt(1/2) <= mantissa < sqrt(2), for finite x > 0.
template <class T> struct Split {
    T mantissa, exponent;
};
template <class T> TRIVET_VECMATH Split<T> split(T x) {
    constexpr Bits<T> low = __builtin_bit_cast(Bits<T>, T(0x1.6a09e667f3bcdp-1));
    constexpr Bits<T> one = Layout<T>::bias << Layout<T>::mantissa;
    constexpr Bits<T> field = (Bits<T>{1} << Layout<T>::mantissa) - 1U;
    constexpr T lift = T(2) * Layout<T>::whole;
    const bool subnormal = x < Layout<T>::smallest_normal;
    const Bits<T> b = bits_of(subnormal ? x * lift : x) + (one - low);
    const T biased = from_bits<T>((b >> Layout<T>::mantissa) | bits_of(Layout<T>::whole));
    const T offset = Layout<T>::whole + T(Layout<T>::bias);
    const T lifted = subnormal ? T(Layout<T>::mantissa + 1) : T(0);
    return {from_bits<T>((b & field) + low), (biased - offset) - lifted};
}

} // namespace trivet::TRIVET_ISA::vecmath
