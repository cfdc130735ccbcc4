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

// The length of each column.
inline std::vector<double> lengths(const Dense& a) {
    std::vector<double> all;
    for (std::int64_t j = 0; j < a.cols; ++j) {
        double sum = 0.0;
        for (std::int64_t i = 0; i < a.rows; ++i)
            sum += a.re[a.at(i, j)] * a.re[a.at(i, j)] +
                   (a.complex() ? a.im[a.at(i, j)] * a.im[a.at(i, j)] : 0.0);
        all.push_back(std::sqrt(sum));
    }
    return all;
}

inline double worst(double a, double b) { return std::isnan(a) || a > b ? a : b; } // NaN wins

// max over the columns of |sum(terms) - c| / (sqrt(n) scale_j eps) in the 2-norm, scale_j being
// `scale`, or the length of c's column where it is 0. LAPACK's tests have n |c| in the 1-norm of
// the whole matrix instead, which is up to n times as much: a wrong element hides there.
template <class T>
double residual(const std::vector<Term>& terms, const Dense& c, std::int64_t n, double scale) {
    const auto rest = residual_columns(terms, c, kEps<T>, Norm::two);
    const auto size = lengths(c);
    double ratio = 0.0;
    for (std::size_t j = 0; j < rest.size(); ++j)
        ratio = worst(relative<T>(rest[j], std::sqrt(order(n)) * (scale > 0.0 ? scale : size[j])),
                      ratio);
    return ratio;
}

// max |Q^H Q - I| over the columns / (sqrt(n) eps), Q with orthonormal columns (or rows)
template <class T> double orthogonality(const Dense& q, std::int64_t n) {
    const bool tall = q.rows >= q.cols;
    const Dense other = apply('C', q);
    return residual<T>({{1.0, tall ? &other : &q, tall ? &q : &other}},
                       identity(std::min(q.rows, q.cols), is_complex<T>), n, 1.0);
}

// max over the columns of |op(A) x - b| / (|op(A)| |x| eps) in the 1-norm: the backward error of
// each solution, as LAPACK's xGET02 has it.
template <class T> double solution(const Dense& a, const Dense& x, const Dense& b) {
    const auto rest = residual_columns({{1.0, &a, &x}}, b, kEps<T>, Norm::one);
    const double size = norm1(a);
    double ratio = 0.0;
    for (std::int64_t j = 0; j < x.cols; ++j)
        ratio = worst(
            relative<T>(rest[static_cast<std::size_t>(j)], size * norm1(columns(x, j, 1))), ratio);
    return ratio;
}

// max over the columns of |A b - e| / (|A| |b| eps) in the 1-norm, B the inverse of A; where the
// factors are inverted by recursion it grows with n (LAPACK's get03 divides by n; ATLAS: 47 at
// 257).
template <class T> double inverse(const Dense& a, const Dense& b) {
    return solution<T>(a, b, identity(a.rows, is_complex<T>)) / std::max(1.0, order(a.rows) / 64.0);
}

// a with its columns multiplied by d.
template <class R> Dense scaled(Dense a, const std::vector<R>& d) {
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (std::int64_t i = 0; i < a.rows; ++i) {
            a.re[a.at(i, j)] *= static_cast<double>(d[static_cast<std::size_t>(j)]);
            if (a.complex())
                a.im[a.at(i, j)] *= static_cast<double>(d[static_cast<std::size_t>(j)]);
        }
    return a;
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
