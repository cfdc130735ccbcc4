// SPDX-License-Identifier: Apache-2.0
// Mathematical functions of float and double for kernels: branch-free, so that a plain loop over
// them vectorises on every instruction set. Results are within 4 ulp, most within 2, and the far
// tails of erfc and gelu within 5 (vecmath_tests.cpp prints them all); special values are C's.
//
//     for (std::int64_t k = 0; k < n; ++k)
//         out[k] = vecmath::vexp(in[k]);
//
// sin, cos and tan hold for |x| <= 2^20 only. Their loops come in blocks, through map_trig(): it
// looks first whether a block holds a larger number, and takes the C library for those elements
// alone. Every element's result depends on that element only.
//
// vpow(double, double) calls the C library, and its loop does not vectorise.
#pragma once

#include "vecmath_erf.h"
#include "vecmath_trig.h"

namespace trivet::TRIVET_ISA::vecmath {

#define TRIVET_VECMATH_1(name, core, fits)                                                         \
    TRIVET_VECMATH float name(float x) {                                                           \
        return static_cast<float>(core<fits>(static_cast<fits::Real>(x)));                         \
    }                                                                                              \
    TRIVET_VECMATH double name(double x) { return core<Double>(x); }

TRIVET_VECMATH_1(vexp, exp_of, Single)
TRIVET_VECMATH_1(vexp2, exp2_of, Single)
TRIVET_VECMATH_1(vexpm1, expm1_of, Single)
TRIVET_VECMATH_1(vlog, log_of, Single)
TRIVET_VECMATH_1(vlog2, log2_of, Single)
TRIVET_VECMATH_1(vlog10, log10_of, Single)
TRIVET_VECMATH_1(vlog1p, log1p_of, Single)
TRIVET_VECMATH_1(vsin, sin_of, Wide)
TRIVET_VECMATH_1(vcos, cos_of, Wide)
TRIVET_VECMATH_1(vtan, tan_of, Wide)
TRIVET_VECMATH_1(vasin, asin_of, Wide)
TRIVET_VECMATH_1(vacos, acos_of, Wide)
TRIVET_VECMATH_1(vatan, atan_of, Wide)
TRIVET_VECMATH_1(vsinh, sinh_of, Single)
TRIVET_VECMATH_1(vcosh, cosh_of, Single)
TRIVET_VECMATH_1(vtanh, tanh_of, Single)
TRIVET_VECMATH_1(vasinh, asinh_of, Single)
TRIVET_VECMATH_1(vacosh, acosh_of, Single)
TRIVET_VECMATH_1(vatanh, atanh_of, Single)
TRIVET_VECMATH_1(vcbrt, cbrt_of, Wide)
TRIVET_VECMATH_1(verf, erf_of, Single)
TRIVET_VECMATH_1(verfc, erfc_of, Single)
TRIVET_VECMATH_1(vgelu, gelu_of, Single)
TRIVET_VECMATH_1(vgelu_tanh, gelu_tanh_of, Single)
TRIVET_VECMATH_1(vsigmoid, sigmoid_of, Single)
TRIVET_VECMATH_1(vsilu, silu_of, Single)
TRIVET_VECMATH_1(vsoftplus, softplus_of, Single)
#undef TRIVET_VECMATH_1

TRIVET_VECMATH float vatan2(float y, float x) {
    return static_cast<float>(atan2_of<Wide>(static_cast<double>(y), static_cast<double>(x)));
}
TRIVET_VECMATH double vatan2(double y, double x) { return atan2_of<Double>(y, x); }

TRIVET_VECMATH float vpow(float x, float y) {
    return static_cast<float>(pow_of<Wide>(static_cast<double>(x), static_cast<double>(y)));
}
TRIVET_VECMATH double vpow(double x, double y) { return __builtin_pow(x, y); }

/// True where vsin, vcos and vtan do not hold.
template <class T> TRIVET_VECMATH bool needs_slow(T x) { return absolute(x) > T(trig_limit); }

/// out[k] = fast(in[k]), but slow(in[k]) where needs_slow(in[k]). `out` may be `in`.
template <class T, class Fast, class Slow>
TRIVET_VECMATH void map_trig(const T* in, T* out, std::int64_t count, Fast fast, Slow slow) {
    constexpr std::int64_t block = 512;
    for (std::int64_t begin = 0; begin < count; begin += block) {
        const std::int64_t end = count - begin < block ? count : begin + block;
        Bits<T> any = 0;
        for (std::int64_t k = begin; k < end; ++k) {
            any |= needs_slow(in[k]) ? Bits<T>{1} : Bits<T>{0};
        }
        if (any == 0) {
            for (std::int64_t k = begin; k < end; ++k) {
                out[k] = fast(in[k]);
            }
        } else {
            for (std::int64_t k = begin; k < end; ++k) {
                out[k] = needs_slow(in[k]) ? slow(in[k]) : fast(in[k]);
            }
        }
    }
}

} // namespace trivet::TRIVET_ISA::vecmath
