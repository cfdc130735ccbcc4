// SPDX-License-Identifier: Apache-2.0
// Products of whole numbers, so small that no partial sum is ever rounded, in whatever order and
// grouping it is formed: a right result is exact to the last bit, every element of it, so there is
// no tolerance in which a wrong element could hide.
//
// Each row is compared without forming the product: R x and alpha A (B x) + beta C x for one vector
// x of random odd numbers, in whole numbers modulo 2^64. One wrong element in a row always shows,
// for its error times an odd number is not 0 modulo 2^64; several cancel with a probability below
// 2^-10 even if each error is a multiple of 2^50. So m n + m k + k n multiplications see
// everything that m n k would.
#pragma once

#include "matrix.h"
#include "wide.h"

namespace check {

using Complex = std::complex<double>;

// The largest whole numbers for which a sum of `terms` times k products, times a scalar whose parts
// add up to 4 at most, plus such a multiple of c, stays whole in T. Complex products are counted
// four times, so that three real products may stand for one complex product.
template <class T> struct Limits {
    double a, b, c, equal; // a is the greater factor; `equal`: of both when they are one

    explicit Limits(std::int64_t k, double terms = 1.0) {
        constexpr int digits = std::min(std::numeric_limits<Real<T>>::digits, 50);
        const double half = std::ldexp(1.0, digits - 1);
        const double product =
            half / (4.0 * terms * (is_complex<T> ? 4.0 : 1.0) * static_cast<double>(k + 1));
        b = std::floor(std::cbrt(product));
        a = std::floor(product / b);
        c = half / 16.0;
        equal = std::floor(std::sqrt(product));
    }
};

// What is wrong with `got` as sum(terms) + beta * c0, all of them whole numbers: empty, or the
// first wrong row with an element that is wrong. c0 may be null.
[[nodiscard]] std::string exact_difference(const std::vector<Term>& terms, Complex beta,
                                           const Dense* c0, const Dense& got, Random& source);

// a * b times alpha for whole numbers, by the plain sums.
[[nodiscard]] Dense exact_product(Complex alpha, const Dense& a, const Dense& b);

// Where `got` is not `expected`: empty, or the first element.
[[nodiscard]] std::string first_difference(const Dense& expected, const Dense& got);

// The whole matrix of a triangle: the other half is its transpose, conjugated when hermitian.
[[nodiscard]] Dense mirrored(const Dense& a, char uplo, bool hermitian);

} // namespace check
