// SPDX-License-Identifier: Apache-2.0
// Every error of the core reads `[op] rule; got ...` and has a kind that the bindings map to a
// Python exception.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace trivet {

enum class ErrorKind {
    value,         // ValueError
    type,          // TypeError
    index,         // IndexError
    overflow,      // OverflowError
    memory,        // MemoryError
    buffer,        // BufferError
    runtime,       // RuntimeError: a backend is missing or failed
    unimplemented, // NotImplementedError: an empty slot of the op table, names op, dtype and device
    linalg,        // trivet.linalg.LinAlgError (a ValueError): singular, not positive definite, not
                   // converged
};

class Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
    [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

  private:
    ErrorKind kind_;
};

// raise(ErrorKind::value, "matmul", "inner dimensions must be equal", "(2, 3) and (4, 5)")
// -> "[matmul] inner dimensions must be equal; got (2, 3) and (4, 5)"
[[noreturn]] void raise(ErrorKind kind, std::string_view op, std::string_view rule,
                        std::string_view got);

} // namespace trivet
