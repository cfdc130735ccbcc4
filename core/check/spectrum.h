// SPDX-License-Identifier: Apache-2.0
// Matrices of known singular values or eigenvalues, as LAPACK's own generators (xLATMS) make them:
// a given spectrum between random orthogonal (unitary) factors, well and ill conditioned, graded,
// and scaled to near underflow and overflow.
#pragma once

#include "matrix.h"

namespace check {

enum class Kind : std::uint8_t {
    arithmetic,  // 1 down to 1/2 in equal steps: well conditioned
    geometric,   // 1 down to the reciprocal condition number in equal quotients
    one_large,   // 1, the others the reciprocal
    one_small,   // 1 but for the last
    equal,       // all 1: an orthogonal matrix
    graded,      // arithmetic, then column j times 2^-j (at most 2^-20)
    nearly_zero, // arithmetic, near underflow
    nearly_inf,  // arithmetic, near overflow
};
inline constexpr Kind kKinds[] = {Kind::arithmetic,  Kind::geometric, Kind::one_large,
                                  Kind::one_small,   Kind::equal,     Kind::graded,
                                  Kind::nearly_zero, Kind::nearly_inf};
inline constexpr const char* kKindNames[] = {"arithmetic",     "geometric",    "one large",
                                             "one small",      "equal",        "graded",
                                             "near underflow", "near overflow"};
inline const char* text(Kind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

// n falling values from 1 down to 1 / condition.
[[nodiscard]] std::vector<double> spectrum(Kind kind, std::int64_t n, double condition);

// Random rotations of pairs of rows, rounds enough for every row to reach every other: an
// orthogonal (unitary) factor on the left. The same state of `source` gives the same factor.
void rotate_rows(Dense& a, Random source);

// U diag(values) V^H, m x n.
[[nodiscard]] Dense between_rotations(std::int64_t m, std::int64_t n,
                                      const std::vector<double>& values, bool complex,
                                      Random& source);
// Q diag(values) Q^H, exactly hermitian.
[[nodiscard]] Dense hermitian_of(const std::vector<double>& values, bool complex, Random& source);

// The exponent of two by which the type's numbers of a kind are scaled.
template <class T> int exponent_of(Kind kind) {
    constexpr int range =
        -std::numeric_limits<Real<T>>::min_exponent - std::numeric_limits<Real<T>>::digits - 2;
    return kind == Kind::nearly_zero ? -range : kind == Kind::nearly_inf ? range : 0;
}

// a as the type holds it, times 2^exponent.
template <class T> Matrix<T> scaled_up(Dense a, int exponent, std::int64_t extra, T padding) {
    for (auto* part : {&a.re, &a.im})
        for (auto& value : *part)
            value = std::ldexp(value, exponent);
    return Matrix<T>::of(a, extra, padding);
}
// The numbers of a matrix of the type times 2^-exponent.
template <class T> Dense scaled_down(const Matrix<T>& a, int exponent) {
    Dense d = a.dense();
    for (auto* part : {&d.re, &d.im})
        for (auto& value : *part)
            value = std::ldexp(value, -exponent);
    return d;
}

// The kinds for a case: all for small shapes, for others two, for large ones one of the eight, so
// that every kind is met at any four (eight) consecutive shapes. A full run takes all of middling
// ones, two above 200 and one above 300.
[[nodiscard]] inline bool takes_kind(Kind kind, std::int64_t size, unsigned turn, bool full) {
    const unsigned few = size <= 9 ? 1u : size <= 70 ? 4u : 8u;
    const unsigned many = size <= 200 ? 1u : size <= 300 ? 4u : 8u;
    const unsigned of = full ? many : few;
    return (static_cast<unsigned>(kind) + turn) % of == 0;
}

} // namespace check
