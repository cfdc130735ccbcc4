// SPDX-License-Identifier: Apache-2.0
// Quotients and remainders. Integers as NumPy: floor, and 0 for a division by zero.
#include "kernels/elements.h"
#include "kernels/fills.h"

namespace trivet::TRIVET_ISA {
namespace {

TRIVET_INLINE float absolute(float a) { return __builtin_fabsf(a); }
TRIVET_INLINE double absolute(double a) { return __builtin_fabs(a); }
TRIVET_INLINE float floor_of(float a) { return __builtin_floorf(a); }
TRIVET_INLINE double floor_of(double a) { return __builtin_floor(a); }
TRIVET_INLINE float fmod_of(float a, float b) { return __builtin_fmodf(a, b); }
TRIVET_INLINE double fmod_of(double a, double b) { return __builtin_fmod(a, b); }
TRIVET_INLINE float copy_sign(float a, float b) { return __builtin_copysignf(a, b); }
TRIVET_INLINE double copy_sign(double a, double b) { return __builtin_copysign(a, b); }

struct Divide {
    template <class T> TRIVET_INLINE static T run(T a, T b) { return a / b; }
    // Smith's method: scaled by the larger part, so nothing overflows before the result does.
    template <class T> TRIVET_INLINE static Complex<T> run(Complex<T> a, Complex<T> b) {
        const T are = absolute(b.re);
        const T aim = absolute(b.im);
        if (are == 0 && aim == 0) { // the sign and kind of the infinity come from the numerator
            return {a.re / are, a.im / are};
        }
        const bool wide = are >= aim;
        const T ratio = wide ? b.im / b.re : b.re / b.im;
        const T scale = 1 / (wide ? b.re + b.im * ratio : b.im + b.re * ratio);
        return wide ? Complex<T>{(a.re + a.im * ratio) * scale, (a.im - a.re * ratio) * scale}
                    : Complex<T>{(a.re * ratio + a.im) * scale, (a.im * ratio - a.re) * scale};
    }
};

struct Reciprocal {
    template <class T> TRIVET_INLINE static T run(T a) { return 1 / a; }
    template <class T> TRIVET_INLINE static Complex<T> run(Complex<T> a) {
        return Divide::run(Complex<T>{1, 0}, a);
    }
};

// Python's remainder: the sign of the divisor, zero too.
template <class T> TRIVET_INLINE T real_remainder(T a, T b) {
    const T rest = fmod_of(a, b);
    const T moved = (rest < 0) != (b < 0) ? rest + b : rest;
    return rest == 0 ? copy_sign(T{0}, b) : moved;
}

struct Remainder {
    template <class T> TRIVET_INLINE static T run(T a, T b) {
        if constexpr (kIsReal<T>) {
            return real_remainder(a, b);
        } else if constexpr (kIsSigned<T>) {
            if (b == 0 || b == -1) { // -1: the quotient of the least number would not fit
                return 0;
            }
            const T rest = static_cast<T>(a % b);
            return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
        } else {
            return b == 0 ? T{0} : static_cast<T>(a % b);
        }
    }
};

struct FloorDivide {
    template <class T> TRIVET_INLINE static T run(T a, T b) {
        if constexpr (kIsReal<T>) {
            return real(a, b);
        } else if constexpr (kIsSigned<T>) {
            if (b == 0) {
                return 0;
            }
            if (b == -1) { // wraps for the least number
                return static_cast<T>(Wrap<T>{0} - static_cast<Wrap<T>>(a));
            }
            const T quotient = static_cast<T>(a / b);
            return static_cast<T>(quotient - (a % b != 0 && (a < 0) != (b < 0)));
        } else {
            return b == 0 ? T{0} : static_cast<T>(a / b);
        }
    }
    // The quotient of a - remainder(a, b), which is exact up to rounding; NumPy's special cases.
    template <class T> TRIVET_INLINE static T real(T a, T b) {
        const T rest = fmod_of(a, b);
        T quotient = (a - rest) / b;
        if (b == 0 || rest != rest) {
            return b == 0 ? a / b : rest;
        }
        if (rest != 0 && (rest < 0) != (b < 0)) {
            quotient -= 1;
        }
        if (quotient == 0) {
            return copy_sign(T{0}, a / b);
        }
        const T whole = floor_of(quotient);
        return quotient - whole > T{0.5} ? whole + 1 : whole;
    }
};

struct Fmod {
    template <class T> TRIVET_INLINE static T run(T a, T b) {
        if constexpr (kIsReal<T>) {
            return fmod_of(a, b);
        } else if constexpr (kIsSigned<T>) {
            return b == 0 || b == -1 ? T{0} : static_cast<T>(a % b);
        } else {
            return b == 0 ? T{0} : static_cast<T>(a % b);
        }
    }
};

} // namespace

void fill_division(KernelColumn& column) {
    put_binary<Divide, TRIVET_REALS, TRIVET_COMPLEXES>(column, OpId::divide);
    put_unary<Reciprocal, TRIVET_REALS, TRIVET_COMPLEXES>(column, OpId::reciprocal);
    put_binary<FloorDivide, TRIVET_INTS, TRIVET_REALS>(column, OpId::floor_divide);
    put_binary<Remainder, TRIVET_INTS, TRIVET_REALS>(column, OpId::remainder);
    put_binary<Fmod, TRIVET_INTS, TRIVET_REALS>(column, OpId::fmod);
}

} // namespace trivet::TRIVET_ISA
