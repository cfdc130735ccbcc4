// SPDX-License-Identifier: Apache-2.0
// The arithmetic limit of one core of this CPU, measured.
#pragma once

namespace check {

// GFLOP/s of independent multiply-adds that stay in registers, the best of several short runs over
// the instruction sets that this CPU has. Nominal frequencies do not tell: they are off by a third.
[[nodiscard]] double peak_gflops(bool single_precision);
// "avx512", "avx2", "sse2", "neon" or "scalar": the set that won.
[[nodiscard]] const char* peak_isa();

} // namespace check
