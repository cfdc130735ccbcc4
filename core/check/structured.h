// SPDX-License-Identifier: Apache-2.0
// Symmetric, hermitian and triangular inputs: what a routine must not read is NaN.
#pragma once

#include "matrix.h"

namespace check {

enum class Form : std::uint8_t { symmetric, hermitian, triangular };

inline bool in_triangle(char uplo, std::int64_t i, std::int64_t j) {
    return uplo == 'U' ? i <= j : i >= j;
}

// A random n x n input of one form; triangles that are solved with are well conditioned. Not to be
// read: the other triangle, the padding, the imaginary diagonal of a hermitian, the diagonal of a
// unit triangle.
template <class T>
Matrix<T> structured(Form form, char uplo, char diag, std::int64_t n, std::int64_t extra,
                     Random& source, bool solves = false) {
    auto a = Matrix<T>::random(n, n, extra, source, not_a_number<T>());
    const auto shrink = static_cast<Real<T>>(solves ? 1.0 / static_cast<double>(n) : 1.0);
    for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t i = 0; i < n; ++i) {
            if (!in_triangle(uplo, i, j))
                a(i, j) = not_a_number<T>();
            else if (form == Form::triangular)
                a(i, j) = i != j        ? a(i, j) * shrink
                          : diag == 'U' ? not_a_number<T>()
                          : solves ? make<T>(1.0 + 0.5 * real_part(a(i, j)), imag_part(a(i, j)))
                                   : a(i, j);
            else if (form == Form::hermitian && i == j)
                a(i, j) = make<T>(real_part(a(i, j)), imag_part(not_a_number<T>()));
        }
    return a;
}

// A triangle of whole numbers up to 3 that is solved with exactly, whether by substitution or with
// the inverse of a part of it: D + N with D of +-1, +-2 (times i) and N N = 0, because N leads from
// one random half of the numbers to the other; so (D + N)^-1 = D^-1 - D^-1 N D^-1.
template <class T>
Matrix<T> solved_exactly(char uplo, char diag, std::int64_t n, std::int64_t extra, Random& source) {
    source.whole(3.0);
    auto a = Matrix<T>::random(n, n, extra, source, not_a_number<T>());
    std::vector<bool> half(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < half.size(); ++i)
        half[i] = source.bits() % 2 == 0;
    for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t i = 0; i < n; ++i)
            if (!in_triangle(uplo, i, j) || (i == j && diag == 'U'))
                a(i, j) = not_a_number<T>();
            else if (i == j) {
                const double d = (source.bits() % 2 ? 1.0 : 2.0) * (source.bits() % 2 ? 1.0 : -1.0);
                const bool turned = is_complex<T> && source.bits() % 2 == 0;
                a(i, j) = turned ? make<T>(0.0, d) : make<T>(d, 0.0);
            } else if (!half[static_cast<std::size_t>(i)] || half[static_cast<std::size_t>(j)])
                a(i, j) = T(0);
    return a;
}

// The whole matrix that the stored triangle stands for.
template <class T> Dense whole(const Matrix<T>& a, Form form, char uplo, char diag) {
    Dense d(a.rows, a.cols, is_complex<T>);
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (std::int64_t i = 0; i < a.rows; ++i) {
            const bool stored = in_triangle(uplo, i, j);
            const T value = stored ? a(i, j) : a(j, i);
            const double re = real_part(value), im = imag_part(value);
            if (i == j)
                d.set(i, j, form == Form::triangular && diag == 'U' ? 1.0 : re,
                      form == Form::hermitian || (form == Form::triangular && diag == 'U') ? 0.0
                                                                                           : im);
            else if (form == Form::triangular)
                d.set(i, j, stored ? re : 0.0, stored ? im : 0.0);
            else
                d.set(i, j, re, form == Form::hermitian && !stored ? -im : im);
        }
    return d;
}

} // namespace check
