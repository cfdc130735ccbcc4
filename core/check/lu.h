// SPDX-License-Identifier: Apache-2.0
// What getrf's row exchanges mean, and what they must have been.
#pragma once

#include "dense.h"
#include "probe.h"

#include <algorithm>
#include <cmath>

namespace check {

using Pivots = std::vector<std::int64_t>;

inline Pivots pivots(std::int64_t n) {
    return Pivots(static_cast<std::size_t>(std::max<std::int64_t>(1, n)), -1);
}

// P^T A: the row exchanges of getrf, applied in order.
inline Dense exchange(Dense a, const Pivots& ipiv, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        const auto other = ipiv[static_cast<std::size_t>(i)] - 1;
        if (other < 0 || other >= a.rows)
            return Dense(a.rows, a.cols, a.complex());
        for (std::int64_t j = 0; other != i && j < a.cols; ++j) {
            std::swap(a.re[a.at(i, j)], a.re[a.at(other, j)]);
            if (a.complex())
                std::swap(a.im[a.at(i, j)], a.im[a.at(other, j)]);
        }
    }
    return a;
}

// Each pivot is a row below, and |L| <= 1: the largest of its column was the pivot.
inline void require_partial_pivoting(Probe& p, const Dense& l, const Pivots& ipiv,
                                     std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i)
        p.require(ipiv[static_cast<std::size_t>(i)] > i &&
                      ipiv[static_cast<std::size_t>(i)] <= l.rows,
                  "a pivot is not a row below");
    bool small = true; // the largest by |re| + |im|, so a complex quotient may reach sqrt(2)
    for (std::size_t e = 0; e < l.re.size(); ++e)
        small = small &&
                std::hypot(l.re[e], l.complex() ? l.im[e] : 0.0) <= (l.complex() ? 1.4143 : 1.0001);
    p.require(small, "|L| is too large: rows were not exchanged for the largest");
}

} // namespace check
