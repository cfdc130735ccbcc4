// SPDX-License-Identifier: Apache-2.0
// LU, Cholesky and triangles. Matrices have known spectra (spectrum.h). Factors are compared with
// the matrix element by element: |A - L U| and |A - L L^H| are small against |L| |U| whatever the
// condition (Higham, Accuracy and Stability, theorems 9.3 and 10.3). Solutions are judged by their
// backward errors; padding and inputs are watched.
#include "cases.h"

#include "cover.h"
#include "double_double.h"
#include "lu.h"
#include "residuals.h"
#include "spectrum.h"

namespace check {
namespace {

// A matrix of one kind and what it is scaled by.
template <class T> struct Given {
    Matrix<T> matrix;
    Dense dense; // what `matrix` holds, without the scale
    int exponent;
};

void grade(Dense& a) { // column j times 2^-j
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (std::int64_t i = 0; i < a.rows; ++i)
            for (auto* part : {&a.re, &a.im})
                if (!part->empty())
                    (*part)[a.at(i, j)] =
                        std::ldexp((*part)[a.at(i, j)], -int(std::min<std::int64_t>(j, 20)));
}

template <class T>
Given<T> given(Probe& p, Kind kind, std::int64_t m, std::int64_t n, std::int64_t extra) {
    const double condition = 0.01 / kEps<T>;
    const auto values = spectrum(kind, std::min(m, n), condition);
    Dense a = between_rotations(m, n, values, is_complex<T>, p.random);
    if (kind == Kind::graded)
        grade(a);
    const int exponent = exponent_of<T>(kind);
    auto matrix = scaled_up<T>(a, exponent, extra, marker<T>());
    Dense dense = scaled_down(matrix, exponent);
    return {std::move(matrix), std::move(dense), exponent};
}

// Positive definite, of a condition that survives being rounded to the type.
template <class T> Given<T> definite(Probe& p, Kind kind, std::int64_t n, std::int64_t extra) {
    const double condition = 0.01 / (kEps<T> * order(n));
    Dense a = hermitian_of(spectrum(kind, n, condition), is_complex<T>, p.random);
    if (kind == Kind::graded) { // D A D
        grade(a);
        a = apply('C', a);
        grade(a);
    }
    const int exponent = exponent_of<T>(kind);
    auto matrix = scaled_up<T>(a, exponent, extra, marker<T>());
    Dense dense = scaled_down(matrix, exponent);
    return {std::move(matrix), std::move(dense), exponent};
}

// Runs body(kind, number) for the kinds that this shape takes.
template <class Body> void over_kinds(Probe& p, std::int64_t size, Body body) {
    unsigned number = 0;
    for (const auto kind : kKinds)
        if (takes_kind(kind, size, p.turn, p.full))
            body(kind, number++);
}

// ---- LU ----

// |P^T A - L U| against |L| |U|, and |L| <= 1: the largest of its column was the pivot.
template <class T>
void judge_lu(Probe& p, const Given<T>& a, const Matrix<T>& factored, const Pivots& ipiv) {
    const auto low = std::min(factored.rows, factored.cols);
    const Dense l = lower_part(factored.dense(), low, true);
    const Dense u = upper_part(scaled_down(factored, a.exponent), low);
    require_partial_pivoting(p, l, ipiv, low);
    p.elementwise(elementwise_ratio({{1.0, &l, &u}}, 0.0, nullptr, exchange(a.dense, ipiv, low),
                                    kEps<T>, Part::every));
}

// Column `zero` (from 0) is 0: so is the pivot, which info counts from 1, and the factors are those
// of A all the same. One more at the end changes nothing: the first counts.
template <class T> void singular(Probe& p, std::int64_t zero) {
    const auto m = p.shape.m, n = p.shape.n;
    p.with("column %d is 0", int(zero + 1));
    auto a = given<T>(p, Kind::arithmetic, m, n, 2);
    for (std::int64_t i = 0; i < m; ++i)
        for (const auto j : {zero, std::min(m, n) - 1}) {
            a.matrix(i, j) = T(0);
            a.dense.set(i, j, 0.0, 0.0);
        }
    auto factored = a.matrix;
    auto ipiv = pivots(std::min(m, n));
    p.status(routines<T>(p.backend).getrf(m, n, factored.data(), factored.ld, ipiv.data()),
             zero + 1);
    judge_lu(p, a, factored, ipiv);
}

template <class T> void getrf(Probe& p) {
    const auto m = p.shape.m, n = p.shape.n;
    over_kinds(p, std::max(m, n), [&](Kind kind, unsigned number) {
        const auto extra = level(kExtras, p, number)[0];
        p.with("%s ld+%d", text(kind), int(extra));
        const auto a = given<T>(p, kind, m, n, extra);
        auto factored = a.matrix;
        auto ipiv = pivots(std::min(m, n));
        const auto info =
            routines<T>(p.backend).getrf(m, n, factored.data(), factored.ld, ipiv.data());
        std::int64_t first = 0; // a pivot that is exactly 0 may come of rounding
        for (std::int64_t i = std::min(m, n); i-- > 0;)
            first = factored(i, i) == T(0) ? i + 1 : first;
        p.status(info, first);
        p.require(factored.padding_untouched(a.matrix), "the padding was changed");
        judge_lu(p, a, factored, ipiv);
    });
    for (const auto zero : {std::int64_t(0), std::min(m, n) / 2, std::min(m, n) - 1})
        if (zero >= 0 && zero < std::min(m, n))
            singular<T>(p, zero);
}

// The factors that getrs, getri and gecon are judged with.
template <class T> struct Factored {
    Matrix<T> lu;
    Pivots ipiv;
};
template <class T> Factored<T> factored(Probe& p, const Matrix<T>& a) {
    Factored<T> f{a, pivots(a.rows)};
    p.status(routines<T>(p.backend).getrf(a.rows, a.rows, f.lu.data(), f.lu.ld, f.ipiv.data()));
    return f;
}

// The shape's own number of right-hand sides, or 1 and 7.
constexpr std::int64_t kRights[] = {1, 7, 0};

template <class T>
Matrix<T> right_sides(Probe& p, std::int64_t n, std::int64_t count, std::int64_t extra) {
    p.random.whole(0.0);
    return Matrix<T>::random(n, count, extra, p.random, marker<T>());
}

template <class T> void getrs(Probe& p) {
    const auto n = p.shape.m;
    over_kinds(p, n, [&](Kind kind, unsigned number) {
        const auto& extra = level(kExtras, p, number);
        const auto a = given<T>(p, kind, n, n, extra[0]);
        const auto f = factored(p, a.matrix);
        for (const char trans : {'N', 'T', 'C'})
            for (const std::int64_t nrhs : kRights) {
                p.with("%c %d right-hand sides %s ld+%d+%d", trans, int(nrhs), text(kind),
                       int(extra[0]), int(extra[1]));
                // of the scale of A, so that the solution has none
                const Dense b1 = right_sides<T>(p, n, nrhs, 0).dense();
                const auto b0 = scaled_up<T>(b1, a.exponent, extra[1], marker<T>());
                auto b = b0;
                const auto before = f;
                p.status(routines<T>(p.backend).getrs(trans, n, nrhs, f.lu.data(), f.lu.ld,
                                                      f.ipiv.data(), b.data(), b.ld));
                p.require(b.padding_untouched(b0), "the padding was changed");
                p.require(f.lu.same_bytes(before.lu) && f.ipiv == before.ipiv,
                          "an input was changed");
                p.ratio(solution<T>(apply(trans, a.dense), b.dense(), b1));
            }
    });
}

template <class T> void gesv(Probe& p) {
    const auto n = p.shape.m;
    over_kinds(p, n, [&](Kind kind, unsigned number) {
        const auto nrhs = kRights[(p.turn + number) % 3];
        const auto& extra = level(kExtras, p, number);
        p.with("%d right-hand sides %s ld+%d+%d", int(nrhs), text(kind), int(extra[0]),
               int(extra[1]));
        const auto a0 = given<T>(p, kind, n, n, extra[0]);
        const Dense b1 = right_sides<T>(p, n, nrhs, 0).dense();
        const auto b0 = scaled_up<T>(b1, a0.exponent, extra[1], marker<T>());
        auto a = a0.matrix;
        auto b = b0;
        auto ipiv = pivots(n);
        p.status(routines<T>(p.backend).gesv(n, nrhs, a.data(), a.ld, ipiv.data(), b.data(), b.ld));
        p.require(a.padding_untouched(a0.matrix) && b.padding_untouched(b0),
                  "the padding was changed");
        if (p.shape.m > 200 && !p.full)
            return p.ratio(solution<T>(a0.dense, b.dense(), b1));
        if (nrhs == 0) // nothing to solve: some return at once
            return p.ratio(0.0);
        judge_lu(p, a0, a, ipiv);
        p.ratio(solution<T>(a0.dense, b.dense(), b1));
    });
}

bool invertible(Kind kind) { return kind != Kind::nearly_zero && kind != Kind::nearly_inf; }

template <class T> void getri(Probe& p) {
    const auto n = p.shape.m;
    over_kinds(p, n, [&](Kind kind, unsigned number) {
        if (!invertible(kind))
            return;
        const auto extra = level(kExtras, p, number)[0];
        p.with("%s ld+%d", text(kind), int(extra));
        const auto a = given<T>(p, kind, n, n, extra);
        auto f = factored(p, a.matrix);
        const auto ipiv = f.ipiv;
        p.status(routines<T>(p.backend).getri(n, f.lu.data(), f.lu.ld, f.ipiv.data()));
        p.require(f.lu.padding_untouched(a.matrix), "the padding was changed");
        p.require(f.ipiv == ipiv, "an input was changed");
        // from the left: X A = 1 is what getri promises
        p.ratio(inverse<T>(apply('T', a.dense), apply('T', f.lu.dense())));
    });
}

// re + i im in more precision.
struct Number {
    DoubleDouble re{}, im{};

    [[nodiscard]] DoubleDouble square() const { return re * re + im * im; }
    friend Number operator*(const Number& a, const Number& b) {
        return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    }
    friend Number operator-(const Number& a, const Number& b) { return {a.re - b.re, a.im - b.im}; }
    friend Number operator/(const Number& a, const Number& b) {
        const DoubleDouble size = b.square();
        const Number product = a * Number{b.re, -b.im};
        return {product.re / size, product.im / size};
    }
};
DoubleDouble square(const Number& a) { return a.square(); }
DoubleDouble square(DoubleDouble a) { return a * a; }
void put(Dense& to, std::int64_t i, std::int64_t j, const Number& value) {
    to.set(i, j, value.re.hi, value.im.hi);
}
void put(Dense& to, std::int64_t i, std::int64_t j, DoubleDouble value) {
    to.set(i, j, value.hi, 0.0);
}

// The inverse by Gauss and Jordan of rows that each hold one of the identity's behind it.
template <class N> Dense inverse_of(std::vector<std::vector<N>> rows, bool complex) {
    const std::size_t n = rows.size();
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t best = k;
        for (std::size_t i = k; i < n; ++i)
            best = square(rows[i][k]) > square(rows[best][k]) ? i : best;
        std::swap(rows[k], rows[best]);
        const N pivot = rows[k][k];
        for (std::size_t j = k; j < 2 * n; ++j)
            rows[k][j] = rows[k][j] / pivot;
        for (std::size_t i = 0; i < n; ++i) {
            const N factor = rows[i][k];
            for (std::size_t j = k; i != k && j < 2 * n; ++j)
                rows[i][j] = rows[i][j] - factor * rows[k][j];
        }
    }
    const auto order = static_cast<std::int64_t>(n);
    Dense inverse(order, order, complex);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            put(inverse, std::int64_t(i), std::int64_t(j), rows[i][n + j]);
    return inverse;
}

// In more precision; n is small.
Dense inverted(const Dense& a) {
    const auto n = static_cast<std::size_t>(a.rows);
    const auto rows_of = [&](auto zero, auto number) {
        using Row = std::vector<decltype(zero)>;
        std::vector<Row> rows(n, Row(2 * n, zero));
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j)
                rows[i][j] = number(i + j * n);
            rows[i][n + i] = decltype(zero){1.0};
        }
        return rows;
    };
    if (a.complex())
        return inverse_of(
            rows_of(Number(), [&](std::size_t at) { return Number{a.re[at], a.im[at]}; }), true);
    return inverse_of(rows_of(DoubleDouble(), [&](std::size_t at) { return a.re[at]; }), false);
}

// An estimate: never below the truth by more than roundings, and within a factor of ten.
template <class T> void gecon(Probe& p) {
    const auto n = p.shape.m;
    if (n > 70)
        return p.ratio(0.0);
    over_kinds(p, n, [&](Kind kind, unsigned number) {
        if (!invertible(kind) || n == 0)
            return p.ratio(0.0);
        const auto a = given<T>(p, kind, n, n, level(kExtras, p, number)[0]);
        const auto f = factored(p, a.matrix);
        const Dense inverse = inverted(a.dense);
        for (const char norm : {'1', 'O', 'I'}) {
            p.with("norm %c %s", norm, text(kind));
            const char op = norm == 'I' ? 'T' : 'N';
            const auto anorm = static_cast<Real<T>>(norm1(apply(op, a.dense)));
            Real<T> rcond = -1;
            const auto before = f;
            p.status(routines<T>(p.backend).gecon(norm, n, f.lu.data(), f.lu.ld, &anorm, &rcond));
            p.require(f.lu.same_bytes(before.lu), "an input was changed");
            const double truth = 1.0 / (static_cast<double>(anorm) * norm1(apply(op, inverse)));
            const double quotient = static_cast<double>(rcond) / truth;
            p.ratio(quotient < 1.0 ? 1.0 / quotient : quotient);
            // beside an estimate of the norm from below, an ill-conditioned A is known roughly only
            p.require(quotient > (truth > 1e3 * kEps<T> ? 0.99 : 0.3),
                      "the estimate is below the reciprocal condition number");
        }
    });
}

// ---- Cholesky ----

// What a serial sum of n squares may lose beyond those of blocks: beside "one large" a diagonal
// element of A is far above each square that is taken from it, and every one of the n roundings may
// go the same way (Higham, theorem 10.3, has n + 1). Reference LAPACK loses 18 eps at n = 385.
double serial(std::int64_t n) { return std::max(1.0, order(n) / 128.0); }

template <class T> void judge_cholesky(Probe& p, char uplo, const Given<T>& a, const Matrix<T>& f) {
    p.require(
        f.untouched_outside(a.matrix, [&](auto i, auto j) { return in_triangle(uplo, i, j); }),
        "the other triangle or the padding was changed");
    const Dense scaled = scaled_down(f, a.exponent / 2);
    const Dense half =
        uplo == 'U' ? apply('C', upper_part(scaled, f.rows)) : lower_part(scaled, f.rows, false);
    const Dense other = apply('C', half);
    for (std::int64_t i = 0; i < f.rows; ++i)
        p.require(real_part(f(i, i)) > 0 && imag_part(f(i, i)) == 0.0,
                  "the factor's diagonal is not positive");
    p.elementwise(
        elementwise_ratio({{1.0, &half, &other}}, 0.0, nullptr, a.dense, kEps<T>, Part::every) /
        serial(f.rows));
}

// a in one triangle; the other is not to be read.
template <class T> Matrix<T> stored(const Matrix<T>& a, char uplo) {
    Matrix<T> half = a;
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (std::int64_t i = 0; i < a.rows; ++i)
            if (!in_triangle(uplo, i, j))
                half(i, j) = not_a_number<T>();
    return half;
}

template <class T> struct Definite {
    char uplo;
    Given<T> a;
    Matrix<T> factor;
};
// Runs body(definite) for both triangles and the kinds of the shape.
template <class T, class Body> void over_definite(Probe& p, Body body) {
    const auto n = p.shape.m;
    for (const char uplo : {'U', 'L'})
        over_kinds(p, n, [&](Kind kind, unsigned number) {
            const auto& extra = level(kExtras, p, number + (uplo == 'U' ? 0u : 1u));
            p.with("%c %s ld+%d", uplo, text(kind), int(extra[0]));
            auto a = definite<T>(p, kind, n, extra[0]);
            a.exponent -= a.exponent % 2;
            a.matrix = scaled_up<T>(a.dense, a.exponent, extra[0], marker<T>());
            a.matrix = stored(a.matrix, uplo);
            auto factor = a.matrix;
            p.status(routines<T>(p.backend).potrf(uplo, n, factor.data(), factor.ld));
            body(Definite<T>{uplo, std::move(a), std::move(factor)}, kind, extra);
        });
}

// L L^H of whole numbers, L = D + N with N N = 0 (see solved_exactly): the factor is L to the last
// bit, every element, at an order whose residual would cost too much.
template <class T> void cholesky_exact(Probe& p, char uplo) {
    const auto n = p.shape.m;
    const auto extra = level(kExtras, p, uplo == 'U' ? 0u : 1u)[0];
    p.with("%c whole ld+%d", uplo, int(extra));
    auto l = solved_exactly<T>('L', 'N', n, 0, p.random);
    for (std::int64_t i = 0; i < n; ++i)
        l(i, i) = make<T>(std::abs(real_part(l(i, i))) + std::abs(imag_part(l(i, i))), 0.0);
    const Dense lower = lower_part(l.dense(), n, false), upper = apply('C', lower);
    const auto a =
        stored(Matrix<T>::of(exact_product(1.0, lower, upper), extra, marker<T>()), uplo);
    auto f = a;
    p.status(routines<T>(p.backend).potrf(uplo, n, f.data(), f.ld));
    p.require(f.untouched_outside(a, [&](auto i, auto j) { return in_triangle(uplo, i, j); }),
              "the other triangle or the padding was changed");
    p.exact(first_difference(uplo == 'U' ? upper : lower, uplo == 'U'
                                                              ? upper_part(f.dense(), n)
                                                              : lower_part(f.dense(), n, false)));
}

template <class T> void potrf(Probe& p) {
    for (const char uplo : {'U', 'L'})
        cholesky_exact<T>(p, uplo);
    if (p.shape.m > 200 && !p.full)
        return;
    over_definite<T>(p, [&](const Definite<T>& d, Kind, const Extra&) {
        judge_cholesky(p, d.uplo, d.a, d.factor);
    });
}

template <class T> void potrs(Probe& p) {
    const auto n = p.shape.m;
    over_definite<T>(p, [&](const Definite<T>& d, Kind, const Extra& extra) {
        for (const std::int64_t nrhs : kRights) {
            const Dense b1 = right_sides<T>(p, n, nrhs, 0).dense();
            const auto b0 = scaled_up<T>(b1, d.a.exponent, extra[1], marker<T>());
            auto b = b0;
            const auto before = d.factor;
            p.status(routines<T>(p.backend).potrs(d.uplo, n, nrhs, d.factor.data(), d.factor.ld,
                                                  b.data(), b.ld));
            p.require(b.padding_untouched(b0), "the padding was changed");
            p.require(d.factor.same_bytes(before), "an input was changed");
            p.ratio(solution<T>(d.a.dense, b.dense(), b1));
        }
    });
}

template <class T> void potri(Probe& p) {
    const auto n = p.shape.m;
    over_definite<T>(p, [&](const Definite<T>& d, Kind kind, const Extra&) {
        if (!invertible(kind))
            return;
        auto inverted = d.factor;
        p.status(routines<T>(p.backend).potri(d.uplo, n, inverted.data(), inverted.ld));
        p.require(inverted.untouched_outside(
                      d.a.matrix, [&](auto i, auto j) { return in_triangle(d.uplo, i, j); }),
                  "the other triangle or the padding was changed");
        p.ratio(inverse<T>(d.a.dense, whole(inverted, Form::hermitian, d.uplo, 'N')));
    });
}

// ---- triangles ----

template <class T> void trtrs_once(Probe& p, char uplo, char trans, char diag, const Extra& extra) {
    const auto n = p.shape.m;
    for (const bool exact : {true, false})
        for (const std::int64_t nrhs : kRights) {
            p.with("%c%c%c %d right-hand sides ld+%d+%d %s", uplo, trans, diag, int(nrhs),
                   int(extra[0]), int(extra[1]), exact ? "whole" : "fractions");
            p.random.whole(0.0);
            const auto a =
                exact ? solved_exactly<T>(uplo, diag, n, extra[0], p.random)
                      : structured<T>(Form::triangular, uplo, diag, n, extra[0], p.random, true);
            const Dense matrix = apply(trans, whole(a, Form::triangular, uplo, diag));
            p.random.whole(exact ? 200.0 : 0.0);
            const Dense x = Matrix<T>::random(n, nrhs, 0, p.random, T(0)).dense();
            const auto b0 =
                Matrix<T>::of(exact ? exact_product(1.0, matrix, x) : x, extra[1], marker<T>());
            const auto a0 = a;
            auto b = b0;
            p.status(routines<T>(p.backend).trtrs(uplo, trans, diag, n, nrhs, a.data(), a.ld,
                                                  b.data(), b.ld));
            p.require(a.same_bytes(a0), "an input was changed");
            p.require(b.padding_untouched(b0), "the padding was changed");
            if (exact)
                p.exact(first_difference(x, b.dense()));
            else
                p.ratio(solution<T>(matrix, b.dense(), x));
        }
}

template <class T> void trtrs(Probe& p) {
    unsigned number = 0;
    for (const char uplo : {'U', 'L'})
        for (const char trans : {'N', 'T', 'C'})
            for (const char diag : {'N', 'U'}) {
                const auto& extra = level(kExtras, p, ++number);
                trtrs_once<T>(p, uplo, trans, diag, extra);
            }
}

// (D + N)^-1 = D^-1 - D^-1 N D^-1 for the triangles that are solved with exactly.
template <class T> Dense exact_inverse(const Dense& a) {
    Dense x(a.rows, a.cols, a.complex());
    const auto at = [&](std::int64_t i, std::int64_t j) {
        return Complex(a.re[a.at(i, j)], a.complex() ? a.im[a.at(i, j)] : 0.0);
    };
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (std::int64_t i = 0; i < a.rows; ++i) {
            const Complex left = std::conj(at(i, i)) / std::norm(at(i, i));
            const Complex right = std::conj(at(j, j)) / std::norm(at(j, j));
            const Complex value = i == j ? left : -left * at(i, j) * right;
            x.set(i, j, value.real(), value.imag());
        }
    return x;
}

template <class T> void trtri(Probe& p) {
    const auto n = p.shape.m;
    unsigned number = 0;
    for (const char uplo : {'U', 'L'})
        for (const char diag : {'N', 'U'})
            for (const bool exact : {true, false}) {
                if (!exact && n > 200 && !p.full)
                    continue;
                const auto extra = level(kExtras, p, ++number)[0];
                p.with("%c%c ld+%d %s", uplo, diag, int(extra), exact ? "whole" : "fractions");
                p.random.whole(0.0);
                const auto a =
                    exact ? solved_exactly<T>(uplo, diag, n, extra, p.random)
                          : structured<T>(Form::triangular, uplo, diag, n, extra, p.random, true);
                auto inverted = a;
                p.status(routines<T>(p.backend).trtri(uplo, diag, n, inverted.data(), inverted.ld));
                p.require(inverted.untouched_outside(a,
                                                     [&](auto i, auto j) {
                                                         return in_triangle(uplo, i, j) &&
                                                                (i != j || diag == 'N');
                                                     }),
                          "the other triangle, a unit diagonal or the padding was changed");
                const Dense matrix = whole(a, Form::triangular, uplo, diag),
                            got = whole(inverted, Form::triangular, uplo, diag);
                if (exact)
                    p.exact(first_difference(exact_inverse<T>(matrix), got));
                else
                    p.ratio(inverse<T>(matrix, got));
            }
}

} // namespace

const std::vector<Case>& factor_cases() {
    static const std::vector<Case> cases = {
        ROW(getrf, 30, Shapes::tall_wide),     ROW(getrs, 30, Shapes::squares),
        ROW(gesv, 30, Shapes::larger_squares), ROW(getri, 30, Shapes::squares),
        ROW(gecon, 10, Shapes::squares),       ROW(potrf, 30, Shapes::larger_squares),
        ROW(potrs, 30, Shapes::squares),       ROW(potri, 30, Shapes::squares),
        ROW(trtrs, 30, Shapes::squares),       ROW(trtri, 30, Shapes::larger_squares),
    };
    return cases;
}

} // namespace check
