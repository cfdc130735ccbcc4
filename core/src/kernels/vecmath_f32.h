// SPDX-License-Identifier: Apache-2.0
// Written by vecmath_fit.py (Remez exchange); change it there.
// Errors are relative to the function's result.
#pragma once

#include "vecmath_bits.h"

namespace trivet::TRIVET_ISA::vecmath {

/// float evaluated in float
struct Single {
    using Real = float;
    static constexpr bool rounds_last = false; ///< results go to float
    static constexpr Real log2e = 0x1.715476p+0F;
    static constexpr Real ln2_hi = 0x1.62e4p-1F;
    static constexpr Real ln2_lo = 0x1.7f7d1cp-20F;
    static constexpr Real log2e_parts_hi = 0x1.716p+0F;
    static constexpr Real log2e_parts_lo = -0x1.7135a8p-13F;
    static constexpr Real log10e_parts_hi = 0x1.bccp-2F;
    static constexpr Real log10e_parts_lo = -0x1.09d5b2p-15F;
    static constexpr Real log10_2_hi = 0x1.344p-2F;
    static constexpr Real log10_2_lo = 0x1.3509f8p-18F;
    static constexpr Real gelu_cubic_hi = 0x1.244p-4F;
    static constexpr Real gelu_cubic_lo = 0x1.3ca936p-18F;
    static constexpr Real gelu_linear_hi = 0x1.988p+0F;
    static constexpr Real gelu_linear_lo = 0x1.14cf5p-14F;

    /// (e^r - 1 - r) / r^2; [-0.34661, 0.34661], degree 5, error 2^-31.95
    TRIVET_VECMATH Real exp_rest(Real x) {
        return poly(x, 0x1p-1F, 0x1.555554p-3F, 0x1.5554b2p-5F, 0x1.111188p-7F, 0x1.6d71fcp-10F,
                    0x1.a033d8p-13F);
    }

    /// (2^r - 1) / r; [-0.5, 0.5], degree 5, error 2^-27.01
    TRIVET_VECMATH Real exp2_rest(Real x) {
        return poly(x, 0x1.62e43p-1F, 0x1.ebfbdep-3F, 0x1.c6af74p-5F, 0x1.3b2d58p-7F,
                    0x1.5f0534p-10F, 0x1.41a748p-13F);
    }

    /// (log((1+s)/(1-s)) - 2s) / s^3, z = s^2; [0.0, 0.02944], degree 2, error 2^-30.21
    TRIVET_VECMATH Real log_rest(Real x) {
        return poly(x, 0x1.55557ap-1F, 0x1.995eb6p-2F, 0x1.31e37p-2F);
    }

    /// erf(v)/v, z = v^2; [0.0, 0.5625], degree 5, error 2^-29.35
    TRIVET_VECMATH Real erf_ratio(Real x) {
        return poly(x, 0x1.20dd74p+0F, -0x1.81273ap-2F, 0x1.ce2af4p-4F, -0x1.b7abf6p-6F,
                    0x1.4f47e8p-8F, -0x1.6279dcp-11F);
    }

    /// erfcx(a)/t, t = 1/(a+2), tau = 1 - 4t; [-1.0, 1.0], degree 10, error 2^-26.48
    TRIVET_VECMATH Real erfcx_ratio(Real x) {
        return poly(x, 0x1.058672p+0F, -0x1.5fd384p-1F, 0x1.1e2dc2p-2F, -0x1.2a8c2ep-5F,
                    -0x1.604cdp-6F, 0x1.a94028p-8F, 0x1.908f7ep-9F, -0x1.c5150ap-11F,
                    -0x1.382d18p-11F, 0x1.38d7d2p-14F, 0x1.5af72p-14F);
    }

    /// e^(a^2) erfc(a), numerator; [0, 10.6], degree 4, error 2^-27.24
    TRIVET_VECMATH Real erfcx_top(Real x) {
        return poly(x, 0x1.ff92c6p+0F, 0x1.3dcc7cp+1F, 0x1.786e42p+0F, 0x1.d92d2p-2F,
                    0x1.0feb4cp-4F);
    }

    /// e^(a^2) erfc(a), denominator; [0, 10.6], degree 5, error 2^-27.24
    TRIVET_VECMATH Real erfcx_bottom(Real x) {
        return poly(x, 0x1.ff92c6p+0F, 0x1.2f362ep+2F, 0x1.3459cap+2F, 0x1.550784p+1F,
                    0x1.a35ddap-1F, 0x1.e1f57cp-4F);
    }

    /// e^(a^2/2) erfc(a / sqrt 2) / 2, numerator; [0, 15.1], degree 4, error 2^-27.21
    TRIVET_VECMATH Real mills_top(Real x) {
        return poly(x, 0x1.e9374cp-1F, 0x1.ae0366p-1F, 0x1.684ec2p-2F, 0x1.4068c2p-4F,
                    0x1.049232p-7F);
    }

    /// e^(a^2/2) erfc(a / sqrt 2) / 2, denominator; [0, 15.1], degree 5, error 2^-27.21
    TRIVET_VECMATH Real mills_bottom(Real x) {
        return poly(x, 0x1.e9374cp+0F, 0x1.9a2cfap+1F, 0x1.270b66p+1F, 0x1.cda4fp-1F,
                    0x1.9198dap-3F, 0x1.4692fp-6F);
    }
};

/// float evaluated in double, short fits
struct Wide {
    using Real = double;
    static constexpr bool rounds_last = true; ///< results go to float
    static constexpr Real log2e = 0x1.71547652b82fep+0;
    static constexpr Real ln2_hi = 0x1.62e42fefa4p-1;
    static constexpr Real ln2_lo = -0x1.8432a1b0e2634p-43;
    static constexpr Real log2e_parts_hi = 0x1.7154768p+0;
    static constexpr Real log2e_parts_lo = -0x1.6a3e80f444178p-27;
    static constexpr Real log10e_parts_hi = 0x1.bcb7b18p-2;
    static constexpr Real log10e_parts_lo = -0x1.6c8d78e6acaa4p-29;
    static constexpr Real pi4_hi = 0x1.921fb54442d18p-1;
    static constexpr Real pi4_lo = 0x1.1a62633145c07p-55;
    static constexpr Real log10_2_hi = 0x1.34413509f8p-2;
    static constexpr Real log10_2_lo = -0x1.80433b83b532ap-44;
    static constexpr Real gelu_cubic_hi = 0x1.2444f28p-4;
    static constexpr Real gelu_cubic_lo = 0x1.26c5a57a4def1p-31;
    static constexpr Real gelu_linear_hi = 0x1.988453p+0;
    static constexpr Real gelu_linear_lo = 0x1.ea1b284687e5ap-27;
    static constexpr Real two_over_pi = 0x1.45f306dc9c883p-1;
    static constexpr Real pi2_1 = 0x1.921fb544p+0;
    static constexpr Real pi2_2 = 0x1.0b4611a6p-34;
    static constexpr Real pi2_3 = 0x1.3198a2ep-69;
    static constexpr Real pi2_4 = 0x1.b839a252049c1p-104;

    /// (e^r - 1 - r) / r^2; [-0.34661, 0.34661], degree 5, error 2^-31.95
    TRIVET_VECMATH Real exp_rest(Real x) {
        return poly(x, 0x1.00000025e491p-1, 0x1.555554f035c8p-3, 0x1.5554b12f9cae3p-5,
                    0x1.1111888a5bcep-7, 0x1.6d71fcc7ef17ep-10, 0x1.a033d74c211f7p-13);
    }

    /// (2^r - 1) / r; [-0.5, 0.5], degree 6, error 2^-32.53
    TRIVET_VECMATH Real exp2_rest(Real x) {
        return poly(x, 0x1.62e42ff00edcfp-1, 0x1.ebfbe043047fp-3, 0x1.c6b08ba1406f4p-5,
                    0x1.3b2a1e5e67167p-7, 0x1.5d8a2b600ced7p-10, 0x1.443da8888ec53p-13,
                    0x1.fde1f6a0b541dp-17);
    }

    /// (log((1+s)/(1-s)) - 2s) / s^3, z = s^2; [0.0, 0.02944], degree 4, error 2^-44.94
    TRIVET_VECMATH Real log_rest(Real x) {
        return poly(x, 0x1.555555561e4e4p-1, 0x1.999996a93b62ap-2, 0x1.249411f07aaeep-2,
                    0x1.c62b14d9c6de5p-3, 0x1.91158122113e7p-3);
    }

    /// (sin r - r) / r^3, z = r^2; [0.0, 0.61686], degree 3, error 2^-37.57
    TRIVET_VECMATH Real sin_rest(Real x) {
        return poly(x, -0x1.5555554cba647p-3, 0x1.11110896cc22cp-7, -0x1.a00f9e1e720b7p-13,
                    0x1.6cd8776eb2e7dp-19);
    }

    /// (cos r - 1 + z/2) / z^2, z = r^2; [0.0, 0.61686], degree 2, error 2^-33.29
    TRIVET_VECMATH Real cos_rest(Real x) {
        return poly(x, 0x1.55554ab4bd9e1p-5, -0x1.6c0c8c10deaabp-10, 0x1.9a026ebd6386p-16);
    }

    /// (asin(v)/v - 1) / z, z = v^2; [0.0, 0.25], degree 5, error 2^-31.72
    TRIVET_VECMATH Real asin_rest(Real x) {
        return poly(x, 0x1.55554c36cbb42p-3, 0x1.33388ea714db1p-4, 0x1.6cac3adcef922p-5,
                    0x1.04a6697d1cbc6p-5, 0x1.d7f10262cc46cp-7, 0x1.33bc344ddd4c7p-5);
    }

    /// (atan(v)/v - 1) / z, z = v^2; [0.0, 0.25], degree 5, error 2^-31.93
    TRIVET_VECMATH Real atan_rest(Real x) {
        return poly(x, -0x1.555551254f935p-2, 0x1.9996f9934a442p-3, -0x1.244bb4e5101a5p-3,
                    0x1.c03327185411cp-4, -0x1.473c5cd12e675p-4, 0x1.3dc97a2b7a1dap-5);
    }

    /// m^(-1/3); [0.7071, 1.4142], degree 3, error 2^-11.95
    TRIVET_VECMATH Real cbrt_inverse(Real x) {
        return poly(x, 0x1.bb0fada6189fep+0, -0x1.4925852f444f3p+0, 0x1.6d3acab622edep-1,
                    -0x1.44b079dacc95fp-3);
    }
};

} // namespace trivet::TRIVET_ISA::vecmath
