// SPDX-License-Identifier: Apache-2.0
// Threads, concurrent callers, fork.
#pragma once

#include "report.h"
#include "trivet/backend.h"

namespace check {

void run_behaviour(const trivet_backend& backend, Report& report);

} // namespace check
