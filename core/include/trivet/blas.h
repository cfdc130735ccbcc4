// SPDX-License-Identifier: Apache-2.0
// The backend in use: loading, choosing, and what it says of itself.
#pragma once

#include "trivet/backend.h"

#include <string>
#include <vector>

namespace trivet::blas {

struct BackendInfo {
    std::string id;      // recipe variant: "openblas", "mkl", ...
    std::string path;    // the backend's own file
    std::string library; // the provider's library file that answers (dladdr of its gemm)
    std::string lapack_library;
    std::string provider, version, core, thread_layer;
    int int_bits = 0;
    int threads = 0;
    std::uint32_t abi_version = 0;
};

// Opens the file RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND and checks its ABI version; the first one
// loaded is in use. Raises ErrorKind::runtime (missing file, no entry symbol, other ABI version:
// both are named).
void load_backend(const std::string& path);
void use_backend(const std::string& path_or_id); // one of the loaded
[[nodiscard]] bool has_backend();
[[nodiscard]] BackendInfo current(); // raises ErrorKind::runtime when none is loaded
[[nodiscard]] std::vector<BackendInfo> loaded();
// The table in use; when none is loaded calls the resolver (set by the bindings: Python finds and
// loads one), then raises.
[[nodiscard]] const trivet_backend& table();
void set_resolver(void (*resolver)());
void set_threads(int count);
[[nodiscard]] int threads();

} // namespace trivet::blas
