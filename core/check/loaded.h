// SPDX-License-Identifier: Apache-2.0
// The backend file under test.
#pragma once

#include "trivet/backend.h"

#include <string>

namespace check {

// Opened as the core opens it. On failure nullptr, and `problem` is one line.
[[nodiscard]] const trivet_backend* load(const std::string& path, std::string& problem);
[[nodiscard]] std::string text_of(trivet_text text);

} // namespace check
