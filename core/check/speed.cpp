// SPDX-License-Identifier: Apache-2.0
#include "speed.h"

#include "clock.h"
#include "limits.h"
#include "loaded.h"
#include "matrix.h"
#include "peak.h"
#include "speed_rows.h"

#include <algorithm>
#include <cstdio>
#include <thread>

namespace check {
namespace {

constexpr std::int64_t kJudged = 512; // floors hold for gemm from this size on

// Shares of the limit at n >= 512 on one thread (facts/probing.md): below 15 % is reference code,
// below 40 % kernels of another CPU or none for this one.
const char* class_of(double share) {
    return share >= 0.40 ? "good" : share >= 0.15 ? "generic" : "reference";
}

constexpr double kLong = 0.15; // seconds

struct Timing {
    double best = 1e300; // seconds of one call
    double noise = 0.0;  // how far the median lies above the best, as a share
    bool refused = false;
};

Timing timing_of(std::vector<double> all) {
    Timing timing;
    if (all.empty())
        return timing;
    std::sort(all.begin(), all.end());
    timing.best = all.front();
    timing.noise = all[all.size() / 2] / timing.best - 1.0;
    return timing;
}

Timing better(const Timing& one, const Timing& other) {
    return one.best <= other.best || other.refused ? one : other;
}

// The best of several runs; a run of a short routine is many calls.
Timing time_it(const Timed& timed, double budget) {
    bool refused = false;
    std::vector<double> all;
    std::int64_t calls = 1;
    const double begin = now();
    while (all.size() < 3 || (now() - begin < budget && all.size() < 60)) {
        double spent = 0.0;
        std::int64_t done = 0;
        for (; done < calls && !refused; ++done) {
            timed.restore();
            const Stopwatch watch;
            refused = timed.call() != 0;
            spent += watch.seconds();
        }
        if (refused)
            break;
        if (all.empty() && spent < 20e-6)
            calls = static_cast<std::int64_t>(40e-6 / std::max(spent, 1e-7));
        all.push_back(spent / static_cast<double>(done));
        // Long calls are told apart from others by two of them; the longest, by one.
        const double taken = now() - begin;
        if (taken > 4 * budget && (all.size() >= 2 || taken > kLong))
            break;
    }
    Timing timing = timing_of(std::move(all));
    timing.refused = refused;
    return timing;
}

double power(double n, int exponent) {
    return exponent == 3 ? n * n * n : exponent == 2 ? n * n : n;
}

// One routine, type and size: what it costs, and how long the machine needs for that at least.
struct Measured {
    const SpeedRow* row;
    std::size_t type;
    std::int64_t n;
    Timing timing{};

    [[nodiscard]] bool single() const { return type % 2 == 0; }
    [[nodiscard]] bool complex() const { return type >= 2; }
    [[nodiscard]] double flops() const {
        return row->cost.real_flops * power(double(n), row->cost.power) * (complex() ? 4.0 : 1.0);
    }
    [[nodiscard]] double bytes() const {
        const double size = (single() ? 4.0 : 8.0) * (complex() ? 2.0 : 1.0);
        return row->cost.elements * power(double(n), row->cost.memory_power) * size;
    }
    [[nodiscard]] double gflops() const { return flops() / timing.best / 1e9; }
    [[nodiscard]] double share(Limits& limits) const {
        return limits.seconds(single(), flops(), bytes()) / timing.best;
    }
    [[nodiscard]] std::string name() const {
        std::string text(1, kTypes[type]);
        text += row->op;
        text += " ";
        text += std::to_string(n);
        return text;
    }
    [[nodiscard]] bool judges() const { return std::string(row->op) == "gemm" && n >= kJudged; }
};

Result line_of(const Measured& m) {
    Result result;
    result.kind = "speed";
    result.op = m.row->op;
    result.type = kTypes[m.type];
    result.shape = {m.n, m.n, m.n};
    result.name = m.name();
    result.threads = 1;
    return result;
}

std::string percent(double share) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.1f %%", 100.0 * share);
    return text;
}

class Speed {
  public:
    Speed(const trivet_backend& backend, Report& report, const SpeedOptions& options)
        : backend_(backend), report_(report), options_(options) {}

    void run(Line& summary) {
        const std::int32_t before = backend_.get_threads == nullptr ? 0 : backend_.get_threads();
        use_threads(1);
        for (const auto& row : speed_rows())
            measure(row);
        backend_cost();
        scaling();
        if (before > 0)
            use_threads(before);
        summarise(summary);
    }

  private:
    void use_threads(std::int32_t count) {
        if (backend_.set_threads != nullptr)
            backend_.set_threads(count);
    }

    void measure(const SpeedRow& row) {
        if (row.lapack && options_.scope == Scope::blas)
            return;
        for (const auto n : options_.full ? row.full : row.quick)
            for (std::size_t type = 0; type < row.prepare.size(); ++type)
                if (options_.full || row.types.find(kTypes[type]) != std::string::npos)
                    measure({&row, type, n});
    }

    void measure(Measured m) {
        Result result = line_of(m);
        report_.begin(result);
        const double begin = now();
        const Timed timed = m.row->prepare[m.type](backend_, m.n);
        m.timing = time_it(timed, budget());
        m.timing.noise = std::max(m.timing.noise, doubt(m));
        limits_.reached(m.single(), m.flops(), m.bytes(), m.timing.best);
        // A disturbed run is repeated before it is judged.
        for (int i = 0; i < 3 && !m.timing.refused && m.share(limits_) < least(m); ++i)
            m.timing = better(m.timing, time_it(timed, budget()));
        limits_.reached(m.single(), m.flops(), m.bytes(), m.timing.best);
        result.gflops = m.gflops();
        result.share = m.share(limits_);
        result.noise = m.timing.noise;
        result.threshold = least(m);
        result.detail = "1 thread, " + percent(m.timing.noise) + " noise";
        if (m.timing.refused)
            result.problem = "the routine failed";
        else if (result.share < least(m))
            result.problem = percent(result.share) + " of the limit, below the floor of " +
                             percent(least(m)) + why(m, result.share);
        result.seconds = now() - begin;
        report_.add(result);
        noise_ = std::max(noise_, m.timing.noise);
        if (m.judges())
            gemm_[m.type] = std::max(gemm_[m.type], result.share);
    }

    [[nodiscard]] double budget() const { return options_.full ? 0.1 : 0.02; }

    // Memory is shared with whatever else runs: how steady its bandwidth was meanwhile.
    [[nodiscard]] double doubt(const Measured& m) {
        const bool memory = limits_.by_memory(m.single(), m.flops(), m.bytes());
        return memory ? limits_.doubt(m.bytes()) : 0.0;
    }

    // Large gemm: the recipe's floor. Others: their row's.
    [[nodiscard]] double least(const Measured& m) const {
        if (m.judges())
            return options_.floor;
        if (m.n < *std::min_element(m.row->quick.begin(), m.row->quick.end()))
            return 0.0; // told, not judged: small calls have a cost of their own
        return m.row->least * (m.row->of == SpeedRow::Of::gemm ? gemm_[m.type] : 1.0);
    }
    [[nodiscard]] static std::string why(const Measured& m, double share) {
        if (m.judges())
            return std::string(": ") + class_of(share) + " class";
        return m.row->of == SpeedRow::Of::gemm ? ", beside this library's own gemm" : "";
    }

    // A call through the backend against the same call of the library itself, in turns.
    void backend_cost() {
        if (options_.raw == nullptr)
            return;
        constexpr std::int64_t n = 128;
        constexpr double most = 1.01;
        Result result;
        result.kind = "speed";
        result.op = "backend cost";
        result.type = 'd';
        result.shape = {n, n, n};
        result.name = "backend cost dgemm 128";
        result.threads = 1;
        report_.begin(result);
        const std::vector<double> a(n * n, 0.5), b(n * n, 0.25);
        std::vector<double> c(n * n);
        const double one = 1.0, none = 0.0, begin = now();
        double through = 1e300, direct = 1e300, direct_again = 1e300;
        const auto timed = [](double& best, const auto& call) {
            const double start = now();
            for (int i = 0; i < 4; ++i)
                call();
            best = std::min(best, now() - start);
        };
        const auto raw = [&] { options_.raw->dgemm(n, a.data(), b.data(), c.data()); };
        const auto enough = [&](int rounds) {
            const bool clear = through <= most * direct;
            return clear ? rounds >= 300 || (rounds >= 30 && now() - begin > 0.3) : rounds >= 3000;
        };
        for (int i = 0; !enough(i); ++i) {
            timed(direct, raw);
            timed(through, [&] {
                (void)backend_.d->gemm('N', 'N', n, n, n, &one, a.data(), n, b.data(), n, &none,
                                       c.data(), n);
            });
            timed(direct_again, raw);
        }
        const double least = std::min(direct, direct_again);
        const double noise = std::abs(direct - direct_again) / least;
        const double ratio = through / least;
        result.gflops = 4.0 * 2.0 * double(n * n * n) / through / 1e9;
        result.share = 1.0 / ratio;
        result.threshold = 1.0 / most;
        char text[120];
        std::snprintf(text, sizeof(text), "%.4f of the library's own time, noise %.4f", ratio,
                      noise);
        result.detail = text;
        if (ratio > most + noise)
            result.problem = std::string("the backend costs too much: ") + text;
        result.seconds = now() - begin;
        report_.add(result);
    }

    // All threads must not be slower than one.
    void scaling() {
        const auto most = static_cast<std::int32_t>(std::thread::hardware_concurrency());
        if (backend_.set_threads == nullptr || backend_.get_threads == nullptr || most < 2)
            return;
        use_threads(most);
        const auto threads = backend_.get_threads();
        use_threads(1);
        // BLIS's serial build takes any number and says it again, and computes on one.
        if (threads < 2 || text_of(backend_.thread_layer) == "serial")
            return;
        constexpr double least = 0.8;
        Measured m{&speed_rows().front(), 1, options_.full ? 1024 : 512};
        const Timed timed = m.row->prepare[m.type](backend_, m.n);
        Result result = line_of(m);
        result.threads = threads;
        result.name += " ";
        result.name += std::to_string(threads);
        result.name += " threads";
        report_.begin(result);
        const double begin = now();
        double single = 1e300, cpus = 0.0;
        Timing all;
        bool disturbed = false;
        for (int i = 0; i < 4 && (i == 0 || all.best * least > single); ++i) {
            use_threads(1);
            single = std::min(single, time_it(timed, budget()).best);
            use_threads(threads);
            const Usage before = usage();
            const double wall = now();
            all = better(all, wall_of(timed));
            const Usage after = usage();
            cpus = (after.seconds - before.seconds) / (now() - wall);
            disturbed = after.preempted > before.preempted;
        }
        use_threads(1);
        m.timing = all;
        if (!disturbed)
            result.noise = all.noise;
        result.gflops = m.gflops();
        result.share = m.gflops() / (limits_.peak(false) * threads);
        result.threshold = 0.0;
        char text[120];
        std::snprintf(text, sizeof(text), "%.2f times as fast as one thread, on %.1f CPUs",
                      single / all.best, cpus);
        result.detail = text;
        if (disturbed)
            result.detail += "; not judged: other programs needed the CPUs";
        else if (single / all.best < least)
            result.problem = result.detail + ", below " + percent(least);
        else if (cpus < 1.2 && single / all.best < 1.1)
            result.problem = result.detail + ": the threads are not used";
        result.seconds = now() - begin;
        report_.add(result);
    }

    static Timing wall_of(const Timed& timed) { // CPU time of several threads tells nothing
        std::vector<double> all;
        const double first = now();
        for (int i = 0; i < 6 || now() - first < kSteps * usage_step(); ++i) {
            const double begin = now();
            (void)timed.call();
            all.push_back(now() - begin);
        }
        return timing_of(all);
    }

    void summarise(Line& summary) {
        double lowest = 1.0;
        Line shares, peak("single", json_number(limits_.peak(true)));
        for (std::size_t type = 0; type < gemm_.size(); ++type) {
            shares.add(std::string(1, kTypes[type]).c_str(), json_number(gemm_[type]));
            lowest = std::min(lowest, gemm_[type]);
        }
        peak.add("double", json_number(limits_.peak(false)));
        peak.add("isa", json_text(peak_isa()));
        peak.add("bandwidth", json_number(limits_.bandwidth(1e9)));
        summary.add("class", json_text(class_of(lowest)));
        summary.add("peak", peak.text());
        summary.add("share", shares.text());
        summary.add("noise", json_number(noise_));
    }

    const trivet_backend& backend_;
    Report& report_;
    const SpeedOptions& options_;
    Limits limits_;
    std::array<double, 4> gemm_{};
    double noise_ = 0.0;
};

} // namespace

void run_speed(const trivet_backend& backend, Report& report, const SpeedOptions& options,
               Line& summary) {
    Speed(backend, report, options).run(summary);
}

} // namespace check
