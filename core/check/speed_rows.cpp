// SPDX-License-Identifier: Apache-2.0
#include "speed_rows.h"

#include "residuals.h"

#include <memory>

namespace check {
namespace {

// Operands live as long as the closures that use them.
template <class T> auto matrix(std::int64_t m, std::int64_t n, unsigned seed) {
    Random random(seed);
    return std::make_shared<Matrix<T>>(Matrix<T>::random(m, n, 0, random, T(0)));
}
template <class T> auto vector(std::int64_t n, unsigned seed) {
    Random random(seed);
    return std::make_shared<Vector<T>>(Vector<T>::random(n, 1, random, T(0)));
}
// Triangles and systems that stay harmless however often they are solved.
template <class T> auto dominant(std::int64_t n, unsigned seed) {
    auto a = matrix<T>(n, n, seed);
    for (std::int64_t i = 0; i < n; ++i)
        (*a)(i, i) = T(Real<T>(2 * n));
    return a;
}
template <class T> auto definite(std::int64_t n, unsigned seed) {
    Random random(seed);
    return std::make_shared<Matrix<T>>(positive_definite<T>(n, 0, random));
}
template <class T>
Timed again(std::shared_ptr<Matrix<T>> work, std::function<std::int64_t()> call) {
    return {std::move(call), [work, kept = *work] { *work = kept; }};
}

template <class T> Timed gemm(const trivet_backend& backend, std::int64_t n) {
    auto a = matrix<T>(n, n, 1), b = matrix<T>(n, n, 2), c = matrix<T>(n, n, 3);
    return {[=, &backend] {
        const T one = T(1), none = T(0);
        return routines<T>(backend).gemm('N', 'N', n, n, n, &one, a->data(), n, b->data(), n, &none,
                                         c->data(), n);
    }};
}
template <class T> Timed gemm_tt(const trivet_backend& backend, std::int64_t n) {
    auto a = matrix<T>(n, n, 1), b = matrix<T>(n, n, 2), c = matrix<T>(n, n, 3);
    return {[=, &backend] {
        const T one = T(1), none = T(0);
        return routines<T>(backend).gemm('T', 'T', n, n, n, &one, a->data(), n, b->data(), n, &none,
                                         c->data(), n);
    }};
}
template <class T> Timed syrk(const trivet_backend& backend, std::int64_t n) {
    auto a = matrix<T>(n, n, 1), c = matrix<T>(n, n, 3);
    return {[=, &backend] {
        const T one = T(1), none = T(0);
        return routines<T>(backend).syrk('L', 'N', n, n, &one, a->data(), n, &none, c->data(), n);
    }};
}
template <class T> Timed trsm(const trivet_backend& backend, std::int64_t n) {
    auto a = dominant<T>(n, 1), b = matrix<T>(n, n, 2);
    return again<T>(b, [=, &backend] {
        const T one = T(1);
        return routines<T>(backend).trsm('L', 'L', 'N', 'N', n, n, &one, a->data(), n, b->data(),
                                         n);
    });
}
template <class T> Timed gemv(const trivet_backend& backend, std::int64_t n) {
    auto a = matrix<T>(n, n, 1);
    auto x = vector<T>(n, 2), y = vector<T>(n, 3);
    return {[=, &backend] {
        const T one = T(1), none = T(0);
        return routines<T>(backend).gemv('T', n, n, &one, a->data(), n, x->data(), 1, &none,
                                         y->data(), 1);
    }};
}
template <class T> Timed dotc(const trivet_backend& backend, std::int64_t n) {
    auto x = vector<T>(n, 1), y = vector<T>(n, 2);
    return {[=, &backend] {
        T result{};
        return routines<T>(backend).dotc(n, x->data(), 1, y->data(), 1, &result);
    }};
}
template <class T> Timed axpy(const trivet_backend& backend, std::int64_t n) {
    auto x = vector<T>(n, 1), y = vector<T>(n, 2);
    return {[=, &backend] {
        const T alpha = T(Real<T>(1e-9));
        return routines<T>(backend).axpy(n, &alpha, x->data(), 1, y->data(), 1);
    }};
}
template <class T> Timed potrf(const trivet_backend& backend, std::int64_t n) {
    auto a = definite<T>(n, 1);
    return again<T>(a, [=, &backend] { return routines<T>(backend).potrf('L', n, a->data(), n); });
}
template <class T> Timed getrf(const trivet_backend& backend, std::int64_t n) {
    auto a = matrix<T>(n, n, 1);
    auto pivots = std::make_shared<std::vector<std::int64_t>>(static_cast<std::size_t>(n));
    return again<T>(a, [=, &backend] {
        return routines<T>(backend).getrf(n, n, a->data(), n, pivots->data());
    });
}
template <class T> Timed geqrf(const trivet_backend& backend, std::int64_t n) {
    auto a = matrix<T>(n, n, 1);
    auto tau = vector<T>(n, 2);
    return again<T>(
        a, [=, &backend] { return routines<T>(backend).geqrf(n, n, a->data(), n, tau->data()); });
}
template <class T> Timed gesdd(const trivet_backend& backend, std::int64_t n) {
    auto a = matrix<T>(n, n, 1), u = matrix<T>(n, n, 2), vt = matrix<T>(n, n, 3);
    auto s = std::make_shared<std::vector<Real<T>>>(static_cast<std::size_t>(n));
    return again<T>(a, [=, &backend] {
        return routines<T>(backend).gesdd('A', n, n, a->data(), n, s->data(), u->data(), n,
                                          vt->data(), n);
    });
}
template <class T> Timed heevd(const trivet_backend& backend, std::int64_t n) {
    auto a = definite<T>(n, 1);
    auto w = std::make_shared<std::vector<Real<T>>>(static_cast<std::size_t>(n));
    return again<T>(a, [=, &backend] {
        return routines<T>(backend).heevd('V', 'L', n, a->data(), n, w->data());
    });
}

#define ROUTINE(name) {name<float>, name<double>, name<C>, name<Z>}

} // namespace

// Operation counts as LAPACK's own timing programs count them; gesdd and heevd: reduction and the
// way back of the vectors. `least` is at most 0.4 of the smallest part that was measured over
// OpenBLAS, MKL, BLIS, ATLAS and Netlib. The first row is gemm, at a size that floors hold for.
const std::vector<SpeedRow>& speed_rows() {
    using Of = SpeedRow::Of;
    static const std::vector<SpeedRow> rows = {
        {"gemm",
         {2.0, 3, 4.0, 2},
         Of::gemm,
         0.30,
         false,
         {512, 64},
         {512, 1024, 64, 128, 256},
         kTypes,
         ROUTINE(gemm)},
        {"gemm", {2.0, 3, 4.0, 2}, Of::gemm, 0.30, false, {1100}, {1200}, "d", ROUTINE(gemm)},
        {"gemm_tt",
         {2.0, 3, 4.0, 2},
         Of::gemm,
         0.30,
         false,
         {192},
         {64, 192, 700},
         kTypes,
         ROUTINE(gemm_tt)},
        {"syrk",
         {1.0, 3, 2.0, 2},
         Of::gemm,
         0.15,
         false,
         {256},
         {64, 256, 1024},
         kTypes,
         ROUTINE(syrk)},
        {"trsm",
         {1.0, 3, 3.0, 2},
         Of::gemm,
         0.20,
         false,
         {256},
         {64, 256, 1024},
         kTypes,
         ROUTINE(trsm)},
        {"gemv",
         {2.0, 2, 1.0, 2},
         Of::limit,
         0.02,
         false,
         {1024},
         {64, 256, 2048},
         kTypes,
         ROUTINE(gemv)},
        {"dotc",
         {2.0, 1, 2.0, 1},
         Of::limit,
         0.04,
         false,
         {400000},
         {1000, 100000, 4000000},
         kTypes,
         ROUTINE(dotc)},
        {"axpy",
         {2.0, 1, 3.0, 1},
         Of::limit,
         0.10,
         false,
         {400000},
         {1000, 100000, 4000000},
         kTypes,
         ROUTINE(axpy)},
        {"potrf",
         {1.0 / 3, 3, 2.0, 2},
         Of::gemm,
         0.015,
         true,
         {256},
         {64, 256, 1024},
         kTypes,
         ROUTINE(potrf)},
        {"getrf",
         {2.0 / 3, 3, 2.0, 2},
         Of::gemm,
         0.08,
         true,
         {256},
         {64, 256, 1024},
         kTypes,
         ROUTINE(getrf)},
        {"geqrf",
         {4.0 / 3, 3, 2.0, 2},
         Of::gemm,
         0.12,
         true,
         {256},
         {64, 256, 1024},
         kTypes,
         ROUTINE(geqrf)},
        {"gesdd",
         {20.0 / 3, 3, 4.0, 2},
         Of::gemm,
         0.04,
         true,
         {96},
         {64, 128, 384},
         kTypes,
         ROUTINE(gesdd)},
        {"heevd",
         {10.0 / 3, 3, 3.0, 2},
         Of::gemm,
         0.03,
         true,
         {96},
         {64, 128, 384},
         kTypes,
         ROUTINE(heevd)},
    };
    return rows;
}

} // namespace check
