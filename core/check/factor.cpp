// SPDX-License-Identifier: Apache-2.0
// LU, Cholesky, triangles, QR and LQ by residual ratios; padding and inputs are watched.
#include "cases.h"

#include "residuals.h"

namespace check {
namespace {

using Pivots = std::vector<std::int64_t>;

Pivots pivots(std::int64_t n) {
    return Pivots(static_cast<std::size_t>(std::max<std::int64_t>(1, n)), -1);
}

// P^T A: the row exchanges of getrf, applied in order.
Dense exchange(Dense a, const Pivots& ipiv, std::int64_t count) {
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

template <class T> void getrf(Probe& p) {
    const auto m = p.shape.m, n = p.shape.n, low = std::min(m, n);
    p.with("ld+3");
    const auto a0 = Matrix<T>::random(m, n, 3, p.random, marker<T>());
    auto a = a0;
    auto ipiv = pivots(low);
    p.status(routines<T>(p.backend).getrf(m, n, a.data(), a.ld, ipiv.data()));
    p.require(a.padding_untouched(a0), "the padding was changed");
    for (std::int64_t i = 0; i < low; ++i)
        p.require(ipiv[static_cast<std::size_t>(i)] > i && ipiv[static_cast<std::size_t>(i)] <= m,
                  "a pivot is not a row below");
    const Dense lu = a.dense(), l = lower_part(lu, low, true), u = upper_part(lu, low);
    for (std::size_t e = 0; e < l.re.size(); ++e)
        // the largest by |re| + |im|, so a complex quotient may reach sqrt(2)
        p.require(std::abs(l.re[e]) <= (l.complex() ? 1.415 : 1.001) &&
                      (!l.complex() || std::abs(l.im[e]) <= 1.415),
                  "|L| is too large: rows were not exchanged for the largest");
    p.ratio(residual<T>({{1.0, &l, &u}}, exchange(a0.dense(), ipiv, low), n));
}

// The factors that getrs and getri are judged with.
template <class T> struct Factored {
    Matrix<T> lu;
    Pivots ipiv;
};
template <class T> Factored<T> factored(Probe& p, const Matrix<T>& a) {
    Factored<T> f{a, pivots(a.rows)};
    p.status(routines<T>(p.backend).getrf(a.rows, a.rows, f.lu.data(), f.lu.ld, f.ipiv.data()));
    return f;
}

template <class T> void getrs(Probe& p) {
    const auto n = p.shape.m;
    const auto a = Matrix<T>::random(n, n, 1, p.random, marker<T>());
    const auto f = factored(p, a);
    for (const char trans : {'N', 'T', 'C'})
        for (const std::int64_t nrhs : {1, 7}) {
            p.with("%c %d right-hand sides", trans, int(nrhs));
            const auto b0 = Matrix<T>::random(n, nrhs, 2, p.random, marker<T>());
            auto b = b0;
            const auto before = f.lu;
            p.status(routines<T>(p.backend).getrs(trans, n, nrhs, f.lu.data(), f.lu.ld,
                                                  f.ipiv.data(), b.data(), b.ld));
            p.require(b.padding_untouched(b0), "the padding was changed");
            p.require(f.lu.same_bytes(before), "an input was changed");
            p.ratio(solution<T>(apply(trans, a.dense()), b.dense(), b0.dense()));
        }
}

template <class T> void gesv(Probe& p) {
    const auto n = p.shape.m;
    for (const std::int64_t nrhs : {1, 5}) {
        p.with("%d right-hand sides", int(nrhs));
        const auto a0 = Matrix<T>::random(n, n, 2, p.random, marker<T>());
        const auto b0 = Matrix<T>::random(n, nrhs, 1, p.random, marker<T>());
        auto a = a0, b = b0;
        auto ipiv = pivots(n);
        p.status(routines<T>(p.backend).gesv(n, nrhs, a.data(), a.ld, ipiv.data(), b.data(), b.ld));
        p.require(a.padding_untouched(a0) && b.padding_untouched(b0), "the padding was changed");
        p.ratio(solution<T>(a0.dense(), b.dense(), b0.dense()));
    }
}

template <class T> void getri(Probe& p) {
    const auto n = p.shape.m;
    p.with("ld+1");
    const auto a = Matrix<T>::random(n, n, 1, p.random, marker<T>());
    auto f = factored(p, a);
    p.status(routines<T>(p.backend).getri(n, f.lu.data(), f.lu.ld, f.ipiv.data()));
    p.require(f.lu.padding_untouched(a), "the padding was changed");
    p.ratio(inverse<T>(a.dense(), f.lu.dense()));
}

// An estimate: never above the truth by more than roundings, and within a factor of ten.
template <class T> void gecon(Probe& p) {
    const auto n = p.shape.m;
    p.with("norm 1");
    const auto a = Matrix<T>::random(n, n, 1, p.random, marker<T>());
    auto f = factored(p, a);
    const auto anorm = static_cast<Real<T>>(norm1(a.dense()));
    Real<T> rcond = -1;
    p.status(routines<T>(p.backend).gecon('1', n, f.lu.data(), f.lu.ld, &anorm, &rcond));
    p.status(routines<T>(p.backend).getri(n, f.lu.data(), f.lu.ld, f.ipiv.data()));
    const double truth = 1.0 / (static_cast<double>(anorm) * norm1(f.lu.dense()));
    const double quotient = static_cast<double>(rcond) / truth;
    p.ratio(quotient < 1.0 ? 1.0 / quotient : quotient);
    p.require(quotient > 0.99, "the estimate is below the reciprocal condition number");
}

template <class T> void potrf(Probe& p) {
    const auto n = p.shape.m;
    for (const char uplo : {'U', 'L'}) {
        p.with("%c", uplo);
        const auto a = positive_definite<T>(n, 3, p.random);
        auto factor = a;
        p.status(routines<T>(p.backend).potrf(uplo, n, factor.data(), factor.ld));
        p.require(
            factor.untouched_outside(a, [&](auto i, auto j) { return in_triangle(uplo, i, j); }),
            "the other triangle or the padding was changed");
        const Dense half = uplo == 'U' ? apply('C', upper_part(factor.dense(), n))
                                       : lower_part(factor.dense(), n, false);
        const Dense other = apply('C', half);
        p.ratio(residual<T>({{1.0, &half, &other}}, a.dense(), n));
    }
}

template <class T> void potrs(Probe& p) {
    const auto n = p.shape.m;
    for (const char uplo : {'U', 'L'}) {
        p.with("%c", uplo);
        const auto a = positive_definite<T>(n, 1, p.random);
        auto factor = a;
        p.status(routines<T>(p.backend).potrf(uplo, n, factor.data(), factor.ld));
        const auto b0 = Matrix<T>::random(n, 3, 2, p.random, marker<T>());
        auto b = b0;
        p.status(
            routines<T>(p.backend).potrs(uplo, n, 3, factor.data(), factor.ld, b.data(), b.ld));
        p.require(b.padding_untouched(b0), "the padding was changed");
        p.ratio(solution<T>(a.dense(), b.dense(), b0.dense()));
    }
}

template <class T> void potri(Probe& p) {
    const auto n = p.shape.m;
    for (const char uplo : {'U', 'L'}) {
        p.with("%c", uplo);
        const auto a = positive_definite<T>(n, 1, p.random);
        auto inverted = a;
        p.status(routines<T>(p.backend).potrf(uplo, n, inverted.data(), inverted.ld));
        p.status(routines<T>(p.backend).potri(uplo, n, inverted.data(), inverted.ld));
        p.require(
            inverted.untouched_outside(a, [&](auto i, auto j) { return in_triangle(uplo, i, j); }),
            "the other triangle or the padding was changed");
        p.ratio(inverse<T>(a.dense(), whole(inverted, Form::hermitian, uplo, 'N')));
    }
}

template <class T> void trtrs(Probe& p) {
    const auto n = p.shape.m;
    for (const char uplo : {'U', 'L'})
        for (const char trans : {'N', 'T', 'C'})
            for (const char diag : {'N', 'U'}) {
                p.with("%c%c%c", uplo, trans, diag);
                const auto a = structured<T>(Form::triangular, uplo, diag, n, 2, p.random, true);
                const auto b0 = Matrix<T>::random(n, 3, 1, p.random, marker<T>());
                const auto a0 = a;
                auto b = b0;
                p.status(routines<T>(p.backend).trtrs(uplo, trans, diag, n, 3, a.data(), a.ld,
                                                      b.data(), b.ld));
                p.require(a.same_bytes(a0), "an input was changed");
                p.require(b.padding_untouched(b0), "the padding was changed");
                p.ratio(solution<T>(apply(trans, whole(a, Form::triangular, uplo, diag)), b.dense(),
                                    b0.dense()));
            }
}

template <class T> void trtri(Probe& p) {
    const auto n = p.shape.m;
    for (const char uplo : {'U', 'L'})
        for (const char diag : {'N', 'U'}) {
            p.with("%c%c", uplo, diag);
            const auto a = structured<T>(Form::triangular, uplo, diag, n, 2, p.random, true);
            auto inverted = a;
            p.status(routines<T>(p.backend).trtri(uplo, diag, n, inverted.data(), inverted.ld));
            p.require(inverted.untouched_outside(
                          a, [&](auto i, auto j) { return in_triangle(uplo, i, j); }),
                      "the other triangle or the padding was changed");
            p.ratio(inverse<T>(whole(a, Form::triangular, uplo, diag),
                               whole(inverted, Form::triangular, uplo, diag)));
        }
}

// A = Q R with the whole and the economic Q, and A = L Q: |A - Q R|, |Q^H Q - I|.
template <class T> void geqrf(Probe& p) {
    const auto m = p.shape.m, n = p.shape.n, low = std::min(m, n);
    const auto& r = routines<T>(p.backend);
    const auto a = Matrix<T>::random(m, n, 3, p.random, marker<T>());
    auto factor = a;
    std::vector<T> tau(static_cast<std::size_t>(std::max<std::int64_t>(1, low)));
    p.with("ld+3");
    p.status(r.geqrf(m, n, factor.data(), factor.ld, tau.data()));
    p.require(factor.padding_untouched(a), "the padding was changed");
    const Dense upper = upper_part(factor.dense(), low);
    for (const auto width : {low, m}) {
        p.with("ungqr with %d columns", int(width));
        Matrix<T> q0(m, width, 2, marker<T>());
        for (std::int64_t j = 0; j < std::min(width, n); ++j)
            for (std::int64_t i = 0; i < m; ++i)
                q0(i, j) = factor(i, j);
        auto q = q0;
        p.status(r.ungqr(m, width, low, q.data(), q.ld, tau.data()));
        p.require(q.padding_untouched(q0), "the padding was changed");
        const Dense dq = q.dense(), economic = columns(dq, 0, low);
        p.ratio(orthogonality<T>(dq, m), "orthogonality");
        p.ratio(residual<T>({{1.0, &economic, &upper}}, a.dense(), m), "residual");
    }
}

template <class T> void gelqf(Probe& p) {
    const auto m = p.shape.m, n = p.shape.n, low = std::min(m, n);
    const auto& r = routines<T>(p.backend);
    const auto a = Matrix<T>::random(m, n, 3, p.random, marker<T>());
    auto factor = a;
    std::vector<T> tau(static_cast<std::size_t>(std::max<std::int64_t>(1, low)));
    p.with("ld+3");
    p.status(r.gelqf(m, n, factor.data(), factor.ld, tau.data()));
    p.require(factor.padding_untouched(a), "the padding was changed");
    const Dense lower = lower_part(factor.dense(), low, false);
    for (const auto height : {low, n}) {
        p.with("unglq with %d rows", int(height));
        Matrix<T> q0(height, n, 2, marker<T>());
        for (std::int64_t j = 0; j < n; ++j)
            for (std::int64_t i = 0; i < std::min(height, m); ++i)
                q0(i, j) = factor(i, j);
        auto q = q0;
        p.status(r.unglq(height, n, low, q.data(), q.ld, tau.data()));
        p.require(q.padding_untouched(q0), "the padding was changed");
        const Dense dq = q.dense(), economic = apply('T', columns(apply('T', dq), 0, low));
        p.ratio(orthogonality<T>(dq, n), "orthogonality");
        p.ratio(residual<T>({{1.0, &lower, &economic}}, a.dense(), n), "residual");
    }
}

// Q C, Q^H C, C Q, C Q^H against the product with the explicit Q of ungqr.
template <class T> void unmqr(Probe& p) {
    const auto m = p.shape.m, k = std::min(p.shape.m, p.shape.n);
    const auto& r = routines<T>(p.backend);
    auto factor = Matrix<T>::random(m, k, 1, p.random, marker<T>());
    std::vector<T> tau(static_cast<std::size_t>(std::max<std::int64_t>(1, k)));
    p.with("ungqr");
    p.status(r.geqrf(m, k, factor.data(), factor.ld, tau.data()));
    Matrix<T> q(m, m, 0, marker<T>());
    for (std::int64_t j = 0; j < k; ++j)
        for (std::int64_t i = 0; i < m; ++i)
            q(i, j) = factor(i, j);
    p.status(r.ungqr(m, m, k, q.data(), q.ld, tau.data()));
    for (const char side : {'L', 'R'})
        for (const char trans : {'N', 'C'}) {
            p.with("%c%c", side, trans);
            const auto other = std::max<std::int64_t>(1, m / 3);
            const auto rows = side == 'L' ? m : other, cols = side == 'L' ? other : m;
            const auto c0 = Matrix<T>::random(rows, cols, 2, p.random, marker<T>());
            auto c = c0, f = factor;
            p.status(
                r.unmqr(side, trans, rows, cols, k, f.data(), f.ld, tau.data(), c.data(), c.ld));
            p.require(f.same_bytes(factor), "an input was changed");
            p.require(c.padding_untouched(c0), "the padding was changed");
            const Dense dq = apply(trans, q.dense()), before = c0.dense(), after = c.dense();
            const Term term = side == 'L' ? Term{1.0, &dq, &before} : Term{1.0, &before, &dq};
            p.ratio(relative<T>(residual_norm({term}, after, kEps<T>), order(m) * norm1(before)));
        }
}

} // namespace

const std::vector<Case>& factor_cases() {
    static const std::vector<Case> cases = {
        ROW(getrf, 30, Shapes::tall_wide),     ROW(getrs, 30, Shapes::squares),
        ROW(gesv, 30, Shapes::larger_squares), ROW(getri, 30, Shapes::squares),
        ROW(gecon, 10, Shapes::squares),       ROW(potrf, 30, Shapes::larger_squares),
        ROW(potrs, 30, Shapes::squares),       ROW(potri, 30, Shapes::squares),
        ROW(trtrs, 30, Shapes::squares),       ROW(trtri, 30, Shapes::squares),
        ROW(geqrf, 30, Shapes::tall_wide),     ROW(gelqf, 30, Shapes::tall_wide),
        ROW(unmqr, 30, Shapes::tall_wide),
    };
    return cases;
}

} // namespace check
