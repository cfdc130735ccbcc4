// SPDX-License-Identifier: Apache-2.0
// Nanoseconds per element of each function of vecmath on each instruction set, beside a loop over
// the C library. One thread, 100,000 elements (they stay in the cache), best of 15.
// vecmath_bench.py builds and runs it.
#include "vecmath_loops.h"

#include "trivet/cpu.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

namespace {

constexpr std::int64_t count = 100000;

template <class T> struct Reference {
    static T vexp(T x) { return std::exp(x); }
    static T vexp2(T x) { return std::exp2(x); }
    static T vexpm1(T x) { return std::expm1(x); }
    static T vlog(T x) { return std::log(x); }
    static T vlog2(T x) { return std::log2(x); }
    static T vlog10(T x) { return std::log10(x); }
    static T vlog1p(T x) { return std::log1p(x); }
    static T vsin(T x) { return std::sin(x); }
    static T vcos(T x) { return std::cos(x); }
    static T vtan(T x) { return std::tan(x); }
    static T vasin(T x) { return std::asin(x); }
    static T vacos(T x) { return std::acos(x); }
    static T vatan(T x) { return std::atan(x); }
    static T vsinh(T x) { return std::sinh(x); }
    static T vcosh(T x) { return std::cosh(x); }
    static T vtanh(T x) { return std::tanh(x); }
    static T vasinh(T x) { return std::asinh(x); }
    static T vacosh(T x) { return std::acosh(x); }
    static T vatanh(T x) { return std::atanh(x); }
    static T vcbrt(T x) { return std::cbrt(x); }
    static T verf(T x) { return std::erf(x); }
    static T verfc(T x) { return std::erfc(x); }
    static T vgelu(T x) { return T(0.5) * x * (T(1) + std::erf(x * T(0.70710678118654752))); }
    static T vgelu_tanh(T x) {
        return T(0.5) * x *
               (T(1) + std::tanh(T(0.79788456080286536) * (x + T(0.044715) * x * x * x)));
    }
    static T vsigmoid(T x) { return T(1) / (T(1) + std::exp(-x)); }
    static T vsilu(T x) { return x / (T(1) + std::exp(-x)); }
    static T vsoftplus(T x) { return std::log1p(std::exp(x)); }
};

template <class Call> double nanoseconds(Call call) {
    double best = 1e30;
    for (int round = 0; round < 15; ++round) {
        const auto begin = std::chrono::steady_clock::now();
        call();
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - begin;
        best = took.count() < best ? took.count() : best;
    }
    return best / count;
}

template <class T, class F>
void report(const char* name, const std::vector<T>& x, vecmath_loops::Function f, F reference) {
    std::vector<T> y(x.size());
    std::printf("%-11s float%-3d", name, static_cast<int>(8 * sizeof(T)));
    std::printf(" %8.3f", nanoseconds([&] {
                    for (std::size_t k = 0; k < x.size(); ++k) {
                        y[k] = reference(x[k]);
                    }
                }));
    for (const vecmath_loops::Loops* set :
         {&trivet::baseline::vecmath_loops, &trivet::avx2::vecmath_loops,
          &trivet::avx512::vecmath_loops}) {
        const int level = set == &trivet::baseline::vecmath_loops ? 0
                          : set == &trivet::avx2::vecmath_loops   ? 1
                                                                  : 2;
        if (static_cast<int>(trivet::detect_isa()) < level) {
            std::printf("        -");
            continue;
        }
        const auto loop = [&] {
            if constexpr (sizeof(T) == 4) {
                return set->f32[f];
            } else {
                return set->f64[f];
            }
        }();
        std::printf(" %8.3f", nanoseconds([&] { loop(x.data(), y.data(), count); }));
    }
    std::printf("\n");
}

template <class T> std::vector<T> between(double low, double high) {
    std::vector<T> x;
    std::uint64_t state = 1;
    for (std::int64_t k = 0; k < count; ++k) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        x.push_back(
            static_cast<T>(low + (high - low) * static_cast<double>(state >> 40) * 0x1p-24));
    }
    return x;
}

} // namespace

int main() {
    std::printf("function    type        std:: baseline     avx2   avx512\n");
#define ROW(name, reference, low, high, ulp)                                                       \
    report("" #name, between<float>(low < -8 ? -8 : low, high > 8 ? 8 : high),                     \
           vecmath_loops::name, Reference<float>::name);                                           \
    report("" #name, between<double>(low < -8 ? -8 : low, high > 8 ? 8 : high),                    \
           vecmath_loops::name, Reference<double>::name);
#include "vecmath_rows.inc"
#undef ROW
    return 0;
}
