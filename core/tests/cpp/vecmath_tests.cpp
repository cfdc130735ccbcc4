// SPDX-License-Identifier: Apache-2.0
// The error of every function of vecmath in units in the last place, against long double, and the
// special values. The greatest errors are printed. Each instruction set that this CPU has is tried.
#include "test.h"
#include "vecmath_loops.h"

#include "kernels/vecmath.h"
#include "trivet/cpu.h"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace {

using vecmath_loops::Loops;

long double sigmoid(long double x) { return 1 / (1 + expl(-x)); }
long double silu(long double x) { return x / (1 + expl(-x)); }
long double gelu(long double x) { return x / 2 * erfcl(-x * sqrtl(0.5L)); }
long double gelu_tanh(long double x) {
    return x /
           (1 + expl(-2 * sqrtl(2 / 3.14159265358979323846264338L) * (x + 0.044715L * x * x * x)));
}
long double softplus(long double x) { return x > 40 ? x + expl(-x) : log1pl(expl(x)); }

struct Row {
    const char* name;
    long double (*reference)(long double);
    double low, high, bound;
};
const Row rows[] = {
#define ROW(name, reference, low, high, ulp)                                                       \
    {#name, [](long double x) -> long double { return reference; }, low, high, ulp},
#include "vecmath_rows.inc"
#undef ROW
};

std::vector<const Loops*> loops() {
    std::vector<const Loops*> all = {&trivet::baseline::vecmath_loops};
#ifdef TRIVET_TEST_X86
    if (trivet::detect_isa() >= trivet::Isa::avx2) {
        all.push_back(&trivet::avx2::vecmath_loops);
    }
    if (trivet::detect_isa() >= trivet::Isa::avx512) {
        all.push_back(&trivet::avx512::vecmath_loops);
    }
#endif
    return all;
}

std::uint64_t next_random() {
    static std::uint64_t state = 1;
    state += 0x9E3779B97F4A7C15U;
    std::uint64_t x = state;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
}
double uniform() { return static_cast<double>(next_random() >> 11) * 0x1p-53; }

// No signalling NaN: the C library's pow(sNaN, 0) is NaN.
template <class T> T random_bits() {
    T x;
    if constexpr (sizeof(T) == 4) {
        x = std::bit_cast<float>(static_cast<std::uint32_t>(next_random()));
    } else {
        x = std::bit_cast<double>(next_random());
    }
    return std::isnan(x) ? std::numeric_limits<T>::quiet_NaN() : x;
}

// |value - exact| in units of the last place of T at `exact`; 0 for equal NaN or infinity.
template <class T> double ulps(T value, long double exact) {
    const T nearest = static_cast<T>(exact);
    if (std::isnan(value) || std::isnan(nearest)) {
        return std::isnan(value) == std::isnan(nearest) ? 0 : 1e30;
    }
    if (value == nearest) {
        return std::isinf(value) || std::signbit(value) == std::signbit(nearest) || exact == 0
                   ? static_cast<double>(
                         std::isinf(value) ? 0 : fabsl(static_cast<long double>(value) - exact)) /
                         static_cast<double>(std::nextafter(std::fabs(nearest),
                                                            std::numeric_limits<T>::infinity()) -
                                             std::fabs(nearest))
                   : 1e30;
    }
    const T size = std::fabs(nearest);
    const T largest = std::numeric_limits<T>::max();
    const T unit = size >= largest ? largest - std::nextafter(largest, T(0))
                                   : std::nextafter(size, largest) - size;
    const long double finite = std::isinf(value) ? std::copysign(2.0L * (largest / 2) + unit, value)
                                                 : static_cast<long double>(value);
    const long double goal = std::isinf(nearest)
                                 ? std::copysign(static_cast<long double>(largest) + unit, nearest)
                                 : exact;
    return static_cast<double>(fabsl(finite - goal) / unit);
}

struct Worst {
    double error = 0, at = 0, at2 = 0;
    void add(double e, double x, double y = 0) {
        if (e > error) {
            *this = {e, x, y};
        }
    }
};

template <class T> std::vector<T> arguments(double low, double high, std::size_t count) {
    std::vector<T> x;
    for (std::size_t k = 0; k < count; ++k) {
        x.push_back(static_cast<T>(low + (high - low) * uniform()));
        x.push_back(random_bits<T>());
        x.push_back(
            static_cast<T>(std::copysign(std::exp2(-60 * uniform()), uniform() - 0.5))); // near 0
        x.push_back(static_cast<T>(1 + std::copysign(std::exp2(-60 * uniform()), uniform() - 0.5)));
    }
    for (T special : {T(0), T(1), T(0.5), T(0.75), T(2), std::numeric_limits<T>::infinity(),
                      std::numeric_limits<T>::max(), std::numeric_limits<T>::min(),
                      std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::quiet_NaN()}) {
        x.push_back(special);
        x.push_back(-special);
    }
    return x;
}

bool within_range(const Row& row, double x) {
    const bool periodic = !std::strcmp(row.name, "vsin") || !std::strcmp(row.name, "vcos") ||
                          !std::strcmp(row.name, "vtan");
    return !periodic || !(std::fabs(x) > 0x1p20);
}

// The limits of functions whose formula above has none.
template <class T> long double exact_value(const Row& row, T x) {
    const bool gated = !std::strcmp(row.name, "vsilu") || !std::strncmp(row.name, "vgelu", 5);
    if (gated && std::isinf(x)) {
        return x > 0 ? static_cast<long double>(x) : -0.0L;
    }
    return row.reference(x);
}

template <class T> const auto& table(const Loops& set) {
    if constexpr (sizeof(T) == 4) {
        return set.f32;
    } else {
        return set.f64;
    }
}

template <class T> void check_unary(std::size_t count) {
    for (int f = 0; f < vecmath_loops::function_count; ++f) {
        const Row& row = rows[f];
        const std::vector<T> x = arguments<T>(row.low, row.high, count);
        std::vector<long double> exact;
        for (T value : x) {
            exact.push_back(exact_value(row, value));
        }
        for (const Loops* set : loops()) {
            std::vector<T> y(x.size());
            table<T>(*set)[f](x.data(), y.data(), static_cast<std::int64_t>(x.size()));
            Worst worst;
            for (std::size_t k = 0; k < x.size(); ++k) {
                if (within_range(row, static_cast<double>(x[k]))) {
                    worst.add(ulps(y[k], exact[k]), static_cast<double>(x[k]));
                }
            }
            std::printf("     %-10s f%d %-8s %8.2f ulp at %.17g\n", row.name, int(sizeof(T) * 8),
                        set->isa, worst.error, worst.at);
            CHECK(worst.error <= row.bound);
        }
    }
}

template <class T>
void check_binary(const char* name, vecmath_loops::Binary<T> loop,
                  long double (*reference)(long double, long double), const std::vector<T>& a,
                  const std::vector<T>& b, double bound) {
    std::vector<T> y(a.size());
    loop(a.data(), b.data(), y.data(), static_cast<std::int64_t>(a.size()));
    Worst worst;
    for (std::size_t k = 0; k < a.size(); ++k) {
        worst.add(ulps(y[k], reference(a[k], b[k])), static_cast<double>(a[k]),
                  static_cast<double>(b[k]));
    }
    std::printf("     %-10s f%d %8.2f ulp at %.17g, %.17g\n", name, int(sizeof(T) * 8), worst.error,
                worst.at, worst.at2);
    CHECK(worst.error <= bound);
}

template <class T> void check_pairs(std::size_t count) {
    std::vector<T> a, b;
    const std::vector<T> few = arguments<T>(-4, 4, 8);
    for (T x : few) {
        for (T y : few) {
            a.push_back(x);
            b.push_back(y);
        }
    }
    for (T x : arguments<T>(-100, 100, count)) {
        a.push_back(x);
        b.push_back(static_cast<T>(100 * (uniform() - 0.5)));
        a.push_back(std::fabs(x));
        b.push_back(static_cast<T>(std::round(8 * (uniform() - 0.5))));
        a.push_back(static_cast<T>(4 * uniform()));
        b.push_back(static_cast<T>(100 * (uniform() - 0.5)));
    }
    for (const Loops* set : loops()) {
        if constexpr (sizeof(T) == 4) {
            check_binary<T>("vatan2", set->atan2_f32, atan2l, a, b, 1.0);
            check_binary<T>("vpow", set->pow_f32, powl, a, b, 1.0);
        } else {
            check_binary<T>("vatan2", set->atan2_f64, atan2l, a, b, 3.0);
            check_binary<T>("vpow", set->pow_f64, powl, a, b, 1.0);
        }
    }
}

template <class T> T one(const Loops& set, vecmath_loops::Function f, T x) {
    T y = 0;
    table<T>(set)[f](&x, &y, 1);
    return y;
}

template <class T> void check_exact() {
    for (const Loops* set : loops()) {
        const int least = sizeof(T) == 4 ? -149 : -1074;
        const int most = sizeof(T) == 4 ? 127 : 1023;
        for (int n = least; n <= most; ++n) {
            const T power = std::ldexp(T(1), n);
            CHECK_EQUAL(power, one(*set, vecmath_loops::vexp2, static_cast<T>(n)));
            CHECK_EQUAL(static_cast<T>(n), one(*set, vecmath_loops::vlog2, power));
        }
        const int tens = sizeof(T) == 4 ? 10 : 22;
        T ten = 1;
        for (int n = 0; n <= tens; ++n, ten *= 10) {
            CHECK_EQUAL(static_cast<T>(n), one(*set, vecmath_loops::vlog10, ten));
        }
        for (int n = -100; n <= 100; ++n) {
            const T root = static_cast<T>(n);
            CHECK_EQUAL(root, one(*set, vecmath_loops::vcbrt, root * root * root));
        }
        for (auto f : {vecmath_loops::vexp, vecmath_loops::vcos, vecmath_loops::vcosh,
                       vecmath_loops::verfc}) {
            CHECK_EQUAL(T(1), one(*set, f, T(0)));
        }
        for (auto f : {vecmath_loops::vlog, vecmath_loops::vlog10, vecmath_loops::vacos,
                       vecmath_loops::vacosh}) {
            CHECK_EQUAL(T(0), one(*set, f, T(1)));
        }
        CHECK_EQUAL(T(0.5), one(*set, vecmath_loops::vsigmoid, T(0)));
    }
}

} // namespace

TEST(vecmath_unary_float_errors_are_within_their_bounds) { check_unary<float>(10000); }
TEST(vecmath_unary_double_errors_are_within_their_bounds) { check_unary<double>(6000); }
TEST(vecmath_binary_errors_are_within_their_bounds) {
    check_pairs<float>(5000);
    check_pairs<double>(5000);
}
TEST(vecmath_exact_cases_are_exact) {
    check_exact<float>();
    check_exact<double>();
}

TEST(vecmath_map_trig_takes_the_slow_way_for_huge_arguments_only) {
    namespace vecmath = trivet::baseline::vecmath;
    std::vector<double> x(1500, 0.5);
    x[700] = 1e22;
    x[1499] = std::numeric_limits<double>::infinity();
    const auto fast = [](double value) { return vecmath::vsin(value); };
    const auto slow = [](double value) { return std::sin(value); };

    vecmath::map_trig(x.data(), x.data(), static_cast<std::int64_t>(x.size()), fast, slow);

    CHECK_EQUAL(fast(0.5), x[0]);
    CHECK_EQUAL(fast(0.5), x[701]);
    CHECK_EQUAL(std::sin(1e22), x[700]);
    CHECK(std::isnan(x[1499]));
}
