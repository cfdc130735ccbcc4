// SPDX-License-Identifier: Apache-2.0
#include "trivet/error.h"

namespace trivet {

void raise(ErrorKind kind, std::string_view op, std::string_view rule, std::string_view got) {
    std::string text = "[";
    text.append(op).append("] ").append(rule);
    if (!got.empty()) {
        text.append("; got ").append(got);
    }
    throw Error(kind, text);
}

} // namespace trivet
