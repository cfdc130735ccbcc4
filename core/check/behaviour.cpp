// SPDX-License-Identifier: Apache-2.0
#include "behaviour.h"

#include "clock.h"

namespace check {
namespace {

template <class Run>
void run_case(Report& report, const char* op, Run run, const std::string& routine = "") {
    Result result;
    result.kind = "behaviour";
    result.op = op;
    result.name = op + (routine.empty() ? "" : " " + routine);
    report.begin(result);
    const double begin = now();
    const Outcome outcome = run();
    result.problem = outcome.problem;
    result.detail = outcome.detail;
    result.not_run = outcome.not_run;
    result.seconds = now() - begin;
    if (const auto left = float_environment_problem(); result.problem.empty())
        result.problem = left;
    report.add(result);
}

Outcome printed_nothing() {
    const auto text = printed();
    if (text.empty())
        return {};
    std::fwrite(text.data(), 1, text.size(), stderr);
    return {.problem = "the provider printed to standard output: " + text.substr(0, 120)};
}

constexpr const char* kAtTheEdge = ": it touches what lies before or after its operands";

struct Row {
    const char* name;
    Outcome (*run)(const trivet_backend&, Scope);
};
constexpr Row kRows[] = {
    {"memory growth", memory_growth}, // first, before much was called
    {"thread counts", thread_counts},           {"determinism", determinism},
    {"concurrent callers", concurrent_callers}, {"small thread stacks", small_stacks},
    {"fork after threads", fork_after_threads},
};

// One case for the whole, and one for each routine, so that a known one can be expected.
void run_bounds(const trivet_backend& backend, Report& report, Scope scope) {
    std::vector<BoundsOf> all;
    run_case(report, "memory bounds", [&] {
        all = memory_bounds(backend, scope);
        return Outcome{.detail = "each routine with operands that lie where memory ends or begins"};
    });
    for (const auto& one : all)
        run_case(
            report, "memory bounds",
            [&] { return Outcome{.problem = one.problem.empty() ? "" : one.problem + kAtTheEdge}; },
            one.routine);
}

} // namespace

std::string do_chore(Chore chore, const Task& task, const Tell& tell) {
    return chore == Chore::bounds        ? bounds_in_child(task, tell)
           : chore == Chore::small_stack ? small_stack_in_child(task, tell)
                                         : ended_in_child(task, tell);
}

void run_behaviour(const trivet_backend& backend, Report& report, Scope scope,
                   const ChildEnd& ending) {
    run_case(report, "process end", [&] { return end_of_process(ending); });
    for (const auto& row : kRows)
        run_case(report, row.name, [&] { return row.run(backend, scope); });
    run_bounds(backend, report, scope);
}

void run_state(const ProcessState& before, Report& report) {
    run_case(report, "prints nothing", printed_nothing);
    run_case(report, "process state", [&] { return Outcome{.problem = before.difference()}; });
}

} // namespace check
