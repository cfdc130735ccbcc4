// SPDX-License-Identifier: Apache-2.0
#include "cpu.h"

#include <cstdint>

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace check {
namespace {

#ifdef __x86_64__
std::uint64_t saved_registers() { // XCR0: what the system saves for a process
    std::uint32_t low = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<std::uint64_t>(high) << 32) | low;
}

Cpu detect() {
    Cpu found;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0)
        return found;
    const bool fma = (c >> 12) & 1u, osxsave = (c >> 27) & 1u;
    if (!osxsave || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0)
        return found;
    const auto saved = saved_registers();
    found.avx2_fma = fma && ((b >> 5) & 1u) != 0 && (saved & 0x6) == 0x6;
    found.avx512f = found.avx2_fma && ((b >> 16) & 1u) != 0 && (saved & 0xe6) == 0xe6;
    return found;
}
#else
Cpu detect() { return {}; }
#endif

} // namespace

const Cpu& cpu() {
    static const Cpu found = detect();
    return found;
}

} // namespace check
