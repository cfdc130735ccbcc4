// SPDX-License-Identifier: Apache-2.0
// Which of the compiled instruction sets this CPU runs.
#pragma once

#include <string_view>

namespace trivet {

enum class Isa { baseline, avx2, avx512 };

// The best instruction set of this CPU and operating system for which kernels were compiled;
// TRIVET_CPU=baseline|avx2|avx512 lowers it (a higher or unknown one is ignored).
[[nodiscard]] Isa detect_isa();

// The name of the one in use: chosen by the first operation, then fixed.
[[nodiscard]] std::string_view isa_name();

} // namespace trivet
