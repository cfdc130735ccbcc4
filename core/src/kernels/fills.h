// SPDX-License-Identifier: Apache-2.0
// Who fills the CPU's column: each kernel source once per instruction set, then the portable ones.
#pragma once

#include "kernels/column.h"

// One line per source under kernels/ that is compiled for every instruction set.
#define TRIVET_KERNEL_SOURCES(FILL)                                                                \
    FILL(fill_activations)                                                                         \
    FILL(fill_arithmetic)                                                                          \
    FILL(fill_bits)                                                                                \
    FILL(fill_compare)                                                                             \
    FILL(fill_division)                                                                            \
    FILL(fill_exponentials)                                                                        \
    FILL(fill_fast_casts)                                                                          \
    FILL(fill_locate)                                                                              \
    FILL(fill_reduce)                                                                              \
    FILL(fill_rounding)                                                                            \
    FILL(fill_select)                                                                              \
    FILL(fill_trigonometry)

#define TRIVET_DECLARE(name) void name(KernelColumn& column);
#define TRIVET_DECLARE_ISA(isa)                                                                    \
    namespace trivet::isa {                                                                        \
    TRIVET_KERNEL_SOURCES(TRIVET_DECLARE)                                                          \
    }
TRIVET_DECLARE_ISA(baseline)
TRIVET_DECLARE_ISA(avx2)
TRIVET_DECLARE_ISA(avx512)
#undef TRIVET_DECLARE_ISA

namespace trivet::portable {
TRIVET_DECLARE(fill_casts)
TRIVET_DECLARE(fill_functions)
TRIVET_DECLARE(fill_complex)
TRIVET_DECLARE(fill_scans)
} // namespace trivet::portable
#undef TRIVET_DECLARE
