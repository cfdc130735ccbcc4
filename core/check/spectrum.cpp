// SPDX-License-Identifier: Apache-2.0
#include "spectrum.h"

#include "dense.h"

#include <numeric>

namespace check {

std::vector<double> spectrum(Kind kind, std::int64_t n, double condition) {
    std::vector<double> d(static_cast<std::size_t>(n), 1.0);
    const double last = static_cast<double>(std::max<std::int64_t>(1, n - 1));
    for (std::size_t i = 0; i < d.size(); ++i) {
        const double part = static_cast<double>(i) / last;
        if (kind == Kind::geometric)
            d[i] = std::pow(condition, -part);
        else if (kind == Kind::one_large)
            d[i] = i == 0 ? 1.0 : 1.0 / condition;
        else if (kind == Kind::one_small)
            d[i] = i + 1 == d.size() && n > 1 ? 1.0 / condition : 1.0;
        else if (kind != Kind::equal)
            d[i] = 1.0 - part / 2.0;
    }
    return d;
}

namespace {

struct Rotation {
    std::int64_t first, second;
    double c, re, im; // first' = c first + s second, second' = -conj(s) first + c second
};

std::vector<Rotation> round_of(std::int64_t n, bool complex, Random& source) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[source.bits() % i]);
    std::vector<Rotation> all;
    for (std::size_t i = 0; i + 1 < order.size(); i += 2) {
        const double angle = 3.141592653589793 * source.next();
        const double phase = complex ? 3.141592653589793 * source.next() : 0.0;
        all.push_back({order[i], order[i + 1], std::cos(angle), std::sin(angle) * std::cos(phase),
                       std::sin(angle) * std::sin(phase)});
    }
    return all;
}

void turn_rows(Dense& a, const std::vector<Rotation>& rotations) {
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (const auto& [first, second, c, re, im] : rotations) {
            const auto p = a.at(first, j), q = a.at(second, j);
            const double xr = a.re[p], yr = a.re[q];
            if (!a.complex()) {
                a.re[p] = c * xr + re * yr;
                a.re[q] = c * yr - re * xr;
                continue;
            }
            const double xi = a.im[p], yi = a.im[q];
            a.re[p] = c * xr + re * yr - im * yi;
            a.im[p] = c * xi + re * yi + im * yr;
            a.re[q] = c * yr - (re * xr + im * xi);
            a.im[q] = c * yi - (re * xi - im * xr);
        }
}

} // namespace

void rotate_rows(Dense& a, Random source) {
    source.whole(0.0);
    int rounds = 3;
    for (auto n = a.rows; n > 1; n /= 2)
        ++rounds;
    for (int i = 0; i < rounds; ++i)
        turn_rows(a, round_of(a.rows, a.complex(), source));
}

Dense between_rotations(std::int64_t m, std::int64_t n, const std::vector<double>& values,
                        bool complex, Random& source) {
    Dense a(m, n, complex);
    for (std::size_t i = 0; i < values.size(); ++i)
        a.re[a.at(static_cast<std::int64_t>(i), static_cast<std::int64_t>(i))] = values[i];
    rotate_rows(a, Random(source.bits()));
    Dense t = apply('C', a);
    rotate_rows(t, Random(source.bits()));
    return apply('C', t);
}

Dense hermitian_of(const std::vector<double>& values, bool complex, Random& source) {
    const auto n = static_cast<std::int64_t>(values.size());
    Dense a(n, n, complex);
    for (std::int64_t i = 0; i < n; ++i)
        a.re[a.at(i, i)] = values[static_cast<std::size_t>(i)];
    const Random same(source.bits());
    rotate_rows(a, same);
    a = apply('C', a);
    rotate_rows(a, same);
    for (std::int64_t j = 0; j < n; ++j) {
        for (std::int64_t i = 0; i < j; ++i) {
            a.re[a.at(j, i)] = a.re[a.at(i, j)];
            if (complex)
                a.im[a.at(j, i)] = -a.im[a.at(i, j)];
        }
        if (complex)
            a.im[a.at(j, j)] = 0.0;
    }
    return a;
}

} // namespace check
