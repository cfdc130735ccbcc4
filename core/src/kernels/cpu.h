// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace trivet {

enum class Isa { baseline, avx2, avx512 };

// The best instruction set of this CPU and operating system for which kernels were compiled;
// TRIVET_CPU=baseline|avx2|avx512 lowers it (a higher or unknown one is ignored).
[[nodiscard]] Isa detect_isa();

} // namespace trivet
