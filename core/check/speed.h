// SPDX-License-Identifier: Apache-2.0
// Routines against what the CPU and its memory allow: one thread, all threads, and the backend
// against the library behind it.
#pragma once

#include "raw.h"
#include "report.h"
#include "scope.h"
#include "trivet/backend.h"

namespace check {

struct SpeedOptions {
    double floor; // of the arithmetic limit, for gemm from 512 on
    bool full;
    Scope scope;
    const Raw* raw; // null: no library to compare with
};

// Adds the cases to the report, and class, peak, share and noise to the summary.
void run_speed(const trivet_backend& backend, Report& report, const SpeedOptions& options,
               Line& summary);

} // namespace check
