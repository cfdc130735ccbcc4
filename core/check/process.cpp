// SPDX-License-Identifier: Apache-2.0
// What the provider does to the process that calls it: forks, stacks, memory.
#include "behaviour.h"
#include "system.h"
#include "work.h"

namespace check {

// A child that is forked after the provider started its threads, and computes too.
Outcome fork_after_threads(const trivet_backend& backend, Scope scope) {
    if (!can_fork())
        return {.not_run = "this system has no fork"};
    Work work({300, 160, 0}, "d", scope);
    const double begin = usage().seconds;
    if (const auto wrong = work.run(backend); !wrong.empty())
        return {.problem = wrong + " before the fork"};
    const double took = usage().seconds - begin; // and to prove the first answer
    const int computing = 1 + static_cast<int>(10.0 * took);
    const auto wrong = in_fork(5.0, computing, [&] { return work.run(backend); }).problem;
    if (!wrong.empty())
        return {.problem = wrong};
    if (const auto after = work.run(backend); !after.empty())
        return {.problem = after + " in the parent, after the fork"};
    return {.detail = "the child computed"};
}

std::string small_stack_in_child(const Task& task, const Tell&) {
    if (task.backend.set_threads != nullptr)
        task.backend.set_threads(1); // the provider's own threads have stacks of their own
    std::string wrong;
    const bool started = run_with_stack(std::stoul(task.argument) * 1024, [&] {
        wrong = Work({150, 100, 60}, "sdcz", task.scope).run(task.backend);
    });
    return started ? wrong : "no thread could be started";
}

// Threads that a program did not make itself have small stacks: 512 KiB on macOS, 128 KiB on musl.
Outcome small_stacks(const trivet_backend& backend, Scope scope) {
    Outcome outcome;
    for (const char* kib : {"512", "256", "128"}) {
        const auto wrong = in_child(20.0, Chore::small_stack, {backend, scope, kib}).problem;
        outcome.detail += (outcome.detail.empty() ? "" : ", ") + std::string(kib) +
                          " KiB: " + (wrong.empty() ? "held" : wrong);
        if (!wrong.empty() && outcome.detail.find(',') == std::string::npos)
            outcome.problem = wrong + ", called from a thread with a stack of 512 KiB";
        if (!wrong.empty())
            break;
    }
    return outcome;
}

// What a program does that uses the library and ends: some fall in a destructor, or wait there.
std::string ended_in_child(const Task& task, const Tell& tell) {
    const auto wrong = Work({300, 160, 40}, "dc", task.scope).run(task.backend);
    tell(kEnding);
    return wrong;
}

Outcome end_of_process(const ChildEnd& ending) {
    if (ending.problem.empty())
        return {.detail = "a process that had used it ended by itself"};
    const bool late = ending.step == kEnding;
    return {.problem = ending.problem + (late ? ", after all work was done" : "")};
}

// The same calls again and again: memory must not grow with their number.
Outcome memory_growth(const trivet_backend& backend, Scope scope) {
    constexpr int rounds = 200;
    constexpr std::int64_t most = 4 << 20; // bytes
    if (memory_in_use() < 0)
        return {.not_run = "this system does not tell how much memory a process uses"};
    const auto before = backend.get_threads == nullptr ? 0 : backend.get_threads();
    if (backend.set_threads != nullptr)
        backend.set_threads(1);
    Work work({40, 24, 16}, "sdcz", scope);
    std::int64_t begin = 0;
    for (int i = -2; i < rounds; ++i) { // two rounds fill every pool
        if (i == 0)
            begin = memory_in_use();
        if (const auto wrong = work.run(backend); !wrong.empty())
            return {.problem = wrong};
    }
    const std::int64_t end = memory_in_use();
    if (backend.set_threads != nullptr && before > 0)
        backend.set_threads(before);
    const std::string grown = std::to_string((end - begin) / 1024) + " KiB in " +
                              std::to_string(rounds) + " rounds of 20 calls";
    if (end - begin > most)
        return {.problem = "memory grows: " + grown};
    return {.detail = grown};
}

} // namespace check
