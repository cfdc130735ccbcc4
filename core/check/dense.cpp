// SPDX-License-Identifier: Apache-2.0
#include "dense.h"

#include <algorithm>
#include <cmath>

namespace check {

Dense apply(char op, const Dense& a) {
    if (op == 'N')
        return a;
    const double sign = op == 'C' || op == 'R' ? -1.0 : 1.0;
    const bool turned = op != 'R';
    Dense b(turned ? a.cols : a.rows, turned ? a.rows : a.cols, a.complex());
    constexpr std::int64_t tile = 16; // both sides of a transposition stay in the cache
    const auto part = [&](const std::vector<double>& from, std::vector<double>& to, double factor) {
        for (std::int64_t first = 0; first < a.cols; first += tile)
            for (std::int64_t i = 0; i < a.rows; ++i)
                for (std::int64_t j = first; j < std::min(a.cols, first + tile); ++j)
                    to[turned ? b.at(j, i) : b.at(i, j)] = factor * from[a.at(i, j)];
    };
    part(a.re, b.re, 1.0);
    if (a.complex())
        part(a.im, b.im, sign);
    return b;
}

Dense identity(std::int64_t n, bool complex) {
    Dense a(n, n, complex);
    for (std::int64_t i = 0; i < n; ++i)
        a.set(i, i, 1.0, 0.0);
    return a;
}

Dense columns(const Dense& a, std::int64_t first, std::int64_t count) {
    Dense b(a.rows, count, a.complex());
    for (std::int64_t j = 0; j < count; ++j)
        for (std::int64_t i = 0; i < a.rows; ++i)
            b.set(i, j, a.re[a.at(i, first + j)], a.complex() ? a.im[a.at(i, first + j)] : 0.0);
    return b;
}

double norm1(const Dense& a) {
    double largest = 0.0;
    for (std::int64_t j = 0; j < a.cols; ++j) {
        double sum = 0.0;
        for (std::int64_t i = 0; i < a.rows; ++i)
            sum += a.complex() ? std::hypot(a.re[a.at(i, j)], a.im[a.at(i, j)])
                               : std::abs(a.re[a.at(i, j)]);
        if (std::isnan(sum))
            return sum;
        largest = std::max(largest, sum);
    }
    return largest;
}

} // namespace check
