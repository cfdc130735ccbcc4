// SPDX-License-Identifier: Apache-2.0
// BLAS 3 against products in more precision. C starts as NaN when beta is 0.
#include "cases.h"

#include "structured.h"

namespace check {
namespace {

struct Scale {
    std::complex<double> alpha, beta;
};
constexpr Scale kScales[] = {
    {{1.0, 0.0}, {0.0, 0.0}}, {{0.7, -0.9}, {1.3, -1.1}}, {{-1.0, 0.0}, {1.0, 0.0}}};
// C = beta C, and NaN is overwritten where beta is 0.
constexpr Scale kBetaOnly[] = {{{0.0, 0.0}, {0.0, 0.0}}, {{0.0, 0.0}, {1.3, 0.5}}};

const Scale& scale_of(const Probe& p, unsigned index) {
    return p.beta_only && p.shape.k > 0 ? kBetaOnly[(p.turn + index) % std::size(kBetaOnly)]
                                        : kScales[(p.turn + index) % std::size(kScales)];
}

// The numbers as the type holds them, so that the reference computes with the same.
template <class T> std::complex<double> as(std::complex<double> z) {
    const T value = make<T>(z.real(), z.imag());
    return {real_part(value), imag_part(value)};
}

template <class T>
Matrix<T> start(std::int64_t m, std::int64_t n, std::int64_t extra, Random& source,
                std::complex<double> beta) {
    auto c = Matrix<T>::random(m, n, extra, source, marker<T>());
    if (beta == 0.0)
        c.fill(not_a_number<T>());
    return c;
}

template <class T> struct Scalars {
    std::complex<double> alpha, beta;
    T a, b;
    explicit Scalars(const Scale& s)
        : alpha(as<T>(s.alpha)), beta(as<T>(s.beta)), a(make<T>(alpha.real(), alpha.imag())),
          b(make<T>(beta.real(), beta.imag())) {}
};

bool small(const Shape& s) { return s.m * s.n * s.k <= 300000; }

template <class T>
void gemm_once(Probe& p, char ta, char tb, const Scale& scale, std::int64_t extra) {
    const auto [m, n, k] = p.shape;
    const Scalars<T> s(scale);
    p.with("%c%c alpha %g beta %g ld+%d", ta, tb, s.alpha.real(), s.beta.real(),
           static_cast<int>(extra));
    const auto nan = not_a_number<T>();
    const auto a = ta == 'N' ? Matrix<T>::random(m, k, extra, p.random, nan)
                             : Matrix<T>::random(k, m, extra, p.random, nan);
    const auto b = tb == 'N' ? Matrix<T>::random(k, n, extra, p.random, nan)
                             : Matrix<T>::random(n, k, extra, p.random, nan);
    const auto c0 = start<T>(m, n, extra, p.random, s.beta);
    const auto a0 = a, b0 = b;
    auto c = c0;
    p.status(routines<T>(p.backend).gemm(ta, tb, m, n, k, &s.a, a.data(), a.ld, b.data(), b.ld,
                                         &s.b, c.data(), c.ld));
    p.require(a.same_bytes(a0) && b.same_bytes(b0), "an input was changed");
    p.require(c.padding_untouched(c0), "the padding of C was changed");
    const Dense oa = apply(ta, a.dense()), ob = apply(tb, b.dense()), before = c0.dense();
    p.ratio(elementwise_ratio({{s.alpha, &oa, &ob}}, s.beta, &before, c.dense(), kEps<T>));
}

template <class T> void gemm(Probe& p) {
    unsigned index = 0;
    for (const char ta : {'N', 'T', 'C'})
        for (const char tb : {'N', 'T', 'C'}) {
            ++index;
            if (!small(p.shape) && !p.takes(index, 9))
                continue;
            const unsigned scales = small(p.shape) && (p.full || p.shape.k == 0) ? 3 : 1;
            for (unsigned i = 0; i < scales; ++i)
                gemm_once<T>(p, ta, tb, scale_of(p, index + i), (index + i) % 2 ? 3 : 0);
        }
}

// symm and hemm: A is m x m (side L) or n x n (side R).
template <class T> void symmetric_product(Probe& p, Form form) {
    const auto& r = routines<T>(p.backend);
    unsigned index = 0;
    for (const char side : {'L', 'R'})
        for (const char uplo : {'U', 'L'}) {
            if (!small(p.shape) && !p.takes(index++, 4))
                continue;
            const auto [m, n, k] = p.shape;
            const Scalars<T> s(scale_of(p, index));
            p.with("%c%c alpha %g beta %g", side, uplo, s.alpha.real(), s.beta.real());
            const auto a = structured<T>(form, uplo, 'N', side == 'L' ? m : n, 2, p.random);
            const auto b = Matrix<T>::random(m, n, 1, p.random, not_a_number<T>());
            const auto c0 = start<T>(m, n, 3, p.random, s.beta);
            const auto a0 = a, b0 = b;
            auto c = c0;
            p.status((form == Form::symmetric ? r.symm : r.hemm)(
                side, uplo, m, n, &s.a, a.data(), a.ld, b.data(), b.ld, &s.b, c.data(), c.ld));
            p.require(a.same_bytes(a0) && b.same_bytes(b0), "an input was changed");
            p.require(c.padding_untouched(c0), "the padding of C was changed");
            const Dense da = whole(a, form, uplo, 'N'), db = b.dense(), before = c0.dense();
            const Term term = side == 'L' ? Term{s.alpha, &da, &db} : Term{s.alpha, &db, &da};
            p.ratio(elementwise_ratio({term}, s.beta, &before, c.dense(), kEps<T>));
        }
}
template <class T> void symm(Probe& p) { symmetric_product<T>(p, Form::symmetric); }
template <class T> void hemm(Probe& p) { symmetric_product<T>(p, Form::hermitian); }

// The rank-k updates: C is n x n with one triangle stored; A (and B) are n x k, or k x n when
// transposed. `two` adds the second half of the rank-2k updates.
template <class T, class Call>
void rank_update(Probe& p, Form form, bool two, bool real_alpha, bool real_beta, Call call) {
    const auto n = p.shape.m, k = p.shape.k;
    const char turned = is_complex<T> && form == Form::hermitian ? 'C' : 'T';
    unsigned index = 0;
    for (const char uplo : {'U', 'L'})
        for (const char trans : {'N', turned}) {
            if (!small(p.shape) && !p.takes(index++, 4))
                continue;
            Scale scale = scale_of(p, index);
            scale.alpha = real_alpha ? scale.alpha.real() : scale.alpha;
            scale.beta = real_beta ? scale.beta.real() : scale.beta;
            const Scalars<T> s(scale);
            p.with("%c%c alpha %g beta %g", uplo, trans, s.alpha.real(), s.beta.real());
            const auto rows = trans == 'N' ? n : k, cols = trans == 'N' ? k : n;
            const auto a = Matrix<T>::random(rows, cols, 2, p.random, not_a_number<T>());
            const auto b = Matrix<T>::random(rows, cols, 1, p.random, not_a_number<T>());
            auto c0 = start<T>(n, n, 3, p.random, s.beta);
            for (std::int64_t i = 0; form == Form::hermitian && s.beta != 0.0 && i < n; ++i)
                c0(i, i) = make<T>(real_part(c0(i, i)), 0.0);
            const auto a0 = a, b0 = b;
            auto c = c0;
            p.status(call(uplo, trans, n, k, s, a, b, c));
            p.require(a.same_bytes(a0) && b.same_bytes(b0), "an input was changed");
            p.require(
                c.untouched_outside(c0, [&](auto i, auto j) { return in_triangle(uplo, i, j); }),
                "the other triangle or the padding of C was changed");
            // N: op(A) op(B)^t; otherwise A^t B, both without a change of the other factor
            const char flip = form == Form::hermitian ? 'C' : 'T';
            const Dense left_a = apply(trans == 'N' ? 'N' : flip, a.dense());
            const Dense left_b = apply(trans == 'N' ? 'N' : flip, b.dense());
            const Dense right_a = apply(flip, left_a), right_b = apply(flip, left_b);
            const Dense before = c0.dense();
            std::vector<Term> terms;
            if (two) {
                terms.push_back({s.alpha, &left_a, &right_b});
                terms.push_back(
                    {form == Form::hermitian ? std::conj(s.alpha) : s.alpha, &left_b, &right_a});
            } else {
                terms.push_back({s.alpha, &left_a, &right_a});
            }
            p.ratio(elementwise_ratio(terms, s.beta, &before, c.dense(), kEps<T>,
                                      uplo == 'U' ? Part::upper : Part::lower));
        }
}

template <class T> void syrk(Probe& p) {
    rank_update<T>(p, Form::symmetric, false, false, false,
                   [&](char uplo, char trans, auto n, auto k, const Scalars<T>& s, const auto& a,
                       const auto&, auto& c) {
                       return routines<T>(p.backend).syrk(uplo, trans, n, k, &s.a, a.data(), a.ld,
                                                          &s.b, c.data(), c.ld);
                   });
}
template <class T> void herk(Probe& p) {
    rank_update<T>(p, Form::hermitian, false, true, true,
                   [&](char uplo, char trans, auto n, auto k, const Scalars<T>& s, const auto& a,
                       const auto&, auto& c) {
                       const auto alpha = static_cast<Real<T>>(s.alpha.real());
                       const auto beta = static_cast<Real<T>>(s.beta.real());
                       return routines<T>(p.backend).herk(uplo, trans, n, k, &alpha, a.data(), a.ld,
                                                          &beta, c.data(), c.ld);
                   });
}
template <class T> void syr2k(Probe& p) {
    rank_update<T>(p, Form::symmetric, true, false, false,
                   [&](char uplo, char trans, auto n, auto k, const Scalars<T>& s, const auto& a,
                       const auto& b, auto& c) {
                       return routines<T>(p.backend).syr2k(uplo, trans, n, k, &s.a, a.data(), a.ld,
                                                           b.data(), b.ld, &s.b, c.data(), c.ld);
                   });
}
template <class T> void her2k(Probe& p) {
    rank_update<T>(p, Form::hermitian, true, false, true,
                   [&](char uplo, char trans, auto n, auto k, const Scalars<T>& s, const auto& a,
                       const auto& b, auto& c) {
                       const auto beta = static_cast<Real<T>>(s.beta.real());
                       return routines<T>(p.backend).her2k(uplo, trans, n, k, &s.a, a.data(), a.ld,
                                                           b.data(), b.ld, &beta, c.data(), c.ld);
                   });
}

// trmm: B = alpha op(A) B. trsm: op(A) X = alpha B, judged by what is left over.
template <class T>
void triangular_once(Probe& p, bool solves, char side, char uplo, char trans, char diag,
                     const Scale& scale) {
    const auto [m, n, k] = p.shape;
    const Scalars<T> s(scale);
    p.with("%c%c%c%c alpha %g", side, uplo, trans, diag, s.alpha.real());
    const auto a =
        structured<T>(Form::triangular, uplo, diag, side == 'L' ? m : n, 2, p.random, solves);
    const auto b0 = Matrix<T>::random(m, n, 3, p.random, marker<T>());
    const auto a0 = a;
    auto b = b0;
    const auto& r = routines<T>(p.backend);
    p.status((solves ? r.trsm : r.trmm)(side, uplo, trans, diag, m, n, &s.a, a.data(), a.ld,
                                        b.data(), b.ld));
    p.require(a.same_bytes(a0), "an input was changed");
    p.require(b.padding_untouched(b0), "the padding of B was changed");
    const Dense da = apply(trans, whole(a, Form::triangular, uplo, diag));
    const Dense before = b0.dense(), after = b.dense();
    const Dense& factor = solves ? after : before;
    const std::complex<double> alpha = solves ? 1.0 : s.alpha;
    const Term term = side == 'L' ? Term{alpha, &da, &factor} : Term{alpha, &factor, &da};
    if (solves)
        p.ratio(elementwise_ratio({term}, -s.alpha, &before, Dense(m, n, is_complex<T>), kEps<T>));
    else
        p.ratio(elementwise_ratio({term}, 0.0, nullptr, after, kEps<T>));
}

template <class T> void triangular(Probe& p, bool solves) {
    unsigned index = 0;
    for (const char side : {'L', 'R'})
        for (const char uplo : {'U', 'L'})
            for (const char trans : {'N', 'T', 'C'})
                for (const char diag : {'N', 'U'}) {
                    ++index;
                    if (p.takes(index, small(p.shape) && p.shape.m < 20 ? 1
                                       : small(p.shape)                 ? 5
                                                                        : 24))
                        triangular_once<T>(p, solves, side, uplo, trans, diag, scale_of(p, index));
                }
}
template <class T> void trmm(Probe& p) { triangular<T>(p, false); }
template <class T> void trsm(Probe& p) { triangular<T>(p, true); }

} // namespace

const std::vector<Case>& blas3_cases() {
    static const std::vector<Case> cases = {
        ROW(gemm, 16, Shapes::gemm),
        ROW(symm, 16, Shapes::rectangles),
        ROW(hemm, 16, Shapes::rectangles),
        ROW(syrk, 16, Shapes::updates),
        ROW(herk, 16, Shapes::updates),
        ROW(syr2k, 16, Shapes::updates),
        ROW(her2k, 16, Shapes::updates),
        ROW(trmm, 16, Shapes::rectangles),
        ROW(trsm, 16, Shapes::rectangles),
        BETA_ONLY(gemm),
        BETA_ONLY(symm),
        BETA_ONLY(hemm),
        BETA_ONLY(syrk),
        BETA_ONLY(herk),
        BETA_ONLY(syr2k),
        BETA_ONLY(her2k),
        BETA_ONLY(trmm),
        BETA_ONLY(trsm),
    };
    return cases;
}

} // namespace check
