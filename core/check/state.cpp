// SPDX-License-Identifier: Apache-2.0
#include "state.h"

#include "system.h"

#include <cfenv>
#include <clocale>
#include <filesystem>
#include <limits>

namespace check {
namespace {

std::string folder() {
    std::error_code error;
    const auto path = std::filesystem::current_path(error).u8string();
    return {path.begin(), path.end()};
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
    : handlers_(signal_handlers()), mask_(blocked_signals()),
      locale_(std::setlocale(LC_ALL, nullptr)), folder_(folder()) {}

std::string ProcessState::difference() const {
    if (signal_handlers() != handlers_)
        return "a signal handler was changed";
    if (blocked_signals() != mask_)
        return "the mask of blocked signals was changed";
    if (std::setlocale(LC_ALL, nullptr) != locale_)
        return "the locale was changed";
    if (folder() != folder_)
        return "the working directory was changed";
    return "";
}

} // namespace check
