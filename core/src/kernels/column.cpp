// SPDX-License-Identifier: Apache-2.0
#include "kernels/column.h"

#include "kernels/fills.h"
#include "trivet/cpu.h"

namespace trivet {
namespace {

struct CpuColumn {
    KernelColumn kernels{};
    Isa isa = detect_isa();

    CpuColumn() {
        portable::fill_casts(kernels);
        portable::fill_functions(kernels);
        portable::fill_complex(kernels);
        portable::fill_scans(kernels);
#define TRIVET_FILL(name) TRIVET_FILL_ISA::name(kernels);
#define TRIVET_FILL_ISA baseline
        if (isa == Isa::baseline) {
            TRIVET_KERNEL_SOURCES(TRIVET_FILL)
        }
#undef TRIVET_FILL_ISA
#if defined(__x86_64__)
#define TRIVET_FILL_ISA avx2
        if (isa == Isa::avx2) {
            TRIVET_KERNEL_SOURCES(TRIVET_FILL)
        }
#undef TRIVET_FILL_ISA
#define TRIVET_FILL_ISA avx512
        if (isa == Isa::avx512) {
            TRIVET_KERNEL_SOURCES(TRIVET_FILL)
        }
#undef TRIVET_FILL_ISA
#endif
#undef TRIVET_FILL
    }
};

const CpuColumn& column() {
    static const CpuColumn instance;
    return instance;
}

} // namespace

const KernelColumn& cpu_kernels() { return column().kernels; }

std::string_view isa_name() {
    constexpr std::string_view names[] = {"baseline", "avx2", "avx512"};
    return names[static_cast<int>(column().isa)];
}

} // namespace trivet
