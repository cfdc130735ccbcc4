// SPDX-License-Identifier: Apache-2.0
// BLAS 3 without the triangles. Each shape is run with whole numbers, whose product is exact in
// every element (exact.h), and with fractions, which show lost precision, against sums in more
// precision. C starts as NaN when beta is 0; what must not be read is NaN.
#include "cases.h"

#include "cover.h"
#include "exact.h"
#include "structured.h"

namespace check {
namespace {

enum class Numbers : std::uint8_t { whole, fractions };

// With whole numbers every option; with fractions every option of small shapes, one in turn of
// others, none of the largest.
bool largest(const Shape& s) { return s.m * s.n * s.k > 30000000; }

template <class Once> void over_numbers(Probe& p, unsigned option, unsigned options, Once once) {
    once(Numbers::whole);
    const auto cost = p.shape.m * p.shape.n * p.shape.k;
    if (cost <= 9 * 9 * 9 || (p.takes(option, options) && (p.full || !largest(p.shape))))
        once(Numbers::fractions);
}

Scale scale_of(const Probe& p, Numbers numbers, unsigned option) {
    if (p.beta_only && p.shape.k > 0)
        return level(kBetaOnly, p, option);
    return level(numbers == Numbers::whole ? kWholeScales : kScales, p, option);
}

template <class T>
Matrix<T> start(std::int64_t m, std::int64_t n, std::int64_t extra, Random& source, Complex beta) {
    auto c = Matrix<T>::random(m, n, extra, source, marker<T>());
    if (beta == 0.0)
        c.fill(not_a_number<T>());
    return c;
}

// An operand of whole numbers up to `limit`, or of fractions; NaN all of it where alpha is 0.
template <class T>
Matrix<T> operand(const Probe& p, std::int64_t m, std::int64_t n, std::int64_t extra,
                  Random& source, Numbers numbers, double limit) {
    source.whole(numbers == Numbers::whole ? limit : 0.0);
    auto a = Matrix<T>::random(m, n, extra, source, not_a_number<T>());
    if (p.beta_only && p.shape.k > 0)
        a.fill(not_a_number<T>());
    return a;
}

// Compares with sum(terms) + beta c0; no term where alpha is 0.
template <class T>
void compare(Probe& p, Numbers numbers, const std::vector<Term>& terms, Complex beta,
             const Dense& c0, const Dense& got) {
    const std::vector<Term> none;
    const auto& sum = terms.front().alpha == 0.0 ? none : terms;
    if (numbers == Numbers::whole)
        p.exact(exact_difference(sum, beta, &c0, got, p.random));
    else
        p.ratio(elementwise_ratio(sum, beta, &c0, got, kEps<T>));
}

const char* text(Numbers numbers) { return numbers == Numbers::whole ? "whole" : "fractions"; }

template <class T> void gemm_once(Probe& p, char ta, char tb, unsigned option, Numbers numbers) {
    const auto [m, n, k] = p.shape;
    const Scalars<T> s(scale_of(p, numbers, option));
    const auto& extra = level(kExtras, p, option);
    p.with("%c%c alpha %g beta %g ld+%d+%d+%d %s", ta, tb, s.alpha.real(), s.beta.real(),
           int(extra[0]), int(extra[1]), int(extra[2]), text(numbers));
    const Limits<T> limits(k);
    const bool greater_a = (p.turn + option) % 2 == 0;
    const auto size_a = greater_a ? limits.a : limits.b, size_b = greater_a ? limits.b : limits.a;
    const auto a =
        operand<T>(p, ta == 'N' ? m : k, ta == 'N' ? k : m, extra[0], p.random, numbers, size_a);
    const auto b =
        operand<T>(p, tb == 'N' ? k : n, tb == 'N' ? n : k, extra[1], p.random, numbers, size_b);
    p.random.whole(numbers == Numbers::whole ? limits.c : 0.0);
    const auto c0 = start<T>(m, n, extra[2], p.random, s.beta);
    const auto a0 = a, b0 = b;
    auto c = c0;
    p.status(routines<T>(p.backend).gemm(ta, tb, m, n, k, &s.a, a.data(), a.ld, b.data(), b.ld,
                                         &s.b, c.data(), c.ld));
    p.require(a.same_bytes(a0) && b.same_bytes(b0), "an input was changed");
    p.require(c.padding_untouched(c0), "the padding of C was changed");
    const Dense oa = apply(ta, a.dense()), ob = apply(tb, b.dense());
    compare<T>(p, numbers, {{s.alpha, &oa, &ob}}, s.beta, c0.dense(), c.dense());
}

// Where all three sizes are large, one option for each type.
template <class T> void gemm(Probe& p) {
    unsigned option = 0;
    for (const char ta : {'N', 'T', 'C'})
        for (const char tb : {'N', 'T', 'C'}) {
            ++option;
            if (largest(p.shape) && !p.takes(option, 9))
                continue;
            over_numbers(p, option, 9,
                         [&](Numbers numbers) { gemm_once<T>(p, ta, tb, option, numbers); });
        }
}

// The order of a large square operand costs its square: half of the options at each shape.
bool takes_half(const Probe& p, std::int64_t order, unsigned option) {
    return order < 300 || p.takes(option, 2);
}

// symm and hemm: A is m x m (side L) or n x n (side R).
template <class T>
void symmetric_once(Probe& p, Form form, char side, char uplo, unsigned option, Numbers numbers) {
    const auto& r = routines<T>(p.backend);
    const auto m = p.shape.m, n = p.shape.n, order = side == 'L' ? m : n;
    const Scalars<T> s(scale_of(p, numbers, option));
    const auto& extra = level(kExtras, p, option);
    p.with("%c%c alpha %g beta %g ld+%d+%d+%d %s", side, uplo, s.alpha.real(), s.beta.real(),
           int(extra[0]), int(extra[1]), int(extra[2]), text(numbers));
    const Limits<T> limits(order);
    p.random.whole(numbers == Numbers::whole ? limits.a : 0.0);
    auto a = structured<T>(form, uplo, 'N', order, extra[0], p.random);
    if (s.alpha == 0.0)
        a.fill(not_a_number<T>());
    const auto b = operand<T>(p, m, n, extra[1], p.random, numbers, limits.b);
    p.random.whole(numbers == Numbers::whole ? limits.c : 0.0);
    const auto c0 = start<T>(m, n, extra[2], p.random, s.beta);
    const auto a0 = a, b0 = b;
    auto c = c0;
    p.status((form == Form::symmetric ? r.symm : r.hemm)(side, uplo, m, n, &s.a, a.data(), a.ld,
                                                         b.data(), b.ld, &s.b, c.data(), c.ld));
    p.require(a.same_bytes(a0) && b.same_bytes(b0), "an input was changed");
    p.require(c.padding_untouched(c0), "the padding of C was changed");
    const Dense da = whole(a, form, uplo, 'N'), db = b.dense();
    const Term term = side == 'L' ? Term{s.alpha, &da, &db} : Term{s.alpha, &db, &da};
    compare<T>(p, numbers, {term}, s.beta, c0.dense(), c.dense());
}

template <class T> void symmetric_product(Probe& p, Form form) {
    unsigned option = 0;
    for (const char side : {'L', 'R'})
        for (const char uplo : {'U', 'L'}) {
            ++option;
            if (!takes_half(p, side == 'L' ? p.shape.m : p.shape.n,
                            option + (side == 'R' ? 1u : 0u)))
                continue;
            over_numbers(p, option, 4, [&](Numbers numbers) {
                symmetric_once<T>(p, form, side, uplo, option, numbers);
            });
        }
}
template <class T> void symm(Probe& p) { symmetric_product<T>(p, Form::symmetric); }
template <class T> void hemm(Probe& p) { symmetric_product<T>(p, Form::hermitian); }

// A rank-k update: which of the four it is, and how the table's routine is called.
template <class T> struct Update {
    Form form;
    bool two, real_alpha, real_beta; // two: the rank-2k updates
    std::int64_t (*call)(const Probe&, char uplo, char trans, std::int64_t n, std::int64_t k,
                         const Scalars<T>&, const Matrix<T>& a, const Matrix<T>& b, Matrix<T>& c);
};

// C is n x n with one triangle stored; A (and B) are n x k, or k x n when transposed.
template <class T>
void update_once(Probe& p, const Update<T>& update, char uplo, char trans, unsigned option,
                 Numbers numbers) {
    const auto n = p.shape.m, k = p.shape.k;
    const bool hermitian = update.form == Form::hermitian;
    Scale scale = scale_of(p, numbers, option);
    scale.alpha = update.real_alpha ? scale.alpha.real() : scale.alpha;
    scale.beta = update.real_beta ? scale.beta.real() : scale.beta;
    const Scalars<T> s(scale);
    const auto& extra = level(kExtras, p, option);
    p.with("%c%c alpha %g beta %g ld+%d+%d+%d %s", uplo, trans, s.alpha.real(), s.beta.real(),
           int(extra[0]), int(extra[1]), int(extra[2]), text(numbers));
    const auto rows = trans == 'N' ? n : k, cols = trans == 'N' ? k : n;
    const Limits<T> limits(k, 2.0);
    const auto a = operand<T>(p, rows, cols, extra[0], p.random, numbers, limits.equal);
    const auto b = operand<T>(p, rows, cols, extra[1], p.random, numbers, limits.equal);
    p.random.whole(numbers == Numbers::whole ? limits.c : 0.0);
    auto c0 = start<T>(n, n, extra[2], p.random, s.beta);
    for (std::int64_t i = 0; hermitian && s.beta != 0.0 && i < n; ++i)
        c0(i, i) = make<T>(real_part(c0(i, i)), 0.0);
    auto c = c0; // imaginary parts on its diagonal are taken for 0, where anything is added
    for (std::int64_t i = 0; hermitian && s.beta != 0.0 && s.alpha != 0.0 && k > 0 && i < n; ++i)
        c(i, i) = make<T>(real_part(c(i, i)), 0.75);
    const auto a0 = a, b0 = b;
    p.status(update.call(p, uplo, trans, n, k, s, a, b, c));
    p.require(a.same_bytes(a0) && b.same_bytes(b0), "an input was changed");
    p.require(c.untouched_outside(c0, [&](auto i, auto j) { return in_triangle(uplo, i, j); }),
              "the other triangle or the padding of C was changed");
    // N: op(A) op(B)^t; otherwise A^t B, both without a change of the other factor
    const char flip = hermitian ? 'C' : 'T';
    const Dense left_a = apply(trans == 'N' ? 'N' : flip, a.dense());
    const Dense left_b = apply(trans == 'N' ? 'N' : flip, b.dense());
    const Dense right_a = apply(flip, left_a), right_b = apply(flip, left_b);
    const Dense before = mirrored(c0.dense(), uplo, hermitian);
    std::vector<Term> terms = {{s.alpha, &left_a, update.two ? &right_b : &right_a}};
    if (update.two)
        terms.push_back({hermitian ? std::conj(s.alpha) : s.alpha, &left_b, &right_a});
    for (std::int64_t i = 0; hermitian && i < n; ++i)
        p.require(imag_part(c(i, i)) == 0.0 || s.alpha == 0.0, "the diagonal is not real");
    compare<T>(p, numbers, terms, s.beta, before, mirrored(c.dense(), uplo, hermitian));
}

template <class T> void rank_update(Probe& p, const Update<T>& update) {
    const bool conjugated = is_complex<T> && update.form == Form::hermitian;
    std::vector<char> letters = {'N', conjugated ? 'C' : 'T'};
    if (!is_complex<T>)
        letters.push_back('C');
    unsigned option = 0;
    for (const char uplo : {'U', 'L'})
        for (const char trans : letters) {
            ++option;
            if (!takes_half(p, p.shape.m, option + (uplo == 'L' ? 1u : 0u)))
                continue;
            over_numbers(p, option, 4, [&](Numbers numbers) {
                update_once<T>(p, update, uplo, trans, option, numbers);
            });
        }
}

template <class T> void syrk(Probe& p) {
    rank_update<T>(p, {Form::symmetric, false, false, false,
                       [](const Probe& q, char uplo, char trans, auto n, auto k,
                          const Scalars<T>& s, const auto& a, const auto&, auto& c) {
                           return routines<T>(q.backend).syrk(uplo, trans, n, k, &s.a, a.data(),
                                                              a.ld, &s.b, c.data(), c.ld);
                       }});
}
template <class T> void herk(Probe& p) {
    rank_update<T>(p, {Form::hermitian, false, true, true,
                       [](const Probe& q, char uplo, char trans, auto n, auto k,
                          const Scalars<T>& s, const auto& a, const auto&, auto& c) {
                           const auto alpha = static_cast<Real<T>>(s.alpha.real());
                           const auto beta = static_cast<Real<T>>(s.beta.real());
                           return routines<T>(q.backend).herk(uplo, trans, n, k, &alpha, a.data(),
                                                              a.ld, &beta, c.data(), c.ld);
                       }});
}
template <class T> void syr2k(Probe& p) {
    rank_update<T>(p, {Form::symmetric, true, false, false,
                       [](const Probe& q, char uplo, char trans, auto n, auto k,
                          const Scalars<T>& s, const auto& a, const auto& b, auto& c) {
                           return routines<T>(q.backend).syr2k(uplo, trans, n, k, &s.a, a.data(),
                                                               a.ld, b.data(), b.ld, &s.b, c.data(),
                                                               c.ld);
                       }});
}
template <class T> void her2k(Probe& p) {
    rank_update<T>(p, {Form::hermitian, true, false, true,
                       [](const Probe& q, char uplo, char trans, auto n, auto k,
                          const Scalars<T>& s, const auto& a, const auto& b, auto& c) {
                           const auto beta = static_cast<Real<T>>(s.beta.real());
                           return routines<T>(q.backend).her2k(uplo, trans, n, k, &s.a, a.data(),
                                                               a.ld, b.data(), b.ld, &beta,
                                                               c.data(), c.ld);
                       }});
}

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
        BETA_ONLY(gemm),
        BETA_ONLY(symm),
        BETA_ONLY(hemm),
        BETA_ONLY(syrk),
        BETA_ONLY(herk),
        BETA_ONLY(syr2k),
        BETA_ONLY(her2k),
    };
    return cases;
}

} // namespace check
