// SPDX-License-Identifier: Apache-2.0
// Written by vecmath_fit.py (Remez exchange); change it there.
// Errors are relative to the function's result.
#pragma once

#include "vecmath_bits.h"

namespace trivet::TRIVET_ISA::vecmath {

/// double
struct Double {
    using Real = double;
    static constexpr bool rounds_last = false; ///< results go to float
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

    /// (e^r - 1 - r) / r^2; [-0.34661, 0.34661], degree 10, error 2^-61.74
    TRIVET_VECMATH Real exp_rest(Real x) {
        return poly(x, 0x1p-1, 0x1.5555555555559p-3, 0x1.555555555553fp-5, 0x1.111111110f6dbp-7,
                    0x1.6c16c16c1efe5p-10, 0x1.a01a01afd3794p-13, 0x1.a01a017bf0cacp-16,
                    0x1.71ddf87fd0be3p-19, 0x1.27e535d6c2b29p-22, 0x1.af5e7316d7f4dp-26,
                    0x1.1ee905b326d2ap-29);
    }

    /// (2^r - 1) / r; [-0.5, 0.5], degree 10, error 2^-56.18
    TRIVET_VECMATH Real exp2_rest(Real x) {
        return poly(x, 0x1.62e42fefa39efp-1, 0x1.ebfbdff82c598p-3, 0x1.c6b08d704a052p-5,
                    0x1.3b2ab6fba1f53p-7, 0x1.5d87fe78c1286p-10, 0x1.430913091af2bp-13,
                    0x1.ffcbfbc9b3c3ep-17, 0x1.62bfd55a475fap-20, 0x1.b526637bfc32bp-24,
                    0x1.e604aba4c7b21p-28, 0x1.e791e461db026p-32);
    }

    /// (log((1+s)/(1-s)) - 2s) / s^3, z = s^2; [0.0, 0.02944], degree 6, error 2^-59.49
    TRIVET_VECMATH Real log_rest(Real x) {
        return poly(x, 0x1.5555555555592p-1, 0x1.999999997fd9p-2, 0x1.24924941f3548p-2,
                    0x1.c71c52078d555p-3, 0x1.74663f4aaa387p-3, 0x1.39a1b06abf6eep-3,
                    0x1.2f05d000f4931p-3);
    }

    /// (sin r - r) / r^3, z = r^2; [0.0, 0.61686], degree 5, error 2^-58.02
    TRIVET_VECMATH Real sin_rest(Real x) {
        return poly(x, -0x1.5555555555549p-3, 0x1.111111110f88p-7, -0x1.a01a019c12676p-13,
                    0x1.71de357872391p-19, -0x1.ae5e66d3ddea4p-26, 0x1.5d932f2852f07p-33);
    }

    /// (cos r - 1 + z/2) / z^2, z = r^2; [0.0, 0.61686], degree 5, error 2^-64.22
    TRIVET_VECMATH Real cos_rest(Real x) {
        return poly(x, 0x1.555555555554cp-5, -0x1.6c16c16c15185p-10, 0x1.a01a019cb2711p-16,
                    -0x1.27e4f80a749adp-22, 0x1.1ee9ec4484666p-29, -0x1.8faecca9367a8p-37);
    }

    /// (asin(v)/v - 1) / z, z = v^2; [0.0, 0.25], degree 12, error 2^-59.83
    TRIVET_VECMATH Real asin_rest(Real x) {
        return poly(x, 0x1.5555555555578p-3, 0x1.333333332df73p-4, 0x1.6db6db7226839p-5,
                    0x1.f1c71a8d996ccp-6, 0x1.6e8bdfaabfba6p-6, 0x1.1c49e272b4e7dp-6,
                    0x1.ca20d470a7d95p-7, 0x1.757b49346d24fp-7, 0x1.6174f39a0ea76p-7,
                    0x1.e2b0722d670a8p-9, 0x1.6496b17509f1p-6, -0x1.5959d0b4b47dbp-6,
                    0x1.0bb1f077bd801p-5);
    }

    /// (atan(v)/v - 1) / z, z = v^2; [0.0, 0.25], degree 11, error 2^-57.83
    TRIVET_VECMATH Real atan_rest(Real x) {
        return poly(x, -0x1.5555555555518p-2, 0x1.99999999914d3p-3, -0x1.249249216fcddp-3,
                    0x1.c71c709687092p-4, -0x1.745cf54e4ccb3p-4, 0x1.3b114544d20ffp-4,
                    -0x1.10f3675b2487p-4, 0x1.dfed1396b9ba1p-5, -0x1.a3a79a3d185b6p-5,
                    0x1.571e562591afep-5, -0x1.c1fc0484e4f77p-6, 0x1.4c2a49d3d8b86p-7);
    }

    /// erf(v)/v, z = v^2; [0.0, 0.5625], degree 10, error 2^-60.1
    TRIVET_VECMATH Real erf_ratio(Real x) {
        return poly(x, 0x1.20dd750429b6dp+0, -0x1.812746b0379ep-2, 0x1.ce2f21a0424ddp-4,
                    -0x1.b82ce31257d4ap-6, 0x1.565bcd0380336p-8, -0x1.c02db1279a46cp-11,
                    0x1.f9a2b05753e5cp-14, -0x1.f4c5eccbe70d4p-17, 0x1.b90f773797f6fp-20,
                    -0x1.5653e34cea9f1p-23, 0x1.8a4a752c7023ap-27);
    }

    /// erfcx(a)/t, t = 1/(a+2), tau = 1 - 4t; [-1.0, 1.0], degree 26, error 2^-56.57
    TRIVET_VECMATH Real erfcx_ratio(Real x) {
        return poly(x, 0x1.058671b52c776p+0, -0x1.5fd386754eff6p-1, 0x1.1e2deea6b117ap-2,
                    -0x1.2a88e6107e87bp-5, -0x1.606e41552aecap-6, 0x1.a89eaff9d4ed6p-8,
                    0x1.9517bb7147442p-9, -0x1.b6fbfa5e3f38fp-11, -0x1.5ba4387566ed2p-11,
                    0x1.205488b4a673ep-15, 0x1.2efa2f8466972p-13, 0x1.1e739736ceb0bp-15,
                    -0x1.6c027eee36307p-16, -0x1.0e62511a766ecp-16, -0x1.2db8f0bdd66b7p-20,
                    0x1.e755e9384e27bp-19, 0x1.0c3e9876ba68bp-19, 0x1.c2a4671556f35p-26,
                    -0x1.30341d1eb1329p-21, -0x1.7e564ddb3e65fp-22, -0x1.02ff4379380a3p-27,
                    0x1.2975d93c33743p-23, 0x1.04162c71d30eap-24, -0x1.c1123ee14958bp-26,
                    -0x1.5d9627fa1a562p-26, 0x1.1c9d810b93d5bp-29, 0x1.5d6b8aa320882p-29);
    }

    /// m^(-1/3); [0.7071, 1.4142], degree 6, error 2^-20.1
    TRIVET_VECMATH Real cbrt_inverse(Real x) {
        return poly(x, 0x1.0e141be21aa74p+1, -0x1.93686585180a6p+1, 0x1.1c0c777f78c44p+2,
                    -0x1.02bc9cb81c147p+2, 0x1.2080b5a0ce9f1p+1, -0x1.66f40cfb88ec2p-1,
                    0x1.7e1d0093f6d8p-4);
    }
};

} // namespace trivet::TRIVET_ISA::vecmath
