// SPDX-License-Identifier: Apache-2.0
// Sums, differences, products; integers wrap.
#include "kernels/elements.h"
#include "kernels/fills.h"

namespace trivet::TRIVET_ISA {
namespace {

struct Add {
    template <class T> TRIVET_INLINE static T run(T a, T b) {
        return static_cast<T>(static_cast<Wrap<T>>(a) + static_cast<Wrap<T>>(b));
    }
    template <class T> TRIVET_INLINE static Complex<T> run(Complex<T> a, Complex<T> b) {
        return {a.re + b.re, a.im + b.im};
    }
};

struct Subtract {
    template <class T> TRIVET_INLINE static T run(T a, T b) {
        return static_cast<T>(static_cast<Wrap<T>>(a) - static_cast<Wrap<T>>(b));
    }
    template <class T> TRIVET_INLINE static Complex<T> run(Complex<T> a, Complex<T> b) {
        return {a.re - b.re, a.im - b.im};
    }
};

struct Multiply {
    template <class T> TRIVET_INLINE static T run(T a, T b) {
        return static_cast<T>(static_cast<Wrap<T>>(a) * static_cast<Wrap<T>>(b));
    }
    template <class T> TRIVET_INLINE static Complex<T> run(Complex<T> a, Complex<T> b) {
        return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    }
};

struct MultiplyAdd {
    template <class T> TRIVET_INLINE static T run(T a, T b, T c) {
        return Add::run(Multiply::run(a, b), c);
    }
    TRIVET_INLINE static float run(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
    TRIVET_INLINE static double run(double a, double b, double c) { return __builtin_fma(a, b, c); }
};

struct Negative {
    template <class T> TRIVET_INLINE static T run(T a) {
        if constexpr (kIsReal<T>) {
            return -a;
        } else {
            return static_cast<T>(Wrap<T>{0} - static_cast<Wrap<T>>(a));
        }
    }
    template <class T> TRIVET_INLINE static Complex<T> run(Complex<T> a) { return {-a.re, -a.im}; }
};

struct Positive {
    template <class T> TRIVET_INLINE static T run(T a) { return a; }
};

struct Conjugate {
    template <class T> TRIVET_INLINE static T run(T a) { return a; }
    template <class T> TRIVET_INLINE static Complex<T> run(Complex<T> a) { return {a.re, -a.im}; }
};

struct Square {
    template <class T> TRIVET_INLINE static T run(T a) { return Multiply::run(a, a); }
};

struct Absolute { // the complex one needs care and is in complex.cpp
    template <class T> TRIVET_INLINE static T run(T a) {
        if constexpr (kIsSigned<T>) {
            return a < 0 ? Negative::run(a) : a;
        } else {
            return a;
        }
    }
    TRIVET_INLINE static float run(float a) { return __builtin_fabsf(a); }
    TRIVET_INLINE static double run(double a) { return __builtin_fabs(a); }
};

struct Sign {
    template <class T> TRIVET_INLINE static T run(T a) {
        if constexpr (kIsReal<T>) { // the sign of a zero is lost, a NaN stays
            const T up = a > 0 ? T{1} : T{0};
            const T down = a < 0 ? T{-1} : up;
            return a != a ? a : down;
        } else if constexpr (kIsSigned<T>) {
            return static_cast<T>((a > 0) - (a < 0));
        } else {
            return a > 0;
        }
    }
};

struct Or {
    TRIVET_INLINE static Bool run(Bool a, Bool b) { return static_cast<Bool>(a | b); }
};
struct And {
    TRIVET_INLINE static Bool run(Bool a, Bool b) { return static_cast<Bool>(a & b); }
};

#define TRIVET_NUMBERS TRIVET_INTS, TRIVET_REALS, TRIVET_COMPLEXES

} // namespace

void fill_arithmetic(KernelColumn& column) {
    put_binary<Add, TRIVET_NUMBERS>(column, OpId::add);
    put_binary<Subtract, TRIVET_NUMBERS>(column, OpId::subtract);
    put_binary<Multiply, TRIVET_NUMBERS>(column, OpId::multiply);
    put_ternary<MultiplyAdd, TRIVET_NUMBERS>(column, OpId::fma);
    put_unary<Negative, TRIVET_NUMBERS>(column, OpId::negative);
    put_unary<Positive, TRIVET_NUMBERS>(column, OpId::positive);
    put_unary<Conjugate, TRIVET_NUMBERS>(column, OpId::conj);
    put_unary<Square, TRIVET_NUMBERS>(column, OpId::square);
    put_unary<Absolute, TRIVET_INTS, TRIVET_REALS>(column, OpId::abs);
    put_unary<Sign, TRIVET_INTS, TRIVET_REALS>(column, OpId::sign);
    slots(column, OpId::add)[kKey<bool>] = binary_loop<Or, Bool, Bool, Bool>;
    slots(column, OpId::multiply)[kKey<bool>] = binary_loop<And, Bool, Bool, Bool>;
    slots(column, OpId::abs)[kKey<bool>] = unary_loop<Positive, Bool, Bool>;
}

} // namespace trivet::TRIVET_ISA
