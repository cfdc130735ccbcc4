// SPDX-License-Identifier: Apache-2.0
// Products in more precision than any provider has: double for single precision, double-double
// (about 32 digits) for double precision.
#pragma once

#include "dense.h"
#include "double_double.h"

#include <complex>

namespace check {

// alpha * a * b
struct Term {
    std::complex<double> alpha;
    const Dense* a;
    const Dense* b;
};

// A column of sums in double-double, by the CPU's widest way.
class WideColumn {
  public:
    explicit WideColumn(std::int64_t n) : hi_(static_cast<std::size_t>(n)), lo_(hi_), size_(hi_) {}
    void add(const double* a, DoubleDouble b); // += a * b
    [[nodiscard]] DoubleDouble at(std::size_t i) const { return {hi_[i], lo_[i]}; }

  private:
    std::vector<double> hi_, lo_, size_;
};

// Which elements are compared; of large products `all` takes some rows and columns, `every` does
// not.
enum class Part : std::uint8_t { all, every, upper, lower };

// How far `got` is from sum(terms) + beta * c0: the largest over the elements of
//   |got - expected| / (eps * (sum |alpha| |a| |b| + |beta| |c0|)),
// as the reference BLAS's own tests measure it. Infinite when a NaN appears. Large products are
// compared in the first and last rows and columns and some between. c0 may be null (then beta = 0).
[[nodiscard]] double elementwise_ratio(const std::vector<Term>& terms, std::complex<double> beta,
                                       const Dense* c0, const Dense& got, double eps,
                                       Part part = Part::all);

// The norm of each column of sum(terms) - c, the sum in more precision than that of eps; every
// element. NaN stays NaN.
enum class Norm : std::uint8_t { one, two };
[[nodiscard]] std::vector<double> residual_columns(const std::vector<Term>& terms, const Dense& c,
                                                   double eps, Norm norm);
// The largest of them: norm1(sum(terms) - c).
[[nodiscard]] double residual_norm(const std::vector<Term>& terms, const Dense& c, double eps);

} // namespace check
