// SPDX-License-Identifier: Apache-2.0
// BLAS 1: moves are exact, sums are compared with sums in more precision, norms do not overflow.
#include "cases.h"

namespace check {
namespace {

struct Steps {
    std::int64_t x, y;
};
constexpr Steps kSteps[] = {{1, 1}, {2, -1}, {-3, 1}, {-1, 2}, {3, 3}};

template <class T> bool equal(const T& a, const T& b) {
    return std::memcmp(&a, &b, sizeof(T)) == 0;
}

// Runs body(x, y, incx, incy) for every pair of increments on fresh vectors.
template <class T, class Body> void with_vectors(Probe& p, Body body) {
    for (const auto [incx, incy] : kSteps) {
        p.with("inc %d %d", int(incx), int(incy));
        auto x = Vector<T>::random(p.shape.m, incx, p.random, marker<T>());
        auto y = Vector<T>::random(p.shape.m, incy, p.random, marker<T>());
        const auto x0 = x, y0 = y;
        body(x, y);
        p.require(x.gaps_untouched(x0) && y.gaps_untouched(y0), "gaps were changed");
    }
}

template <class T> void swap(Probe& p) {
    with_vectors<T>(p, [&](auto& x, auto& y) {
        const auto x0 = x, y0 = y;
        p.status(routines<T>(p.backend).swap(x.n, x.data(), x.inc, y.data(), y.inc));
        for (std::int64_t i = 0; i < x.n; ++i)
            p.require(equal(x[i], y0[i]) && equal(y[i], x0[i]), "an element is wrong");
        p.ratio(0.0);
    });
}

template <class T> void copy(Probe& p) {
    with_vectors<T>(p, [&](auto& x, auto& y) {
        const auto x0 = x;
        p.status(routines<T>(p.backend).copy(x.n, x.data(), x.inc, y.data(), y.inc));
        for (std::int64_t i = 0; i < x.n; ++i)
            p.require(equal(y[i], x0[i]), "an element is wrong");
        p.require(x.same_bytes(x0), "an input was changed");
        p.ratio(0.0);
    });
}

template <class T> void scal(Probe& p) {
    with_vectors<T>(p, [&](auto& x, auto&) {
        if (x.inc < 0)
            return; // the reference does nothing, others scale
        const T alpha = make<T>(0.7, -0.9);
        Dense before = x.column(), nothing(x.n, 1, is_complex<T>);
        p.status(routines<T>(p.backend).scal(x.n, &alpha, x.data(), x.inc));
        p.ratio(elementwise_ratio({}, {real_part(alpha), imag_part(alpha)}, &before, x.column(),
                                  kEps<T>));
    });
}

template <class T> void axpy(Probe& p) {
    with_vectors<T>(p, [&](auto& x, auto& y) {
        const T alpha = make<T>(0.7, -0.9);
        const auto x0 = x;
        const Dense dx = x.column(), before = y.column(), one = identity(1, false);
        p.status(routines<T>(p.backend).axpy(x.n, &alpha, x.data(), x.inc, y.data(), y.inc));
        p.require(x.same_bytes(x0), "an input was changed");
        p.ratio(elementwise_ratio({{{real_part(alpha), imag_part(alpha)}, &dx, &one}}, 1.0, &before,
                                  y.column(), kEps<T>));
    });
}

template <class T> void dot(Probe& p, bool conjugates) {
    with_vectors<T>(p, [&](auto& x, auto& y) {
        const auto& r = routines<T>(p.backend);
        Matrix<T> result(1, 1, 0, not_a_number<T>());
        p.status(
            (conjugates ? r.dotc : r.dotu)(x.n, x.data(), x.inc, y.data(), y.inc, result.data()));
        const Dense dx = apply(conjugates ? 'C' : 'T', x.column()), dy = y.column();
        p.ratio(elementwise_ratio({{1.0, &dx, &dy}}, 0.0, nullptr, result.dense(), kEps<T>));
    });
}
template <class T> void dotu(Probe& p) { dot<T>(p, false); }
template <class T> void dotc(Probe& p) { dot<T>(p, true); }

// A sum of n positive numbers: a provider that adds them one by one is off by about sqrt(n)
// roundings, and that is allowed.
template <class T> void compare(Probe& p, double got, long double expected) {
    const long double unit = static_cast<long double>(kEps<T>) * std::abs(expected) *
                             std::sqrt(static_cast<long double>(p.shape.m));
    const long double error = std::abs(static_cast<long double>(got) - expected);
    p.ratio(error == 0.0L ? 0.0 : static_cast<double>(error / unit));
}

template <class T> void nrm2(Probe& p) {
    for (const double scale : {1.0, static_cast<double>(std::numeric_limits<Real<T>>::max()) / 1e5,
                               static_cast<double>(std::numeric_limits<Real<T>>::min()) * 1e3})
        for (const std::int64_t inc : {1, 2}) {
            if (scale != 1.0 && p.shape.m > 600)
                continue; // the norm itself would overflow
            p.with("inc %d scale %g", int(inc), scale);
            auto x = Vector<T>::random(p.shape.m, inc, p.random, marker<T>());
            long double sum = 0.0L;
            for (std::int64_t i = 0; i < x.n; ++i) {
                x[i] = make<T>(real_part(x[i]) * scale, imag_part(x[i]) * scale);
                const long double re = static_cast<long double>(real_part(x[i]) / scale),
                                  im = static_cast<long double>(imag_part(x[i]) / scale);
                sum += re * re + im * im;
            }
            Real<T> got = std::numeric_limits<Real<T>>::quiet_NaN();
            p.status(routines<T>(p.backend).nrm2(x.n, x.data(), inc, &got));
            compare<T>(p, static_cast<double>(got) / scale, std::sqrt(sum));
        }
}

template <class T> void asum(Probe& p) {
    for (const std::int64_t inc : {1, 3}) {
        p.with("inc %d", int(inc));
        const auto x = Vector<T>::random(p.shape.m, inc, p.random, marker<T>());
        long double sum = 0.0L;
        for (std::int64_t i = 0; i < x.n; ++i)
            sum += std::abs(static_cast<long double>(real_part(x[i]))) +
                   std::abs(static_cast<long double>(imag_part(x[i])));
        Real<T> got = std::numeric_limits<Real<T>>::quiet_NaN();
        p.status(routines<T>(p.backend).asum(x.n, x.data(), inc, &got));
        compare<T>(p, static_cast<double>(got), sum);
    }
}

// The first of the largest |re| + |im|, counted from 1.
template <class T> void iamax(Probe& p) {
    for (const std::int64_t inc : {1, 2})
        for (std::int64_t peak : {std::int64_t(0), p.shape.m / 2, p.shape.m - 1}) {
            p.with("inc %d peak at %d", int(inc), int(peak));
            auto x = Vector<T>::random(p.shape.m, inc, p.random, marker<T>());
            if (peak >= 0 && peak < x.n)
                x[peak] = x[x.n - 1] = make<T>(-3.0, 1.0); // twice: the first counts
            std::int64_t got = -7;
            p.status(routines<T>(p.backend).iamax(x.n, x.data(), inc, &got));
            p.require(got == (x.n == 0 ? 0 : peak + 1), "index " + std::to_string(got));
            p.ratio(0.0);
        }
}

} // namespace

const std::vector<Case>& blas1_cases() {
    static const std::vector<Case> cases = {
        ROW(swap, 0, Shapes::vectors),  ROW(copy, 0, Shapes::vectors),
        ROW(scal, 16, Shapes::vectors), ROW(axpy, 16, Shapes::vectors),
        ROW(dotu, 16, Shapes::vectors), ROW(dotc, 16, Shapes::vectors),
        ROW(nrm2, 16, Shapes::vectors), ROW(asum, 16, Shapes::vectors),
        ROW(iamax, 0, Shapes::vectors),
    };
    return cases;
}

} // namespace check
