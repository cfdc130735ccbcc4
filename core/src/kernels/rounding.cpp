// SPDX-License-Identifier: Apache-2.0
// Rounding to whole numbers, square roots, and questions about the kind of a number.
#include "kernels/elements.h"
#include "kernels/fills.h"

namespace trivet::TRIVET_ISA {
namespace {

// name: __builtin_<name>f and __builtin_<name>
#define TRIVET_REAL_FUNCTION(Name, name)                                                           \
    struct Name {                                                                                  \
        TRIVET_INLINE static float run(float a) { return __builtin_##name##f(a); }                 \
        TRIVET_INLINE static double run(double a) { return __builtin_##name(a); }                  \
        template <class T> TRIVET_INLINE static Complex<T> run(Complex<T> a) {                     \
            return {run(a.re), run(a.im)};                                                         \
        }                                                                                          \
    };
TRIVET_REAL_FUNCTION(Floor, floor)
TRIVET_REAL_FUNCTION(Ceil, ceil)
TRIVET_REAL_FUNCTION(Trunc, trunc)
TRIVET_REAL_FUNCTION(Round, rint) // half to even
TRIVET_REAL_FUNCTION(Sqrt, sqrt)
#undef TRIVET_REAL_FUNCTION

struct Rsqrt {
    template <class T> TRIVET_INLINE static T run(T a) { return 1 / Sqrt::run(a); }
};
struct Same {
    template <class T> TRIVET_INLINE static T run(T a) { return a; }
};
struct CopySign {
    TRIVET_INLINE static float run(float a, float b) { return __builtin_copysignf(a, b); }
    TRIVET_INLINE static double run(double a, double b) { return __builtin_copysign(a, b); }
};

struct IsNan {
    template <class T> TRIVET_INLINE static Bool run(T a) { return a != a; }
    template <class T> TRIVET_INLINE static Bool run(Complex<T> a) {
        return (a.re != a.re) | (a.im != a.im);
    }
};
struct IsInf {
    template <class T> TRIVET_INLINE static Bool run(T a) {
        if constexpr (kIsReal<T>) {
            constexpr T infinity = static_cast<T>(__builtin_inf());
            return (a == infinity) | (a == -infinity);
        } else {
            return 0;
        }
    }
    template <class T> TRIVET_INLINE static Bool run(Complex<T> a) { return run(a.re) | run(a.im); }
};
struct IsFinite {
    template <class T> TRIVET_INLINE static Bool run(T a) {
        if constexpr (kIsReal<T>) {
            return a - a == 0;
        } else {
            return 1;
        }
    }
    template <class T> TRIVET_INLINE static Bool run(Complex<T> a) { return run(a.re) & run(a.im); }
};
struct SignBit {
    template <class T> TRIVET_INLINE static Bool run(T a) {
        if constexpr (kIsSigned<T>) {
            return a < 0;
        } else {
            return 0;
        }
    }
    TRIVET_INLINE static Bool run(float a) {
        return static_cast<Bool>(__builtin_bit_cast(std::uint32_t, a) >> 31);
    }
    TRIVET_INLINE static Bool run(double a) {
        return static_cast<Bool>(__builtin_bit_cast(std::uint64_t, a) >> 63);
    }
};

} // namespace

void fill_rounding(KernelColumn& column) {
    put_unary<Floor, TRIVET_REALS>(column, OpId::floor);
    put_unary<Ceil, TRIVET_REALS>(column, OpId::ceil);
    put_unary<Trunc, TRIVET_REALS>(column, OpId::trunc);
    put_unary<Round, TRIVET_REALS, TRIVET_COMPLEXES>(column, OpId::round);
    put_unary<Sqrt, TRIVET_REALS>(column, OpId::sqrt);
    put_unary<Rsqrt, TRIVET_REALS>(column, OpId::rsqrt);
    put_binary<CopySign, TRIVET_REALS>(column, OpId::copysign);
    for (const OpId id : {OpId::floor, OpId::ceil, OpId::trunc, OpId::round}) {
        put_unary<Same, TRIVET_INTS>(column, id);
        slots(column, id)[kKey<bool>] = unary_loop<Same, Bool, Bool>;
    }
    put_unary_to<IsNan, Bool, bool, TRIVET_INTS, TRIVET_REALS, TRIVET_COMPLEXES>(column,
                                                                                 OpId::isnan);
    put_unary_to<IsInf, Bool, bool, TRIVET_INTS, TRIVET_REALS, TRIVET_COMPLEXES>(column,
                                                                                 OpId::isinf);
    put_unary_to<IsFinite, Bool, bool, TRIVET_INTS, TRIVET_REALS, TRIVET_COMPLEXES>(column,
                                                                                    OpId::isfinite);
    put_unary_to<SignBit, Bool, bool, TRIVET_INTS, TRIVET_REALS>(column, OpId::signbit);
}

} // namespace trivet::TRIVET_ISA
