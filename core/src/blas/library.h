// SPDX-License-Identifier: Apache-2.0
// One backend file, opened and checked. It is never closed: its threads may still run.
#pragma once

#include "trivet/backend.h"

#include <string>

namespace trivet::blas {

struct LoadedBackend {
    std::string path; // resolved
    const trivet_backend* table = nullptr;
};

// Resolves links; the path itself when it does not exist.
[[nodiscard]] std::string resolved(const std::string& path);
// Raises ErrorKind::runtime: no such file, not loadable, no entry symbol, another ABI version,
// a missing routine.
[[nodiscard]] LoadedBackend open_backend(const std::string& path);
// One of the texts of the table.
[[nodiscard]] std::string text_of(trivet_text text);

} // namespace trivet::blas
