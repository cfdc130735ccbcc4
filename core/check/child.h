// SPDX-License-Identifier: Apache-2.0
// A process of its own, with a time limit, for what may crash or hang: forked, or where there is
// no fork this program started once more.
#pragma once

#include "scope.h"
#include "trivet/backend.h"

#include <functional>
#include <string>
#include <vector>

namespace check {

struct ChildEnd {
    std::string problem; // what the work returned, or how the process ended; empty: all held
    std::string step;    // the last one that was told
};

// Tells how far the work has come, so that a crash has a name.
using Tell = std::function<void(const std::string& step)>;

// Work by its name, because a program that is started anew shares nothing else with its parent.
struct Task {
    const trivet_backend& backend;
    Scope scope;
    std::string argument;
};
enum class Chore : std::uint8_t { bounds, small_stack, ending };
[[nodiscard]] std::string do_chore(Chore chore, const Task& task, const Tell& tell);
[[nodiscard]] ChildEnd in_child(double limit, Chore chore, const Task& task);

// A process that loads the backend, computes, and ends as any program does, with the exit handlers
// and destructors of everybody; asked before this process has loaded it.
[[nodiscard]] ChildEnd in_new_process(double limit, const std::string& backend, Scope scope);
inline constexpr const char* kEnding = "the end of the process";

// A copy of this very process, for what only a fork shows. It hangs when it is not at its end after
// `limit` seconds, or, however busy the machine is, `computing` seconds of its own.
[[nodiscard]] bool can_fork();
[[nodiscard]] ChildEnd in_fork(double limit, int computing,
                               const std::function<std::string()>& work);

// When this program is the child that in_child() started: does the work and never returns.
void serve_as_child(const std::vector<std::string>& arguments);

// Memory that both processes see: a text is whole as soon as `answered` is set.
struct Shared {
    static constexpr std::size_t kArgument = 4096, kPath = 4096;
    char step[128];
    char answer[512];
    volatile bool answered, wrote; // wrote: it crashed as it wrote, where that can be told
    Chore chore;
    Scope scope;
    char argument[kArgument];
    char backend[kPath];
};

// As much of a text as there is room for, ended by 0.
template <std::size_t size> void keep(char (&into)[size], const std::string& text) {
    const auto length = text.size() < size - 1 ? text.size() : size - 1;
    text.copy(into, length);
    into[length] = 0;
}

} // namespace check
