// SPDX-License-Identifier: Apache-2.0
// Trigonometric and hyperbolic functions and their inverses.
#include "kernels/fills.h"
#include "kernels/math_loops.h"

namespace trivet::TRIVET_ISA {
namespace {

TRIVET_MATH(Asin, vasin)
TRIVET_MATH(Acos, vacos)
TRIVET_MATH(Atan, vatan)
TRIVET_MATH(Sinh, vsinh)
TRIVET_MATH(Cosh, vcosh)
TRIVET_MATH(Tanh, vtanh)
TRIVET_MATH(Asinh, vasinh)
TRIVET_MATH(Acosh, vacosh)
TRIVET_MATH(Atanh, vatanh)

struct Atan2 {
    template <class T> TRIVET_INLINE static T run(T y, T x) { return vecmath::vatan2(y, x); }
};

// Large arguments take the C library (vecmath.h says why).
#define TRIVET_PERIODIC(Name, name)                                                                \
    struct Name {                                                                                  \
        TRIVET_INLINE static float slow(float x) { return __builtin_##name##f(x); }                \
        TRIVET_INLINE static double slow(double x) { return __builtin_##name(x); }                 \
        template <class T> static void loop(const T* a, T* o, std::int64_t count) {                \
            vecmath::map_trig(                                                                     \
                a, o, count, [](T x) { return vecmath::v##name(x); },                              \
                [](T x) { return slow(x); });                                                      \
        }                                                                                          \
    };
TRIVET_PERIODIC(Sin, sin)
TRIVET_PERIODIC(Cos, cos)
TRIVET_PERIODIC(Tan, tan)
#undef TRIVET_PERIODIC

template <class F> void put_periodic(KernelColumn& column, OpId id) {
    slots(column, id)[kKey<float>] = math_unary<F::template loop<float>, float>;
    slots(column, id)[kKey<double>] = math_unary<F::template loop<double>, double>;
}

} // namespace

void fill_trigonometry(KernelColumn& column) {
    put_periodic<Sin>(column, OpId::sin);
    put_periodic<Cos>(column, OpId::cos);
    put_periodic<Tan>(column, OpId::tan);
    put_math<Asin>(column, OpId::asin);
    put_math<Acos>(column, OpId::acos);
    put_math<Atan>(column, OpId::atan);
    put_math_binary<Atan2>(column, OpId::atan2);
    put_math<Sinh>(column, OpId::sinh);
    put_math<Cosh>(column, OpId::cosh);
    put_math<Tanh>(column, OpId::tanh);
    put_math<Asinh>(column, OpId::asinh);
    put_math<Acosh>(column, OpId::acosh);
    put_math<Atanh>(column, OpId::atanh);
}

} // namespace trivet::TRIVET_ISA
