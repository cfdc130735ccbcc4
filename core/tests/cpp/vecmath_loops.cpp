// SPDX-License-Identifier: Apache-2.0
#include "vecmath_loops.h"

#include "kernels/elements.h"
#include "kernels/vecmath.h"

namespace trivet::TRIVET_ISA {

using namespace vecmath;

#define LOOP(name, T)                                                                              \
    static void name##_##T(const T* __restrict in, T* __restrict out, std::int64_t count) {        \
        TRIVET_LOOP                                                                                \
        for (std::int64_t k = 0; k < count; ++k) {                                                 \
            out[k] = name(in[k]);                                                                  \
        }                                                                                          \
    }
#define ROW(name, reference, low, high, ulp) LOOP(name, float) LOOP(name, double)
#include "vecmath_rows.inc"
#undef ROW
#undef LOOP

#define LOOP(name, T)                                                                              \
    static void name##_##T(const T* __restrict a, const T* __restrict b, T* __restrict out,        \
                           std::int64_t count) {                                                   \
        TRIVET_LOOP                                                                                \
        for (std::int64_t k = 0; k < count; ++k) {                                                 \
            out[k] = name(a[k], b[k]);                                                             \
        }                                                                                          \
    }
LOOP(vatan2, float)
LOOP(vatan2, double)
LOOP(vpow, float)
LOOP(vpow, double)
#undef LOOP

#define TEXT(name) #name
#define NAME(macro) TEXT(macro)
const vecmath_loops::Loops vecmath_loops = {
    NAME(TRIVET_ISA),
    {
#define ROW(name, reference, low, high, ulp) name##_float,
#include "vecmath_rows.inc"
#undef ROW
    },
    {
#define ROW(name, reference, low, high, ulp) name##_double,
#include "vecmath_rows.inc"
#undef ROW
    },
    vatan2_float,
    vpow_float,
    vatan2_double,
    vpow_double,
};

} // namespace trivet::TRIVET_ISA
