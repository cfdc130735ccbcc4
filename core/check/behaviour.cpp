// SPDX-License-Identifier: Apache-2.0
#include "behaviour.h"

#include "clock.h"
#include "matrix.h"
#include "wide.h"

#include <atomic>
#include <functional>
#include <thread>

#ifndef _WIN32
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace check {
namespace {

Dense leading(const Matrix<double>& a, std::int64_t order) {
    Dense d(order, order, false);
    for (std::int64_t j = 0; j < order; ++j)
        for (std::int64_t i = 0; i < order; ++i)
            d.set(i, j, a(i, j), 0.0);
    return d;
}

// A product that reaches the threaded kernels and a smaller solution, whose answers are known.
struct Work {
    std::int64_t n;
    Matrix<double> a, b;

    static Work make(std::int64_t n) {
        Random random(99);
        auto a = Matrix<double>::random(n, n, 0, random, 0.0);
        auto b = Matrix<double>::random(n, n, 0, random, 0.0);
        for (std::int64_t i = 0; i < n; ++i)
            a(i, i) += 4.0;
        return {n, a, b};
    }
    // gemm, gesv: empty when right.
    [[nodiscard]] std::string run(const trivet_backend& backend,
                                  Matrix<double>* product = nullptr) const {
        const double one = 1.0, none = 0.0;
        Matrix<double> c(n, n, 0, 0.0);
        if (backend.d->gemm('N', 'T', n, n, n, &one, a.data(), a.ld, b.data(), b.ld, &none,
                            c.data(), c.ld) != 0)
            return "gemm failed";
        const std::int64_t order = std::min<std::int64_t>(n, 80); // of the leading block
        auto factor = a, x = b;
        std::vector<std::int64_t> ipiv(static_cast<std::size_t>(order));
        if (backend.d->gesv(order, order, factor.data(), factor.ld, ipiv.data(), x.data(), x.ld) !=
            0)
            return "gesv failed";
        if (product != nullptr)
            *product = c;
        const Dense da = a.dense(), bt = apply('T', b.dense());
        if (elementwise_ratio({{1.0, &da, &bt}}, 0.0, nullptr, c.dense(), kEps<double>) > 16.0)
            return "gemm is wrong";
        const Dense block = leading(a, order), solved = leading(x, order);
        const double rest =
            residual_norm({{1.0, &block, &solved}}, leading(b, order), kEps<double>);
        const double size = norm1(block) * norm1(solved) * static_cast<double>(order);
        if (!(rest / (size * kEps<double>) <= 30.0))
            return "gesv is wrong";
        return "";
    }
};

using Check = std::function<std::string(std::string& detail)>;

void run_case(Report& report, const char* name, const Check& check) {
    Result result;
    result.kind = "behaviour";
    result.op = name;
    result.name = name;
    const double begin = now();
    result.problem = check(result.detail);
    result.seconds = now() - begin;
    report.add(result);
}

// 1, 2 and all threads answer alike; the same twice is recorded, not required.
std::string thread_counts(const trivet_backend& backend, std::string& detail) {
    if (backend.set_threads == nullptr || backend.get_threads == nullptr) {
        detail = "the number of threads cannot be set";
        return "";
    }
    const auto before = backend.get_threads();
    const auto work = Work::make(300);
    std::string problem;
    for (const std::int32_t n : {std::int32_t(1), std::int32_t(2),
                                 std::int32_t(std::max(1u, std::thread::hardware_concurrency()))}) {
        backend.set_threads(n);
        Matrix<double> first(300, 300, 0, 0.0), second = first;
        for (auto* c : {&first, &second})
            if (const auto wrong = work.run(backend, c); !wrong.empty() && problem.empty())
                problem = wrong + " with " + std::to_string(n) + " threads";
        detail += (detail.empty() ? "" : ", ") + std::to_string(n) + " threads (reports " +
                  std::to_string(backend.get_threads()) + ") " +
                  (first.same_bytes(second) ? "repeatable" : "not repeatable");
    }
    backend.set_threads(before);
    return problem;
}

std::string concurrent_callers(const trivet_backend& backend, std::string& detail) {
    const auto work = Work::make(160);
    std::atomic<int> wrong{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i)
        callers.emplace_back([&] {
            for (int j = 0; j < 4; ++j)
                if (!work.run(backend).empty())
                    ++wrong;
        });
    for (auto& caller : callers)
        caller.join();
    detail = "4 threads, 4 times each";
    return wrong == 0 ? "" : std::to_string(wrong.load()) + " of 16 answers are wrong";
}

// A child that is forked after the provider started its threads, and computes too.
std::string fork_after_threads(const trivet_backend& backend, std::string& detail) {
#ifdef _WIN32
    (void)backend;
    detail = "no fork here";
    return "";
#else
    constexpr double limit = 5.0;
    const auto work = Work::make(300);
    if (const auto wrong = work.run(backend); !wrong.empty())
        return wrong + " before the fork";
    const pid_t child = fork();
    if (child < 0)
        return "fork failed";
    if (child == 0)
        _exit(work.run(backend).empty() ? 0 : 1);
    const double begin = now();
    int status = 0;
    pid_t done = 0;
    while ((done = waitpid(child, &status, WNOHANG)) == 0 && now() - begin < limit)
        usleep(2000);
    if (done == 0) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        return "the child hangs (killed after 5 s)";
    }
    if (const auto wrong = work.run(backend); !wrong.empty())
        return wrong + " in the parent, after the fork";
    if (WIFSIGNALED(status))
        return "the child died of signal " + std::to_string(WTERMSIG(status));
    detail = "the child computed";
    return WEXITSTATUS(status) == 0 ? "" : "the child's answer is wrong";
#endif
}

} // namespace

void run_behaviour(const trivet_backend& backend, Report& report) {
    run_case(report, "thread counts", [&](auto& detail) { return thread_counts(backend, detail); });
    run_case(report, "concurrent callers",
             [&](auto& detail) { return concurrent_callers(backend, detail); });
    run_case(report, "fork after threads",
             [&](auto& detail) { return fork_after_threads(backend, detail); });
}

} // namespace check
