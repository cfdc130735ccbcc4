// SPDX-License-Identifier: Apache-2.0
// Residual ratios in the form of LAPACK's own test programs, the products in more precision.
#pragma once

#include "matrix.h"
#include "probe.h"
#include "structured.h"

namespace check {

inline double order(std::int64_t n) { return static_cast<double>(std::max<std::int64_t>(1, n)); }

// residual / (scale eps), where 0 / 0 is 0.
template <class T> double relative(double residual, double scale) {
    return residual == 0.0 ? 0.0 : residual / (scale * kEps<T>);
}

// |sum(terms) - c| / (n |c| eps)
template <class T> double residual(const std::vector<Term>& terms, const Dense& c, std::int64_t n) {
    return relative<T>(residual_norm(terms, c, kEps<T>), order(n) * norm1(c));
}

// |Q^H Q - I| / (n eps), Q with orthonormal columns (or rows)
template <class T> double orthogonality(const Dense& q, std::int64_t n) {
    const bool tall = q.rows >= q.cols;
    const Dense other = apply('C', q);
    return relative<T>(residual_norm({{1.0, tall ? &other : &q, tall ? &q : &other}},
                                     identity(std::min(q.rows, q.cols), is_complex<T>), kEps<T>),
                       order(n));
}

// |op(A) X - B| / (n |A| |X| eps): the backward error of a solution.
template <class T> double solution(const Dense& a, const Dense& x, const Dense& b) {
    return relative<T>(residual_norm({{1.0, &a, &x}}, b, kEps<T>),
                       order(a.rows) * norm1(a) * norm1(x));
}

// |A B - I| / (n |A| |B| eps)
template <class T> double inverse(const Dense& a, const Dense& b) {
    return relative<T>(residual_norm({{1.0, &a, &b}}, identity(a.rows, is_complex<T>), kEps<T>),
                       order(a.rows) * norm1(a) * norm1(b));
}

// The upper triangle (or trapezoid) of the first `rows` rows.
inline Dense upper_part(const Dense& a, std::int64_t rows) {
    Dense r(rows, a.cols, a.complex());
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (std::int64_t i = 0; i < std::min(rows, j + 1); ++i)
            r.set(i, j, a.re[a.at(i, j)], a.complex() ? a.im[a.at(i, j)] : 0.0);
    return r;
}

// The lower trapezoid of the first `cols` columns, with ones on the diagonal when `unit`.
inline Dense lower_part(const Dense& a, std::int64_t cols, bool unit) {
    Dense l(a.rows, cols, a.complex());
    for (std::int64_t j = 0; j < cols; ++j)
        for (std::int64_t i = j; i < a.rows; ++i)
            l.set(i, j, unit && i == j ? 1.0 : a.re[a.at(i, j)],
                  a.complex() && !(unit && i == j) ? a.im[a.at(i, j)] : 0.0);
    return l;
}

// A hermitian positive definite matrix, not too badly conditioned.
template <class T> Matrix<T> positive_definite(std::int64_t n, std::int64_t extra, Random& source) {
    auto a = Matrix<T>::random(n, n, extra, source, marker<T>());
    for (std::int64_t j = 0; j < n; ++j) {
        for (std::int64_t i = 0; i < j; ++i)
            a(i, j) = make<T>(real_part(a(j, i)), -imag_part(a(j, i)));
        a(j, j) = make<T>(order(n) + real_part(a(j, j)), 0.0);
    }
    return a;
}

} // namespace check
