// SPDX-License-Identifier: Apache-2.0
// What is not arithmetic: threads, callers, forks, stacks, memory, the state of the process.
#pragma once

#include "child.h"
#include "report.h"
#include "scope.h"
#include "state.h"
#include "trivet/backend.h"

namespace check {

struct Outcome {
    std::string problem{}; // empty: held
    std::string detail{};
    std::string not_run{}; // why it was not; empty: it was
};

// threads.cpp
[[nodiscard]] Outcome thread_counts(const trivet_backend& backend, Scope scope);
[[nodiscard]] Outcome determinism(const trivet_backend& backend, Scope scope);
[[nodiscard]] Outcome concurrent_callers(const trivet_backend& backend, Scope scope);
// process.cpp
[[nodiscard]] Outcome fork_after_threads(const trivet_backend& backend, Scope scope);
[[nodiscard]] Outcome small_stacks(const trivet_backend& backend, Scope scope);
[[nodiscard]] Outcome memory_growth(const trivet_backend& backend, Scope scope);
[[nodiscard]] Outcome end_of_process(const ChildEnd& ending);
// bounds.cpp: whether each routine keeps to its operands
struct BoundsOf {
    std::string routine; // "zgemv N"
    std::string problem;
};
[[nodiscard]] std::vector<BoundsOf> memory_bounds(const trivet_backend& backend, Scope scope);

// What of these is done in a child.
[[nodiscard]] std::string bounds_in_child(const Task& task, const Tell& tell);
[[nodiscard]] std::string small_stack_in_child(const Task& task, const Tell& tell);
[[nodiscard]] std::string ended_in_child(const Task& task, const Tell& tell);

// Adds a case for each of them.
// `ending`: of a process that had used it.
void run_behaviour(const trivet_backend& backend, Report& report, Scope scope,
                   const ChildEnd& ending);
// The last cases of any run: what the provider printed, and what it changed since `before`.
void run_state(const ProcessState& before, Report& report);

} // namespace check
