// SPDX-License-Identifier: Apache-2.0
// Arguments are checked here, because a provider's xerbla may print or stop the process, and
// because a size that does not fit the provider's integer must not wrap.
#pragma once

#include "fortran.h"
#include "trivet/backend.h"

#include <cstdint>
#include <limits>

namespace backend {

using fortran::Int;

inline constexpr std::int64_t kIntMax = std::numeric_limits<Int>::max();

// An INTEGER argument, by address for the length of one call: gemm(..., Arg(m), ...).
class Arg {
  public:
    explicit Arg(std::int64_t value) : value_(static_cast<Int>(value)) {}
    operator const Int*() const { return &value_; }

  private:
    Int value_;
};

// Collects the first complaint; argument positions are those of the prototypes in backend.h.
class Checks {
  public:
    // A letter out of `letters`.
    constexpr Checks& letter(int position, char value, const char* letters) {
        bool found = false;
        for (; *letters != 0; ++letters)
            found = found || *letters == value;
        return fail(found, position);
    }
    constexpr Checks& size(int position, std::int64_t n) { return fail(n >= 0, position).fit(n); }
    // A leading dimension over `rows` rows.
    constexpr Checks& leading(int position, std::int64_t ld, std::int64_t rows) {
        return fail(ld >= 1 && ld >= rows, position).fit(ld);
    }
    // An increment: BLAS computes n * inc in its own integer.
    constexpr Checks& increment(int position, std::int64_t inc, std::int64_t n) {
        fail(inc != 0, position);
        return stride(inc, n);
    }
    // The same for the routines of BLAS 1, which allow zero.
    constexpr Checks& stride(std::int64_t inc, std::int64_t n) {
        fit(inc);
        if (status_ == 0 && n > 1 && (inc > kIntMax / n || inc < -(kIntMax / n)))
            status_ = TRIVET_TOO_LARGE;
        return *this;
    }
    // A number that the provider will compute in its own integer, such as a workspace size.
    constexpr Checks& computed(double value) {
        if (status_ == 0 && !(value < static_cast<double>(kIntMax)))
            status_ = TRIVET_TOO_LARGE;
        return *this;
    }
    [[nodiscard]] constexpr std::int64_t status() const { return status_; }

  private:
    constexpr Checks& fail(bool holds, int position) {
        if (status_ == 0 && !holds)
            status_ = -position;
        return *this;
    }
    constexpr Checks& fit(std::int64_t value) {
        if (status_ == 0 && (value > kIntMax || value < -kIntMax))
            status_ = TRIVET_TOO_LARGE;
        return *this;
    }
    std::int64_t status_ = 0;
};

} // namespace backend
