// SPDX-License-Identifier: Apache-2.0
// The reference's own matrices: full, column-major, real and imaginary parts apart, in double
// (which holds every element type exactly).
#pragma once

#include <cstdint>
#include <vector>

namespace check {

struct Dense {
    std::int64_t rows = 0, cols = 0;
    std::vector<double> re, im; // im is empty for real matrices

    Dense() = default;
    Dense(std::int64_t m, std::int64_t n, bool with_imaginary)
        : rows(m), cols(n), re(count(m, n)), im(with_imaginary ? count(m, n) : 0) {}

    [[nodiscard]] bool complex() const { return !im.empty(); }
    [[nodiscard]] std::size_t at(std::int64_t i, std::int64_t j) const {
        return static_cast<std::size_t>(i + j * rows);
    }
    void set(std::int64_t i, std::int64_t j, double a, double b) {
        re[at(i, j)] = a;
        if (complex())
            im[at(i, j)] = b;
    }

    [[nodiscard]] static std::size_t count(std::int64_t m, std::int64_t n) {
        return static_cast<std::size_t>(m) * static_cast<std::size_t>(n);
    }
};

// op(a): N, T (transposed) or C (transposed and conjugated); R: conjugated only.
[[nodiscard]] Dense apply(char op, const Dense& a);
[[nodiscard]] Dense identity(std::int64_t n, bool complex);
[[nodiscard]] Dense columns(const Dense& a, std::int64_t first, std::int64_t count);
[[nodiscard]] double norm1(const Dense& a); // the largest column sum of |a|

} // namespace check
