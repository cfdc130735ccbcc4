// SPDX-License-Identifier: Apache-2.0
#include "speed.h"

#include "clock.h"
#include "matrix.h"
#include "peak.h"

#include <cstdio>

namespace check {
namespace {

// Shares of the limit at n >= 512 on one thread (facts/probing.md): below 15 % is reference code,
// below 40 % kernels of another CPU or none for this one.
const char* class_of(double share) {
    return share >= 0.40 ? "good" : share >= 0.15 ? "generic" : "reference";
}

struct Timing {
    double gflops = 0.0; // of the best run
    double seconds = 0.0;
};

template <class T> Timing time_gemm(const trivet_backend& backend, std::int64_t n, double budget) {
    Random random(17);
    const auto a = Matrix<T>::random(n, n, 0, random, marker<T>());
    const auto b = Matrix<T>::random(n, n, 0, random, marker<T>());
    Matrix<T> c(n, n, 0, marker<T>());
    const T one = T(1), none = T(0);
    const double flops = (is_complex<T> ? 8.0 : 2.0) * double(n) * double(n) * double(n);
    Timing timing;
    const double begin = now();
    for (int run = 0; run < 40; ++run) {
        const Stopwatch watch;
        const auto status = routines<T>(backend).gemm('N', 'N', n, n, n, &one, a.data(), a.ld,
                                                      b.data(), b.ld, &none, c.data(), c.ld);
        const double seconds = watch.seconds();
        if (status == 0)
            timing.gflops = std::max(timing.gflops, flops / seconds / 1e9);
        if (run >= 1 && now() - begin > budget)
            break;
    }
    timing.seconds = now() - begin;
    return timing;
}

using Time = Timing (*)(const trivet_backend&, std::int64_t, double);
struct Row {
    char type;
    bool single;
    Time time;
};
constexpr Row kRows[] = {{'s', true, time_gemm<float>},
                         {'d', false, time_gemm<double>},
                         {'c', true, time_gemm<C>},
                         {'z', false, time_gemm<Z>}};

// A limit below the best result is wrong: another program had the core. Measured again, then the
// greater of the two stands.
struct Limit {
    double gflops = 0.0;
    int tries = 0;
};
void calibrate(Limit& limit, bool single, double at_least) {
    do {
        limit.gflops = std::max(limit.gflops, peak_gflops(single));
        ++limit.tries;
    } while (limit.gflops < at_least && limit.tries < 8);
}

struct Measured {
    Row row;
    std::int64_t n;
    Timing timing;
};

Result result_of(const Measured& m, const Limit& limit, double floor) {
    const double share = m.timing.gflops / limit.gflops;
    Result result;
    result.kind = "speed";
    result.op = "gemm";
    result.type = m.row.type;
    result.shape = {m.n, m.n, m.n};
    result.name = m.row.type + std::string("gemm ") + std::to_string(m.n);
    result.gflops = m.timing.gflops;
    result.share = share;
    result.threshold = floor;
    result.seconds = m.timing.seconds;
    char text[160];
    std::snprintf(text, sizeof(text), "1 thread, limit %.1f GFLOP/s by %s, %d calibrations",
                  limit.gflops, peak_isa(), limit.tries);
    result.detail = text;
    if (share < floor) {
        std::snprintf(text, sizeof(text),
                      "%.0f %% of the limit, below the floor of %.0f %%: %s class", 100 * share,
                      100 * floor, class_of(share));
        result.problem = text;
    }
    return result;
}

} // namespace

void run_speed(const trivet_backend& backend, Report& report, double floor, bool full,
               Line& summary) {
    constexpr double budget = 0.12; // seconds per type and size
    const std::int32_t before = backend.get_threads == nullptr ? 0 : backend.get_threads();
    if (backend.set_threads != nullptr)
        backend.set_threads(1);
    Limit limits[2]; // single, double precision
    calibrate(limits[0], true, 0.0);
    calibrate(limits[1], false, 0.0);
    std::vector<Measured> all;
    for (const std::int64_t n : {512, 1024})
        for (const auto& row : kRows)
            if (n == 512 || full)
                all.push_back({row, n, row.time(backend, n, budget)});
    for (auto& m : all) { // a disturbed run is repeated before it is judged
        auto& limit = limits[m.row.single ? 0 : 1];
        for (int i = 0; i < 3 && m.timing.gflops < floor * limit.gflops; ++i) {
            const auto again = m.row.time(backend, m.n, budget);
            m.timing.gflops = std::max(m.timing.gflops, again.gflops);
            m.timing.seconds += again.seconds;
        }
        calibrate(limit, m.row.single, m.timing.gflops);
    }
    double lowest = 1e9;
    Line shares;
    for (const auto& m : all) {
        const auto result = result_of(m, limits[m.row.single ? 0 : 1], floor);
        lowest = std::min(lowest, result.share);
        if (m.n == 512)
            shares.add(std::string(1, m.row.type).c_str(), json_number(result.share));
        report.add(result);
    }
    if (backend.set_threads != nullptr && before > 0)
        backend.set_threads(before);
    Line peak("single", json_number(limits[0].gflops));
    peak.add("double", json_number(limits[1].gflops));
    peak.add("isa", json_text(peak_isa()));
    summary.add("class", json_text(class_of(lowest)));
    summary.add("peak", peak.text());
    summary.add("share", shares.text());
}

} // namespace check
