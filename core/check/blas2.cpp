// SPDX-License-Identifier: Apache-2.0
// BLAS 2 at every pair of option, increments and shape. With whole numbers every element is exact
// (exact.h); the product is formed once per option and serves all increments and scalars. With
// fractions, for lost precision, one pair of increments in turn, against sums in more precision.
#include "cases.h"

#include "cover.h"
#include "structured.h"

namespace check {
namespace {

// A vector that holds the column x at this increment; what lies between is NaN.
template <class T> Vector<T> spread(const Dense& x, std::int64_t inc, T gaps) {
    Vector<T> v(x.rows, inc, gaps);
    for (std::int64_t i = 0; i < x.rows; ++i)
        v[i] = make<T>(x.re[x.at(i, 0)], x.complex() ? x.im[x.at(i, 0)] : 0.0);
    return v;
}

template <class T> Dense numbers(std::int64_t n, Random& source, double limit) {
    source.whole(limit);
    return Matrix<T>::random(n, 1, 0, source, T(0)).dense();
}

// alpha * a + beta * b, exact for whole numbers.
Dense combined(Complex alpha, const Dense& a, Complex beta, const Dense& b) {
    Dense sum(a.rows, a.cols, a.complex());
    const auto part = [](const std::vector<double>& v, std::size_t i) {
        return v.empty() ? 0.0 : v[i];
    };
    for (std::size_t i = 0; i < sum.re.size(); ++i) {
        const Complex value = alpha * Complex(a.re[i], part(a.im, i)) +
                              (beta == 0.0 ? 0.0 : beta * Complex(b.re[i], part(b.im, i)));
        sum.re[i] = value.real();
        if (sum.complex())
            sum.im[i] = value.imag();
    }
    return sum;
}

constexpr unsigned kPairs = kSteps.size();

bool heavy(const Probe& p) { return !p.full && p.shape.m * p.shape.n > 40000; }

// y = alpha op(A) x + beta y, of which core = op(A) x is known: at one pair of increments.
template <class T> struct Product {
    const Matrix<T>& a;
    const Dense& matrix; // op(A)
    const Dense& x;
    const Dense* core; // null: fractions, compared with the sums
};

template <class T, class Call>
void product_once(Probe& p, const Product<T>& product, const Scale& scale, const Steps& steps,
                  Call call) {
    const Scalars<T> s(scale);
    const auto rows = product.matrix.rows;
    p.random.whole(product.core == nullptr ? 0.0 : Limits<T>(1).c);
    auto y0 = Vector<T>::random(rows, steps.y, p.random, marker<T>());
    for (std::int64_t i = 0; s.beta == 0.0 && i < rows; ++i)
        y0[i] = not_a_number<T>();
    const auto x = spread<T>(product.x, steps.x, not_a_number<T>());
    const auto a0 = product.a;
    const auto x0 = x;
    auto y = y0;
    p.status(call(s, x, y));
    p.require(product.a.same_bytes(a0) && x.same_bytes(x0), "an input was changed");
    p.require(y.gaps_untouched(y0), "the gaps of y were changed");
    const Dense before = y0.column(), after = y.column();
    if (product.core != nullptr)
        p.exact(first_difference(combined(s.alpha, *product.core, s.beta, before), after));
    else
        p.ratio(elementwise_ratio({{s.alpha, &product.matrix, &product.x}}, s.beta, &before, after,
                                  kEps<T>));
}

// All increments with whole numbers. `call` is given (A, scalars, x, y).
template <class T, class Call>
void products(Probe& p, const std::string& option, unsigned number, const Matrix<T>& a,
              const Dense& matrix, bool fractions, const Limits<T>& limits, Call call) {
    const Dense x = numbers<T>(matrix.cols, p.random, fractions ? 0.0 : limits.b);
    const Dense core = fractions ? Dense() : exact_product(1.0, matrix, x);
    const Product<T> product{a, matrix, x, fractions ? nullptr : &core};
    for (unsigned i = 0; i < kPairs; ++i) {
        const auto& steps = kSteps[i];
        if ((fractions || heavy(p)) && !p.takes(i + number, fractions ? kPairs : 2))
            continue;
        const auto& scales = fractions ? kScales : kWholeScales;
        const auto& scale = level(scales, p, number + i);
        p.with("%s inc %d %d alpha %g beta %g ld+%d %s", option.c_str(), int(steps.x), int(steps.y),
               scale.alpha.real(), scale.beta.real(), int(a.ld - a.rows),
               fractions ? "fractions" : "whole");
        product_once<T>(p, product, scale, steps,
                        [&](const auto& s, const auto& v, auto& y) { return call(a, s, v, y); });
    }
}

// alpha = 0: neither A nor x is read; beta = 0: nor is y.
template <class T, class Call>
void beta_only(Probe& p, const std::string& option, const Matrix<T>& shaped, std::int64_t rows,
               std::int64_t cols, Call call) {
    Matrix<T> a = shaped;
    a.fill(not_a_number<T>());
    Dense x(cols, 1, is_complex<T>), core(rows, 1, is_complex<T>);
    for (auto& value : x.re)
        value = std::numeric_limits<double>::quiet_NaN();
    const Dense matrix(rows, cols, is_complex<T>);
    for (const auto& scale : kBetaOnly)
        for (const auto& steps : kSteps) {
            p.with("%s inc %d %d alpha 0 beta %g", option.c_str(), int(steps.x), int(steps.y),
                   scale.beta.real());
            product_once<T>(
                p, {a, matrix, x, &core}, scale, steps,
                [&](const auto& s, const auto& v, auto& y) { return call(a, s, v, y); });
        }
}

template <class T> void gemv(Probe& p) {
    const auto m = p.shape.m, n = p.shape.n;
    unsigned number = 0;
    for (const char trans : {'N', 'T', 'C'}) {
        const auto call = [&](const Matrix<T>& a, const Scalars<T>& s, const Vector<T>& x,
                              Vector<T>& y) {
            return routines<T>(p.backend).gemv(trans, m, n, &s.a, a.data(), a.ld, x.data(), x.inc,
                                               &s.b, y.data(), y.inc);
        };
        const std::string option(1, trans);
        ++number;
        const auto extra = level(kExtras, p, number)[0];
        if (p.beta_only) {
            beta_only<T>(p, option, Matrix<T>(m, n, extra, marker<T>()), trans == 'N' ? m : n,
                         trans == 'N' ? n : m, call);
            continue;
        }
        if (m == 0 || n == 0) { // reference BLAS returns at once, others scale y
            Vector<T> x(n + m, 1, T(1)), y(n + m, 1, T(1));
            const Matrix<T> a(m, n, extra, marker<T>());
            const Scalars<T> s(kWholeScales[2]);
            const auto y0 = y;
            p.status(call(a, s, x, y));
            p.require(y.same_bytes(y0), "y was changed by a product of nothing");
            p.ratio(0.0);
            continue;
        }
        for (const bool fractions : {false, true}) {
            const Limits<T> limits(std::max(m, n));
            p.random.whole(fractions ? 0.0 : limits.a);
            const auto a = Matrix<T>::random(m, n, extra, p.random, not_a_number<T>());
            products<T>(p, option, number, a, apply(trans, a.dense()), fractions, limits, call);
        }
    }
}

template <class T> void hemv(Probe& p) {
    const auto n = p.shape.m;
    unsigned number = 0;
    for (const char uplo : {'U', 'L'}) {
        const auto call = [&](const Matrix<T>& a, const Scalars<T>& s, const Vector<T>& x,
                              Vector<T>& y) {
            return routines<T>(p.backend).hemv(uplo, n, &s.a, a.data(), a.ld, x.data(), x.inc, &s.b,
                                               y.data(), y.inc);
        };
        const std::string option(1, uplo);
        ++number;
        const auto extra = level(kExtras, p, number)[0];
        if (p.beta_only) {
            beta_only<T>(p, option, Matrix<T>(n, n, extra, marker<T>()), n, n, call);
            continue;
        }
        for (const bool fractions : {false, true}) {
            const Limits<T> limits(n);
            p.random.whole(fractions ? 0.0 : limits.a);
            const auto a = structured<T>(Form::hermitian, uplo, 'N', n, extra, p.random);
            products<T>(p, option, number, a, whole(a, Form::hermitian, uplo, 'N'), fractions,
                        limits, call);
        }
    }
}

// x = op(A) x, or the solution of op(A) x = b.
struct Triangle {
    bool solves;
    char uplo, trans, diag;
    unsigned number;
};

template <class T>
Vector<T> run(Probe& p, const Triangle& t, const Matrix<T>& a, const Vector<T>& x0) {
    const auto a0 = a;
    auto x = x0;
    const auto& r = routines<T>(p.backend);
    p.status((t.solves ? r.trsv : r.trmv)(t.uplo, t.trans, t.diag, x.n, a.data(), a.ld, x.data(),
                                          x.inc));
    p.require(a.same_bytes(a0), "an input was changed");
    p.require(x.gaps_untouched(x0), "the gaps of x were changed");
    return x;
}

template <class T> void triangle_whole(Probe& p, const Triangle& t, std::int64_t extra) {
    const auto n = p.shape.m;
    const Limits<T> limits(n);
    p.random.whole(limits.a);
    const auto a = t.solves ? solved_exactly<T>(t.uplo, t.diag, n, extra, p.random)
                            : structured<T>(Form::triangular, t.uplo, t.diag, n, extra, p.random);
    const Dense matrix = apply(t.trans, whole(a, Form::triangular, t.uplo, t.diag));
    const Dense x = numbers<T>(n, p.random, limits.b);
    const Dense product = exact_product(1.0, matrix, x);
    for (unsigned i = 0; i < kPairs; ++i) {
        const auto inc = kSteps[i].x;
        if (heavy(p) && !p.takes(i + t.number, 3))
            continue;
        p.with("%c%c%c inc %d ld+%d whole", t.uplo, t.trans, t.diag, int(inc), int(extra));
        const auto got = run<T>(p, t, a, spread<T>(t.solves ? product : x, inc, marker<T>()));
        p.exact(first_difference(t.solves ? x : product, got.column()));
    }
}

template <class T> void triangle_fractions(Probe& p, const Triangle& t, std::int64_t extra) {
    const auto n = p.shape.m, inc = level(kSteps, p, t.number).x;
    p.with("%c%c%c inc %d ld+%d fractions", t.uplo, t.trans, t.diag, int(inc), int(extra));
    p.random.whole(0.0);
    const auto a = structured<T>(Form::triangular, t.uplo, t.diag, n, extra, p.random, t.solves);
    const auto x0 = Vector<T>::random(n, inc, p.random, marker<T>());
    const Dense before = x0.column(), after = run<T>(p, t, a, x0).column();
    const Dense matrix = apply(t.trans, whole(a, Form::triangular, t.uplo, t.diag));
    if (t.solves)
        p.ratio(elementwise_ratio({{1.0, &matrix, &after}}, -1.0, &before,
                                  Dense(n, 1, is_complex<T>), kEps<T>));
    else
        p.ratio(elementwise_ratio({{1.0, &matrix, &before}}, 0.0, nullptr, after, kEps<T>));
}

template <class T> void triangular(Probe& p, bool solves) {
    unsigned number = 0;
    for (const char uplo : {'U', 'L'})
        for (const char trans : {'N', 'T', 'C'})
            for (const char diag : {'N', 'U'}) {
                const Triangle t{solves, uplo, trans, diag, ++number};
                // of large ones half, in turn: every pair of trans with uplo and diag
                if (p.shape.m > 200 &&
                    !p.takes((uplo == 'U' ? 0u : 1u) + (diag == 'N' ? 0u : 1u), 2))
                    continue;
                const auto extra = level(kExtras, p, number)[0];
                triangle_whole<T>(p, t, extra);
                if (p.shape.m <= 100 || p.takes(number, 4))
                    triangle_fractions<T>(p, t, extra);
            }
}
template <class T> void trmv(Probe& p) { triangular<T>(p, false); }
template <class T> void trsv(Probe& p) { triangular<T>(p, true); }

// The updates of rank 1 and 2: A += terms, all of it or one triangle.
template <class T> struct Rank {
    char uplo;      // 0: all of A
    bool hermitian; // conjugates y (or x), keeps the diagonal real
    bool two;
    unsigned number;
};

template <class T, class Call>
void rank_once(Probe& p, const Rank<T>& rank, std::int64_t m, std::int64_t n, const Scale& scale,
               const Steps& steps, std::int64_t extra, bool fractions, Call call) {
    const Scalars<T> s(scale);
    const Limits<T> limits(1, 2.0);
    const Dense dx = numbers<T>(m, p.random, fractions ? 0.0 : limits.equal);
    const Dense dy = numbers<T>(n, p.random, fractions ? 0.0 : limits.equal);
    const auto x = spread<T>(dx, steps.x, not_a_number<T>());
    const auto y = spread<T>(dy, steps.y, not_a_number<T>());
    p.random.whole(fractions ? 0.0 : limits.c);
    auto a0 = Matrix<T>::random(m, n, extra, p.random, marker<T>());
    for (std::int64_t i = 0; rank.uplo != 0 && i < n; ++i)
        a0(i, i) = make<T>(real_part(a0(i, i)), 0.0);
    const auto x0 = x, y0 = y;
    auto a = a0;
    p.status(call(s, x, y, a));
    p.require(x.same_bytes(x0) && y.same_bytes(y0), "an input was changed");
    p.require(
        a.untouched_outside(
            a0, [&](auto i, auto j) { return rank.uplo == 0 || in_triangle(rank.uplo, i, j); }),
        "the other triangle or the padding of A was changed");
    const Dense xh = apply('C', dx), yh = apply(rank.hermitian ? 'C' : 'T', dy);
    std::vector<Term> terms = {{s.alpha, &dx, rank.uplo != 0 && !rank.two ? &xh : &yh}};
    if (rank.two)
        terms.push_back({std::conj(s.alpha), &dy, &xh});
    Dense before = a0.dense(), after = a.dense();
    if (rank.uplo != 0) {
        before = mirrored(before, rank.uplo, true);
        after = mirrored(after, rank.uplo, true);
    }
    if (fractions)
        p.ratio(elementwise_ratio(terms, 1.0, &before, after, kEps<T>));
    else
        p.exact(exact_difference(terms, 1.0, &before, after, p.random));
}

template <class T, class Call>
void rank_update(Probe& p, const Rank<T>& rank, std::int64_t m, std::int64_t n, bool real_alpha,
                 Call call) {
    for (const bool fractions : {false, true})
        for (unsigned i = 0; i < kPairs; ++i) {
            const bool large = m * n > 10000;
            if ((fractions || (large && !p.full)) &&
                !p.takes(i + rank.number, fractions || m * n > 40000 ? kPairs : 3))
                continue;
            Scale scale = level(fractions ? kScales : kWholeScales, p, i + rank.number);
            if (real_alpha)
                scale.alpha = scale.alpha.real();
            const auto extra = level(kExtras, p, i + rank.number)[0];
            p.with("%s inc %d %d alpha %g ld+%d %s",
                   rank.uplo == 'U'   ? "U"
                   : rank.uplo == 'L' ? "L"
                                      : "",
                   int(kSteps[i].x), int(kSteps[i].y), scale.alpha.real(), int(extra),
                   fractions ? "fractions" : "whole");
            rank_once<T>(p, rank, m, n, scale, kSteps[i], extra, fractions, call);
        }
}

template <class T> void outer(Probe& p, bool conjugates) {
    const auto m = p.shape.m, n = p.shape.n;
    const auto& r = routines<T>(p.backend);
    rank_update<T>(p, {0, conjugates, false, 0}, m, n, false,
                   [&](const auto& s, const auto& x, const auto& y, auto& a) {
                       return (conjugates ? r.gerc : r.geru)(m, n, &s.a, x.data(), x.inc, y.data(),
                                                             y.inc, a.data(), a.ld);
                   });
}
template <class T> void geru(Probe& p) { outer<T>(p, false); }
template <class T> void gerc(Probe& p) { outer<T>(p, true); }

// One stored triangle of A += alpha x x^H, or + alpha x y^H + conj(alpha) y x^H
template <class T> void hermitian_update(Probe& p, bool two) {
    const auto n = p.shape.m;
    const auto& r = routines<T>(p.backend);
    for (const char uplo : {'U', 'L'})
        rank_update<T>(p, {uplo, true, two, uplo == 'U' ? 0u : 1u}, n, n, !two,
                       [&](const auto& s, const auto& x, const auto& y, auto& a) {
                           const auto alpha = static_cast<Real<T>>(s.alpha.real());
                           return two ? r.her2(uplo, n, &s.a, x.data(), x.inc, y.data(), y.inc,
                                               a.data(), a.ld)
                                      : r.her(uplo, n, &alpha, x.data(), x.inc, a.data(), a.ld);
                       });
}
template <class T> void her(Probe& p) { hermitian_update<T>(p, false); }
template <class T> void her2(Probe& p) { hermitian_update<T>(p, true); }

} // namespace

const std::vector<Case>& blas2_cases() {
    static const std::vector<Case> cases = {
        ROW(gemv, 16, Shapes::matrices),
        ROW(hemv, 16, Shapes::orders),
        ROW(trmv, 16, Shapes::orders),
        ROW(trsv, 16, Shapes::orders),
        ROW(geru, 16, Shapes::matrices),
        ROW(gerc, 16, Shapes::matrices),
        ROW(her, 16, Shapes::orders),
        ROW(her2, 16, Shapes::orders),
        BETA_ONLY(gemv),
        BETA_ONLY(hemv),
    };
    return cases;
}

} // namespace check
