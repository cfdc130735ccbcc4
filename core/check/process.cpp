// SPDX-License-Identifier: Apache-2.0
// What the provider does to the process that calls it: forks, stacks, memory.
#include "behaviour.h"
#include "child.h"
#include "work.h"

#include <cstdio>

#ifndef _WIN32
#include <pthread.h>
#include <unistd.h>
#endif

namespace check {

// A child that is forked after the provider started its threads, and computes too.
Outcome fork_after_threads(const trivet_backend& backend, Scope scope) {
    if (!can_fork())
        return {.detail = "not run: this system has no fork"};
    Work work({300, 160, 0}, "d", scope);
    if (const auto wrong = work.run(backend); !wrong.empty())
        return {.problem = wrong + " before the fork"};
    const auto wrong = in_child(5.0, [&](const Steps&) { return work.run(backend); }).problem;
    if (!wrong.empty())
        return {.problem = wrong};
    if (const auto after = work.run(backend); !after.empty())
        return {.problem = after + " in the parent, after the fork"};
    return {.detail = "the child computed"};
}

#ifdef _WIN32
Outcome small_stacks(const trivet_backend&, Scope) {
    return {.detail = "not run: no POSIX threads"};
}
Outcome memory_growth(const trivet_backend&, Scope) { return {.detail = "not run: no /proc"}; }
#else
namespace {

struct Call {
    const trivet_backend* backend;
    Scope scope;
    std::string wrong;
};

extern "C" void* call_from_small_stack(void* argument) {
    auto* call = static_cast<Call*>(argument);
    Work work({150, 100, 60}, "sdcz", call->scope);
    call->wrong = work.run(*call->backend);
    return nullptr;
}

std::string with_stack(const trivet_backend& backend, Scope scope, std::size_t size) {
    if (backend.set_threads != nullptr)
        backend.set_threads(1); // the provider's own threads have stacks of their own
    Call call{&backend, scope, "no thread could be started"};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, size);
    pthread_t thread{};
    if (pthread_create(&thread, &attributes, call_from_small_stack, &call) == 0)
        pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
    return call.wrong;
}

std::int64_t resident_bytes() {
    std::int64_t whole = 0, resident = -1;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%ld %ld", &whole, &resident) != 2)
            resident = -1;
        std::fclose(file);
    }
    return resident < 0 ? -1 : resident * sysconf(_SC_PAGESIZE);
}

} // namespace

// Threads that a program did not make itself have small stacks: 512 KiB on macOS, 128 KiB on musl.
Outcome small_stacks(const trivet_backend& backend, Scope scope) {
    Outcome outcome;
    for (const std::size_t kib : {512u, 256u, 128u}) {
        const auto wrong = in_child(20.0, [&](const Steps&) {
                               return with_stack(backend, scope, kib * 1024);
                           }).problem;
        outcome.detail += (outcome.detail.empty() ? "" : ", ") + std::to_string(kib) +
                          " KiB: " + (wrong.empty() ? "held" : wrong);
        if (!wrong.empty() && kib == 512u)
            outcome.problem = wrong + ", called from a thread with a stack of 512 KiB";
        if (!wrong.empty())
            break;
    }
    return outcome;
}

// The same calls again and again: memory must not grow with their number.
Outcome memory_growth(const trivet_backend& backend, Scope scope) {
    constexpr int rounds = 200;
    constexpr std::int64_t most = 4 << 20; // bytes
    const auto before = backend.get_threads == nullptr ? 0 : backend.get_threads();
    if (backend.set_threads != nullptr)
        backend.set_threads(1);
    Work work({40, 24, 16}, "sdcz", scope);
    std::int64_t begin = 0;
    for (int i = -40; i < rounds; ++i) {
        if (i == 0)
            begin = resident_bytes();
        if (const auto wrong = work.run(backend); !wrong.empty())
            return {.problem = wrong};
    }
    const std::int64_t end = resident_bytes();
    if (backend.set_threads != nullptr && before > 0)
        backend.set_threads(before);
    if (begin < 0)
        return {.detail = "not run: no /proc/self/statm"};
    const std::string grown = std::to_string((end - begin) / 1024) + " KiB in " +
                              std::to_string(rounds) + " rounds of 20 calls";
    if (end - begin > most)
        return {.problem = "memory grows: " + grown};
    return {.detail = grown};
}
#endif

} // namespace check
