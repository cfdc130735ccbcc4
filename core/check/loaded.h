// SPDX-License-Identifier: Apache-2.0
// The backend file under test, and any library.
#pragma once

#include "trivet/backend.h"

#include <string>

namespace check {

// Each system's own (system/). On failure nullptr, and `problem` is one line.
[[nodiscard]] void* open_library(const std::string& path, std::string& problem);
[[nodiscard]] void* symbol_of(void* library, const char* name); // nullptr: it has none

// Opened as the core opens it. On failure nullptr, and `problem` is one line.
[[nodiscard]] const trivet_backend* load(const std::string& path, std::string& problem);
[[nodiscard]] std::string text_of(trivet_text text);

} // namespace check
