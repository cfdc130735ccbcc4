// SPDX-License-Identifier: Apache-2.0
// gemm against the measured arithmetic limit, one thread.
#pragma once

#include "report.h"
#include "trivet/backend.h"

namespace check {

// Adds one case per type and size to the report, and class, peak and share to the summary.
void run_speed(const trivet_backend& backend, Report& report, double floor, bool full,
               Line& summary);

} // namespace check
