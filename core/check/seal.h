// SPDX-License-Identifier: Apache-2.0
// Marks each line as this program's own: a provider in the same process may write anything to any
// descriptor, but does not know the word that whoever started the program gave it.
#pragma once

#include <string>

namespace check {

// TRIVET_CHECK_SEAL, which is wiped from the environment; before any foreign code is loaded.
[[nodiscard]] std::string take_seal();

} // namespace check
