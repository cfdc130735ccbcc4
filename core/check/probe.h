// SPDX-License-Identifier: Apache-2.0
// What a case function is given: the backend, its shape, and where it reports to. One case runs a
// routine over its options (transposes, sides, paddings ...) and keeps the worst.
#pragma once

#include "matrix.h"
#include "wide.h"

#include <cstdarg>
#include <cstdio>
#include <initializer_list>
#include <limits>

namespace check {

struct Shape {
    std::int64_t m, n, k;
};

// What a case found; one per line of the report.
struct Finding {
    double ratio = 0.0;
    std::string detail;  // of the worst ratio
    std::string problem; // the first thing that is wrong beside ratios
};

struct Probe {
    const trivet_backend& backend;
    Shape shape;
    bool full;     // all combinations of options, otherwise those that cover.h chooses
    unsigned turn; // counts the shapes of an operation: chooses among levels (cover.h)
    bool beta_only;
    double threshold;
    Random random;
    Finding finding{};
    std::string options{}; // of the call being made

    // Names the options of the calls that follow.
    [[gnu::format(printf, 2, 3)]] void with(const char* format, ...) {
        char text[200];
        std::va_list arguments;
        va_start(arguments, format);
        std::vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        options = text;
    }
    void ratio(double value, const char* what = "") {
        if (finding.detail.empty() || !(value <= finding.ratio)) {
            finding.ratio = value;
            finding.detail = options + (*what == 0 ? "" : std::string(" ") + what);
        }
        if (!(value <= threshold))
            require(false,
                    "ratio above its threshold" + (*what == 0 ? "" : std::string(": ") + what));
    }
    // A ratio that is judged element by element whatever the operation's own threshold is.
    void elementwise(double value, const char* what = "") { ratio(value * threshold / 16.0, what); }
    void require(bool holds, const std::string& problem) {
        if (!holds && finding.problem.empty())
            finding.problem = problem + " (" + options + ")";
    }
    void status(std::int64_t got, std::int64_t expected = 0) {
        if (got != expected)
            require(false,
                    "status " + std::to_string(got) + " instead of " + std::to_string(expected));
    }
    // A result that has to be right to the last bit; `wrong` is empty when it is.
    void exact(const std::string& wrong) {
        if (wrong.empty())
            return ratio(0.0);
        require(false, wrong);
        ratio(std::numeric_limits<double>::infinity());
    }
    // In the quick mode one of `count` options per case, in turn; in the full mode all.
    [[nodiscard]] bool takes(unsigned index, unsigned count) const {
        return full || index % count == turn % count;
    }
};

} // namespace check
