// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace check {

enum class Scope : std::uint8_t { all, blas }; // blas: nothing that calls LAPACK

} // namespace check
