// SPDX-License-Identifier: Apache-2.0
#include "state.h"

#include "system.h"

#include <algorithm>
#include <cfenv>
#include <clocale>
#include <filesystem>
#include <iterator>
#include <limits>
#include <set>
#include <sstream>
#include <vector>

namespace check {
namespace {

std::string folder() {
    std::error_code error;
    const auto path = std::filesystem::current_path(error).u8string();
    return {path.begin(), path.end()};
}

std::set<std::string> lines(const std::string& text) {
    std::set<std::string> all;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        all.insert(line);
    return all;
}
// A variable that was there, or that other libraries obey, and is another now. What a library sets
// for itself is its own affair.
std::string changed_variable(const std::string& before, const std::string& after) {
    constexpr const char* kShared[] = {"OMP_", "LD_", "LC_", "LANG", "PATH", "HOME", "TMPDIR"};
    const auto old = lines(before), now = lines(after);
    std::vector<std::string> other;
    std::set_symmetric_difference(old.begin(), old.end(), now.begin(), now.end(),
                                  std::back_inserter(other));
    for (const auto& row : other) {
        const bool gone = old.count(row) == 1;
        if (gone || std::any_of(std::begin(kShared), std::end(kShared),
                                [&](const char* name) { return row.rfind(name, 0) == 0; }))
            return row;
    }
    return "";
}

} // namespace

std::string float_environment_problem() {
    std::string problem;
    volatile double tiny = std::numeric_limits<double>::min();
    volatile float tiny_single = std::numeric_limits<float>::min();
    if (std::fegetround() != FE_TONEAREST)
        problem = "leaves another rounding mode behind";
    else if (tiny / 2 == 0 || tiny_single / 2 == 0)
        problem = "leaves denormal numbers switched off";
    else if (traps_exceptions())
        problem = "leaves trapping exceptions behind";
    if (!problem.empty())
        std::fesetenv(FE_DFL_ENV);
    return problem;
}

ProcessState::ProcessState()
    : handlers_((hear_signals(), signal_handlers())), mask_(blocked_signals()),
      locale_(std::setlocale(LC_ALL, nullptr)), folder_(folder()), environment_(environment()),
      cpus_(cpus()) {}

std::string ProcessState::difference() const {
    if (signal_handlers() != handlers_)
        return "a signal handler was changed";
    if (blocked_signals() != mask_)
        return "the mask of blocked signals was changed";
    if (std::setlocale(LC_ALL, nullptr) != locale_)
        return "the locale was changed";
    if (folder() != folder_)
        return "the working directory was changed";
    if (const auto row = changed_variable(environment_, environment()); !row.empty())
        return "an environment variable was changed: " + row;
    if (cpus() != cpus_)
        return "the calling thread was bound to other CPUs";
    return "";
}

} // namespace check
