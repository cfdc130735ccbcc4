// SPDX-License-Identifier: Apache-2.0
// Assembly, because a compiler that spills one accumulator halves the result (facts: a first loop
// that did so read a third of the truth).
#include "peak.h"

#include "clock.h"
#include "cpu.h"

#include <algorithm>
#include <cstdint>

namespace check {
namespace {

const char* best_isa = "scalar";

struct Kernel {
    const char* isa;
    bool (*usable)();
    void (*run)(std::int64_t rounds);
    double flops_per_round;
};

#define TWELVE(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11)

#ifdef __x86_64__
#define CLOBBERS                                                                                   \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",       \
        "xmm11", "xmm12", "xmm13", "cc"
#define LOOP(name, zero, step)                                                                     \
    void name(std::int64_t rounds) {                                                               \
        __asm__ volatile(TWELVE(zero) zero(12) zero(13) "1:\n\t" TWELVE(step) "dec %0\n\t"         \
                                                                              "jnz 1b\n\t"         \
                         : "+r"(rounds)                                                            \
                         :                                                                         \
                         : CLOBBERS);                                                              \
    }
#define SSE_ZERO(i) "xorps %%xmm" #i ", %%xmm" #i "\n\t"
#define VEX_ZERO(i) "vxorps %%xmm" #i ", %%xmm" #i ", %%xmm" #i "\n\t"
#define AVX2_PS(i) "vfmadd231ps %%ymm12, %%ymm13, %%ymm" #i "\n\t"
#define AVX2_PD(i) "vfmadd231pd %%ymm12, %%ymm13, %%ymm" #i "\n\t"
#define AVX512_PS(i) "vfmadd231ps %%zmm12, %%zmm13, %%zmm" #i "\n\t"
#define AVX512_PD(i) "vfmadd231pd %%zmm12, %%zmm13, %%zmm" #i "\n\t"
// Without fused instructions: six multiplications and six additions side by side.
#define SSE_PAIRS(t)                                                                               \
    "mul" t " %%xmm12, %%xmm0\n\tadd" t " %%xmm13, %%xmm1\n\tmul" t " %%xmm12, %%xmm2\n\tadd" t    \
    " %%xmm13, %%xmm3\n\tmul" t " %%xmm12, %%xmm4\n\tadd" t " %%xmm13, %%xmm5\n\tmul" t            \
    " %%xmm12, %%xmm6\n\tadd" t " %%xmm13, %%xmm7\n\tmul" t " %%xmm12, %%xmm8\n\tadd" t            \
    " %%xmm13, %%xmm9\n\tmul" t " %%xmm12, %%xmm10\n\tadd" t " %%xmm13, %%xmm11\n\t"
#define SSE_LOOP(name, t)                                                                          \
    void name(std::int64_t rounds) {                                                               \
        __asm__ volatile(TWELVE(SSE_ZERO) SSE_ZERO(12)                                             \
                             SSE_ZERO(13) "1:\n\t" SSE_PAIRS(t) "dec "                             \
                                                                "%0\n\tjnz 1b\n\t"                 \
                         : "+r"(rounds)                                                            \
                         :                                                                         \
                         : CLOBBERS);                                                              \
    }
SSE_LOOP(sse_single, "ps")
SSE_LOOP(sse_double, "pd")
LOOP(avx2_single, VEX_ZERO, AVX2_PS)
LOOP(avx2_double, VEX_ZERO, AVX2_PD)
LOOP(avx512_single, VEX_ZERO, AVX512_PS)
LOOP(avx512_double, VEX_ZERO, AVX512_PD)

bool always() { return true; }
bool has_avx2() { return cpu().avx2_fma; }
bool has_avx512() { return cpu().avx512f; }
constexpr Kernel kSingle[] = {{"sse2", always, sse_single, 12 * 4},
                              {"avx2", has_avx2, avx2_single, 12 * 8 * 2},
                              {"avx512", has_avx512, avx512_single, 12 * 16 * 2}};
constexpr Kernel kDouble[] = {{"sse2", always, sse_double, 12 * 2},
                              {"avx2", has_avx2, avx2_double, 12 * 4 * 2},
                              {"avx512", has_avx512, avx512_double, 12 * 8 * 2}};
#elif defined(__aarch64__)
#define NEON_ZERO(i) "movi v" #i ".2d, #0\n\t"
#define NEON_S(i) "fmla v" #i ".4s, v28.4s, v29.4s\n\t"
#define NEON_D(i) "fmla v" #i ".2d, v28.2d, v29.2d\n\t"
#define TWENTY_FOUR(F)                                                                             \
    TWELVE(F) F(12) F(13) F(14) F(15) F(16) F(17) F(18) F(19) F(20) F(21) F(22) F(23)
#define LOOP(name, step)                                                                           \
    void name(std::int64_t rounds) {                                                               \
        __asm__ volatile(TWENTY_FOUR(NEON_ZERO) NEON_ZERO(28) NEON_ZERO(29) "1:\n\t" TWENTY_FOUR(  \
                             step) "subs %0, %0, #1\n\tb.ne 1b\n\t"                                \
                         : "+r"(rounds)                                                            \
                         :                                                                         \
                         : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10",      \
                           "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20",   \
                           "v21", "v22", "v23", "v28", "v29", "cc");                               \
    }
LOOP(neon_single, NEON_S)
LOOP(neon_double, NEON_D)
bool always() { return true; }
constexpr Kernel kSingle[] = {{"neon", always, neon_single, 24 * 4 * 2}};
constexpr Kernel kDouble[] = {{"neon", always, neon_double, 24 * 2 * 2}};
#else
// Unknown CPU: what the compiler makes of independent sums.
template <class T> void sums(std::int64_t rounds) {
    T acc[8] = {};
    volatile T factor = T(0.5);
    const T f = factor;
    for (std::int64_t r = 0; r < rounds; ++r)
        for (auto& x : acc)
            x = x * f + f;
    for (auto& x : acc)
        factor = x;
}
bool always() { return true; }
constexpr Kernel kSingle[] = {{"scalar", always, sums<float>, 16}};
constexpr Kernel kDouble[] = {{"scalar", always, sums<double>, 16}};
#endif

double rate(const Kernel& kernel) {
    constexpr std::int64_t rounds = 400000; // some milliseconds: shorter than a time slice
    double best = 0.0;
    kernel.run(rounds / 4);
    for (int i = 0; i < 6; ++i) {
        const double begin = now();
        kernel.run(rounds);
        best = std::max(best, kernel.flops_per_round * double(rounds) / (now() - begin) / 1e9);
    }
    return best;
}

} // namespace

double peak_gflops(bool single_precision) {
    double best = 0.0;
    for (const auto& kernel : single_precision ? kSingle : kDouble)
        if (kernel.usable())
            if (const double found = rate(kernel); found > best) {
                best = found;
                best_isa = kernel.isa;
            }
    return best;
}

const char* peak_isa() { return best_isa; }

} // namespace check
