// SPDX-License-Identifier: Apache-2.0
// Exponentials, logarithms, powers and roots.
#include "kernels/fills.h"
#include "kernels/math_loops.h"

namespace trivet::TRIVET_ISA {
namespace {

TRIVET_MATH(Exp, vexp)
TRIVET_MATH(Exp2, vexp2)
TRIVET_MATH(Expm1, vexpm1)
TRIVET_MATH(Log, vlog)
TRIVET_MATH(Log2, vlog2)
TRIVET_MATH(Log10, vlog10)
TRIVET_MATH(Log1p, vlog1p)
TRIVET_MATH(Cbrt, vcbrt)
TRIVET_MATH(Erf, verf)
TRIVET_MATH(Erfc, verfc)

struct Pow {
    template <class T> TRIVET_INLINE static T run(T a, T b) { return vecmath::vpow(a, b); }
};

struct LogAddExp { // max + log1p(exp(-|a - b|)); equal infinities have no difference
    template <class T> TRIVET_INLINE static T run(T a, T b) {
        const T top = a > b ? a : b;
        const T bottom = a > b ? b : a;
        const T distance = a == b ? T{0} : bottom - top;
        return top + vecmath::vlog1p(vecmath::vexp(distance));
    }
};

struct Hypot { // through double nothing overflows; an infinity wins over a NaN
    TRIVET_INLINE static float run(float a, float b) {
        const double x = static_cast<double>(a);
        const double y = static_cast<double>(b);
        const float length = static_cast<float>(__builtin_sqrt(x * x + y * y));
        const float p = __builtin_fabsf(a);
        const float q = __builtin_fabsf(b);
        const float infinity = __builtin_inff();
        return ((p == infinity) | (q == infinity)) ? infinity : length;
    }
    TRIVET_INLINE static double run(double a, double b) { return __builtin_hypot(a, b); }
};

} // namespace

void fill_exponentials(KernelColumn& column) {
    put_math<Exp>(column, OpId::exp);
    put_math<Exp2>(column, OpId::exp2);
    put_math<Expm1>(column, OpId::expm1);
    put_math<Log>(column, OpId::log);
    put_math<Log2>(column, OpId::log2);
    put_math<Log10>(column, OpId::log10);
    put_math<Log1p>(column, OpId::log1p);
    put_math<Cbrt>(column, OpId::cbrt);
    put_math<Erf>(column, OpId::erf);
    put_math<Erfc>(column, OpId::erfc);
    put_math_binary<Pow>(column, OpId::pow);
    put_math_binary<LogAddExp>(column, OpId::logaddexp);
    put_math_binary<Hypot>(column, OpId::hypot);
}

} // namespace trivet::TRIVET_ISA
