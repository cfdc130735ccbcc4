// SPDX-License-Identifier: Apache-2.0
// The provider's own dgemm, without the backend between.
#pragma once

#include <cstdint>
#include <string>

namespace check {

class Raw {
  public:
    // `affix`: the text before and after the routine's name, as in scipy_*_64_.
    // `problem` says why there is none.
    Raw(const std::string& library, const std::string& affix, int int_bits, std::string& problem);
    [[nodiscard]] bool usable() const { return dgemm_ != nullptr; }
    // C = A B, square, without padding.
    void dgemm(std::int64_t n, const double* a, const double* b, double* c) const;

  private:
    void* dgemm_ = nullptr;
    int int_bits_;
};

} // namespace check
