// SPDX-License-Identifier: Apache-2.0
#include "seal.h"

#include "system.h"

#include <cstdlib>
#include <cstring>

namespace check {

std::string take_seal() {
    constexpr const char* name = "TRIVET_CHECK_SEAL";
    char* text = std::getenv(name);
    if (text == nullptr)
        return "";
    std::string seal = text;
    std::memset(text, 'x', seal.size()); // /proc/self/environ shows these very bytes
    forget_variable(name);
    return seal;
}

} // namespace check
