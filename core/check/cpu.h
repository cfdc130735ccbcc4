// SPDX-License-Identifier: Apache-2.0
// What this CPU and operating system can run; own cpuid code, because not every compiler's run-time
// library brings one.
#pragma once

namespace check {

struct Cpu {
    bool avx2_fma = false;
    bool avx512f = false;
};
[[nodiscard]] const Cpu& cpu();

} // namespace check
