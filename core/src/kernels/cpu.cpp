// SPDX-License-Identifier: Apache-2.0
// Own cpuid code: __builtin_cpu_supports needs __cpu_model, which zig's run-time library lacks.
#include "trivet/cpu.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace trivet {
namespace {

#if defined(__x86_64__)
std::uint64_t enabled_state() { // XCR0: the registers that the operating system saves
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<std::uint64_t>(high) << 32) | low;
}

constexpr bool all(std::uint64_t value, std::uint64_t bits) { return (value & bits) == bits; }
constexpr std::uint64_t bit(int n) { return std::uint64_t{1} << n; }

Isa hardware() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) {
        return Isa::baseline;
    }
    // fma, osxsave, avx, f16c
    if (!all(c, bit(12) | bit(27) | bit(28) | bit(29)) || !all(enabled_state(), 0x6)) {
        return Isa::baseline;
    }
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !all(b, bit(3) | bit(5) | bit(8))) {
        return Isa::baseline; // bmi1, avx2, bmi2
    }
    // avx512 f, dq, bw, vl and their registers
    const bool wide = all(b, bit(16) | bit(17) | bit(30) | bit(31)) && all(enabled_state(), 0xe6);
    return wide ? Isa::avx512 : Isa::avx2;
}
#else
Isa hardware() { return Isa::baseline; } // one build: NEON on aarch64
#endif

} // namespace

Isa detect_isa() {
    const Isa best = hardware();
    const char* text = std::getenv("TRIVET_CPU");
    const std::string_view asked = text ? text : "";
    if (asked == "baseline") {
        return Isa::baseline;
    }
    return asked == "avx2" && best == Isa::avx512 ? Isa::avx2 : best;
}

} // namespace trivet
