// SPDX-License-Identifier: Apache-2.0
// Who fills the CPU's column: each kernel source once per instruction set, then the portable ones.
#pragma once

#include "kernels/column.h"

// One line per source under kernels/ that is compiled for every instruction set.
#define TRIVET_KERNEL_SOURCES(FILL)                                                                \
    FILL(fill_arithmetic)                                                                          \
    FILL(fill_division)                                                                            \
    FILL(fill_reduce)

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
} // namespace trivet::portable
#undef TRIVET_DECLARE
