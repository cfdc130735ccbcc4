// SPDX-License-Identifier: Apache-2.0
// A forked process with a time limit, for what may crash or hang.
#pragma once

#include <functional>
#include <string>

namespace check {

struct ChildEnd {
    std::string problem; // what `work` returned, or how the process ended; empty: all held
    std::string step;    // the last one that was told
};

// Runs `work` in a forked process. It tells its steps, so that a crash has a name.
using Steps = std::function<void(const std::string& step)>;
[[nodiscard]] bool can_fork();
[[nodiscard]] ChildEnd in_child(double limit, const std::function<std::string(Steps)>& work);

} // namespace check
