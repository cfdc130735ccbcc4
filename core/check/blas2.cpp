// SPDX-License-Identifier: Apache-2.0
// BLAS 2 against sums in more precision, at increments 1, 2, -1 and -3.
#include "cases.h"

#include "structured.h"

namespace check {
namespace {

struct Steps {
    std::int64_t x, y;
};
constexpr Steps kSteps[] = {{1, 1}, {2, -1}, {-3, 1}, {-1, 2}, {1, -3}};
constexpr std::complex<double> kAlpha[] = {{1.0, 0.0}, {0.7, -0.9}, {-1.0, 0.0}, {0.0, 0.0}};
constexpr std::complex<double> kBeta[] = {{0.0, 0.0}, {1.3, -1.1}, {1.0, 0.0}, {0.5, 0.0}};

template <class T> T scalar(std::complex<double> z) { return make<T>(z.real(), z.imag()); }
template <class T> std::complex<double> wide(T z) { return {real_part(z), imag_part(z)}; }

template <class T> Vector<T> start(std::int64_t n, std::int64_t inc, Random& source, T beta) {
    auto y = Vector<T>::random(n, inc, source, marker<T>());
    for (std::int64_t i = 0; beta == T(0) && i < n; ++i)
        y[i] = not_a_number<T>();
    return y;
}

template <class T> void gemv(Probe& p) {
    const auto m = p.shape.m, n = p.shape.n;
    unsigned index = 0;
    for (const char trans : {'N', 'T', 'C'})
        for (const auto [incx, incy] : kSteps) {
            const auto turn = p.turn + index++;
            if (m * n > 10000 && !p.takes(index, 5))
                continue;
            const T alpha = scalar<T>(kAlpha[turn % 4]), beta = scalar<T>(kBeta[turn % 4]);
            p.with("%c inc %d %d alpha %g beta %g", trans, int(incx), int(incy), real_part(alpha),
                   real_part(beta));
            const auto a = Matrix<T>::random(m, n, turn % 2 ? 3 : 0, p.random, not_a_number<T>());
            const auto x =
                Vector<T>::random(trans == 'N' ? n : m, incx, p.random, not_a_number<T>());
            const auto y0 = start<T>(trans == 'N' ? m : n, incy, p.random, beta);
            const auto a0 = a;
            const auto x0 = x;
            auto y = y0;
            p.status(routines<T>(p.backend).gemv(trans, m, n, &alpha, a.data(), a.ld, x.data(),
                                                 incx, &beta, y.data(), incy));
            p.require(a.same_bytes(a0) && x.same_bytes(x0), "an input was changed");
            p.require(y.gaps_untouched(y0), "the gaps of y were changed");
            if (m == 0 || n == 0) { // reference BLAS returns at once, others scale y
                p.ratio(0.0);
                continue;
            }
            const Dense da = apply(trans, a.dense()), dx = x.column(), before = y0.column();
            p.ratio(elementwise_ratio({{wide(alpha), &da, &dx}}, wide(beta), &before, y.column(),
                                      kEps<T>));
        }
}

template <class T> void hemv(Probe& p) {
    const auto n = p.shape.m;
    unsigned index = 0;
    for (const char uplo : {'U', 'L'})
        for (const auto [incx, incy] : kSteps) {
            const auto turn = p.turn + index++;
            if (n > 100 && !p.takes(index, 5))
                continue;
            const T alpha = scalar<T>(kAlpha[turn % 4]), beta = scalar<T>(kBeta[turn % 4]);
            p.with("%c inc %d %d alpha %g beta %g", uplo, int(incx), int(incy), real_part(alpha),
                   real_part(beta));
            const auto a = structured<T>(Form::hermitian, uplo, 'N', n, 2, p.random);
            const auto x = Vector<T>::random(n, incx, p.random, not_a_number<T>());
            const auto y0 = start<T>(n, incy, p.random, beta);
            const auto a0 = a;
            const auto x0 = x;
            auto y = y0;
            p.status(routines<T>(p.backend).hemv(uplo, n, &alpha, a.data(), a.ld, x.data(), incx,
                                                 &beta, y.data(), incy));
            p.require(a.same_bytes(a0) && x.same_bytes(x0), "an input was changed");
            p.require(y.gaps_untouched(y0), "the gaps of y were changed");
            const Dense da = whole(a, Form::hermitian, uplo, 'N'), dx = x.column(),
                        before = y0.column();
            p.ratio(elementwise_ratio({{wide(alpha), &da, &dx}}, wide(beta), &before, y.column(),
                                      kEps<T>));
        }
}

template <class T>
void triangular_once(Probe& p, bool solves, char uplo, char trans, char diag, std::int64_t inc) {
    const auto n = p.shape.m;
    p.with("%c%c%c inc %d", uplo, trans, diag, int(inc));
    const auto a = structured<T>(Form::triangular, uplo, diag, n, 2, p.random, solves);
    const auto x0 = Vector<T>::random(n, inc, p.random, marker<T>());
    const auto a0 = a;
    auto x = x0;
    const auto& r = routines<T>(p.backend);
    p.status((solves ? r.trsv : r.trmv)(uplo, trans, diag, n, a.data(), a.ld, x.data(), inc));
    p.require(a.same_bytes(a0), "an input was changed");
    p.require(x.gaps_untouched(x0), "the gaps of x were changed");
    const Dense da = apply(trans, whole(a, Form::triangular, uplo, diag));
    const Dense before = x0.column(), after = x.column();
    if (solves)
        p.ratio(elementwise_ratio({{1.0, &da, &after}}, -1.0, &before, Dense(n, 1, is_complex<T>),
                                  kEps<T>));
    else
        p.ratio(elementwise_ratio({{1.0, &da, &before}}, 0.0, nullptr, after, kEps<T>));
}

template <class T> void triangular(Probe& p, bool solves) {
    unsigned index = 0;
    for (const char uplo : {'U', 'L'})
        for (const char trans : {'N', 'T', 'C'})
            for (const char diag : {'N', 'U'})
                if (++index; p.shape.m <= 100 || p.takes(index, 12))
                    triangular_once<T>(p, solves, uplo, trans, diag,
                                       kSteps[(index + p.turn) % 5].x);
}
template <class T> void trmv(Probe& p) { triangular<T>(p, false); }
template <class T> void trsv(Probe& p) { triangular<T>(p, true); }

// A += alpha x y^T or x y^H
template <class T> void outer(Probe& p, bool conjugates) {
    const auto m = p.shape.m, n = p.shape.n;
    unsigned index = 0;
    for (const auto [incx, incy] : kSteps) {
        const T alpha = scalar<T>(kAlpha[(p.turn + index++) % 4]);
        if (m * n > 10000 && !p.takes(index, 5))
            continue;
        p.with("inc %d %d alpha %g", int(incx), int(incy), real_part(alpha));
        const auto x = Vector<T>::random(m, incx, p.random, not_a_number<T>());
        const auto y = Vector<T>::random(n, incy, p.random, not_a_number<T>());
        const auto a0 = Matrix<T>::random(m, n, 3, p.random, marker<T>());
        const auto x0 = x, y0 = y;
        auto a = a0;
        const auto& r = routines<T>(p.backend);
        p.status((conjugates ? r.gerc : r.geru)(m, n, &alpha, x.data(), incx, y.data(), incy,
                                                a.data(), a.ld));
        p.require(x.same_bytes(x0) && y.same_bytes(y0), "an input was changed");
        p.require(a.padding_untouched(a0), "the padding of A was changed");
        const Dense dx = x.column(), dy = apply(conjugates ? 'C' : 'T', y.column()),
                    before = a0.dense();
        p.ratio(elementwise_ratio({{wide(alpha), &dx, &dy}}, 1.0, &before, a.dense(), kEps<T>));
    }
}
template <class T> void geru(Probe& p) { outer<T>(p, false); }
template <class T> void gerc(Probe& p) { outer<T>(p, true); }

// One stored triangle of A += alpha x x^H, or + alpha x y^H + conj(alpha) y x^H
template <class T> void hermitian_update(Probe& p, bool two) {
    const auto n = p.shape.m;
    unsigned index = 0;
    for (const char uplo : {'U', 'L'})
        for (const auto [incx, incy] : kSteps) {
            const auto turn = p.turn + index++;
            if (n > 100 && !p.takes(index, 5))
                continue;
            const auto picked = kAlpha[turn % 4];
            const T alpha = scalar<T>(two ? picked : picked.real());
            p.with("%c inc %d %d alpha %g", uplo, int(incx), int(incy), real_part(alpha));
            const auto x = Vector<T>::random(n, incx, p.random, not_a_number<T>());
            const auto y = Vector<T>::random(n, incy, p.random, not_a_number<T>());
            auto a0 = Matrix<T>::random(n, n, 3, p.random, marker<T>());
            for (std::int64_t i = 0; i < n; ++i)
                a0(i, i) = make<T>(real_part(a0(i, i)), 0.0);
            const auto x0 = x, y0 = y;
            auto a = a0;
            const auto& r = routines<T>(p.backend);
            const auto real_alpha = static_cast<Real<T>>(real_part(alpha));
            p.status(two ? r.her2(uplo, n, &alpha, x.data(), incx, y.data(), incy, a.data(), a.ld)
                         : r.her(uplo, n, &real_alpha, x.data(), incx, a.data(), a.ld));
            p.require(x.same_bytes(x0) && y.same_bytes(y0), "an input was changed");
            p.require(
                a.untouched_outside(a0, [&](auto i, auto j) { return in_triangle(uplo, i, j); }),
                "the other triangle or the padding of A was changed");
            const Dense dx = x.column(), dy = y.column(), xh = apply('C', dx), yh = apply('C', dy),
                        before = a0.dense();
            std::vector<Term> terms = {{wide(alpha), &dx, two ? &yh : &xh}};
            if (two)
                terms.push_back({std::conj(wide(alpha)), &dy, &xh});
            p.ratio(elementwise_ratio(terms, 1.0, &before, a.dense(), kEps<T>,
                                      uplo == 'U' ? Part::upper : Part::lower));
        }
}
template <class T> void her(Probe& p) { hermitian_update<T>(p, false); }
template <class T> void her2(Probe& p) { hermitian_update<T>(p, true); }

} // namespace

const std::vector<Case>& blas2_cases() {
    static const std::vector<Case> cases = {
        ROW(gemv, 16, Shapes::matrices),       ROW(hemv, 16, Shapes::larger_squares),
        ROW(trmv, 16, Shapes::larger_squares), ROW(trsv, 16, Shapes::larger_squares),
        ROW(geru, 16, Shapes::matrices),       ROW(gerc, 16, Shapes::matrices),
        ROW(her, 16, Shapes::larger_squares),  ROW(her2, 16, Shapes::larger_squares),
    };
    return cases;
}

} // namespace check
