// SPDX-License-Identifier: Apache-2.0
// How many threads, and how many callers.
#include "behaviour.h"
#include "clock.h"
#include "work.h"

#include <atomic>
#include <chrono>
#include <thread>

namespace check {
namespace {

// Few calls with several threads: some providers wait in loops, and take long where other programs
// need the CPUs.
constexpr Size kThreaded{300, 0, 0}, kAlone{300, 210, 0};

constexpr double kTogether = 0.025; // seconds of each part of concurrent work

std::int32_t all_threads() {
    return static_cast<std::int32_t>(std::max(1u, std::thread::hardware_concurrency()));
}

std::vector<std::int32_t> counts() {
    std::vector<std::int32_t> list = {1, 2};
    if (all_threads() > 2)
        list.push_back(all_threads());
    return list;
}

// With one thread, no more than one CPU is used: the CPU's time per second of the wall's.
double cpus_used(const trivet_backend& backend) {
    const std::int64_t n = 512;
    std::vector<double> a(static_cast<std::size_t>(n * n), 0.5), b = a, c = a;
    const double one = 1.0, none = 0.0;
    double least = 1e9;
    for (int i = 0; i < 3; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(30)); // idle threads spin for a while
        const double wall = now(), cpu = usage().seconds;
        for (int j = 0; j < 2 || now() - wall < kSteps * usage_step(); ++j)
            backend.d->gemm('N', 'N', n, n, n, &one, a.data(), n, b.data(), n, &none, c.data(), n);
        least = std::min(least, (usage().seconds - cpu) / (now() - wall));
    }
    return least;
}

} // namespace

Outcome thread_counts(const trivet_backend& backend, Scope scope) {
    if (backend.set_threads == nullptr || backend.get_threads == nullptr)
        return {.not_run = "the number of threads cannot be set"};
    Outcome outcome;
    const auto before = backend.get_threads();
    Work work(kThreaded, "sdcz", scope), alone(kAlone, "sdcz", scope);
    for (const auto count : counts()) {
        backend.set_threads(count);
        const auto got = backend.get_threads();
        auto wrong = (count == 1 ? alone : work).run(backend);
        if (wrong.empty() && (got < 1 || got > count))
            wrong = "the provider reports " + std::to_string(got);
        if (wrong.empty() && count == 1)
            if (const double used = cpus_used(backend); used > 1.5)
                wrong = "one product uses " + std::to_string(used) + " CPUs";
        if (!wrong.empty() && outcome.problem.empty())
            outcome.problem = wrong + " with " + std::to_string(count) + " threads";
        outcome.detail += (outcome.detail.empty() ? "" : ", ") + std::to_string(count) +
                          " (reports " + std::to_string(got) + ")";
    }
    backend.set_threads(before);
    return outcome;
}

// The same twice. With several threads it is recorded, not required; with one nobody differs.
Outcome determinism(const trivet_backend& backend, Scope scope) {
    Outcome outcome;
    const auto before = backend.get_threads == nullptr ? 1 : backend.get_threads();
    for (const auto count : counts()) {
        if (backend.set_threads != nullptr)
            backend.set_threads(count);
        Work work(kThreaded, "sd", scope);
        bool same = true;
        std::string wrong = work.run(backend);
        for (int i = 0; i < 2 && wrong.empty(); ++i) {
            bool again = false;
            wrong = work.run(backend, &again);
            same = same && again;
        }
        if (count == 1 && !same && wrong.empty())
            wrong = "with one thread the same call twice gives other bits";
        if (outcome.problem.empty())
            outcome.problem = wrong;
        outcome.detail += (outcome.detail.empty() ? "" : ", ") + std::to_string(count) +
                          (count == 1 ? " thread: " : " threads: ") +
                          (same ? "the same bits" : "other bits");
    }
    if (backend.set_threads != nullptr)
        backend.set_threads(before);
    return outcome;
}

// Different work at the same time: a buffer that callers share by mistake mixes the answers up.
Outcome concurrent_callers(const trivet_backend& backend, Scope scope) {
    constexpr int callers = 4, rounds = 2;
    std::vector<Work> works;
    for (unsigned i = 0; i < callers; ++i)
        works.emplace_back(Size{60 + 37 * i, 20 + 7 * i, 12 + 5 * i}, "sdcz", scope, 7 + i);
    for (auto& work : works)
        if (const auto wrong = work.run(backend); !wrong.empty())
            return {.problem = wrong + " in a single caller"};
    std::atomic<int> ready{0};
    std::vector<std::string> wrong(callers);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < callers; ++i)
        threads.emplace_back([&, i] {
            int step = 0;
            for (const char type : std::string("sdcz"))
                for (const auto part : kStages) {
                    ++ready; // all begin a part together, so that one routine meets itself
                    for (++step; ready < callers * step;)
                        std::this_thread::yield();
                    const double begin = now();
                    for (int j = 0; wrong[i].empty() && (j < rounds || now() - begin < kTogether);
                         ++j)
                        wrong[i] = works[i].run_part(backend, type, part);
                }
        });
    for (auto& thread : threads)
        thread.join();
    for (const auto& one : wrong)
        if (!one.empty())
            return {.problem = one + " beside other callers"};
    return {.detail = "4 threads, each its own sizes and options, every type, again and again"};
}

} // namespace check
