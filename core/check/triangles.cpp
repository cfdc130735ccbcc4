// SPDX-License-Identifier: Apache-2.0
// trmm: B = alpha op(A) B, and trsm: op(A) X = alpha B. With whole numbers both are exact (the
// solution is known); with fractions trmm is compared with sums in more precision, and trsm is
// judged by what is left over.
#include "cases.h"

#include "cover.h"
#include "structured.h"

namespace check {
namespace {

struct Option {
    char side, uplo, trans, diag;
    unsigned number;
};

template <class T>
std::int64_t call(const Probe& p, bool solves, const Option& o, const T& alpha, const Matrix<T>& a,
                  Matrix<T>& b) {
    const auto& r = routines<T>(p.backend);
    return (solves ? r.trsm : r.trmm)(o.side, o.uplo, o.trans, o.diag, b.rows, b.cols, &alpha,
                                      a.data(), a.ld, b.data(), b.ld);
}

std::int64_t order_of(const Probe& p, const Option& o) {
    return o.side == 'L' ? p.shape.m : p.shape.n;
}

// Runs it and watches what must stay.
template <class T>
Matrix<T> watched(Probe& p, bool solves, const Option& o, const T& alpha, const Matrix<T>& a,
                  const Matrix<T>& b0) {
    const auto a0 = a;
    auto b = b0;
    p.status(call(p, solves, o, alpha, a, b));
    p.require(a.same_bytes(a0), "an input was changed");
    p.require(b.padding_untouched(b0), "the padding of B was changed");
    return b;
}

void name(Probe& p, const Option& o, Complex alpha, const Extra& extra, const char* numbers) {
    p.with("%c%c%c%c alpha %g%+gi ld+%d+%d %s", o.side, o.uplo, o.trans, o.diag, alpha.real(),
           alpha.imag(), int(extra[0]), int(extra[1]), numbers);
}

template <class T> void product_exact(Probe& p, const Option& o) {
    const auto order = order_of(p, o);
    const Scalars<T> s(level(kWholeScales, p, o.number));
    const auto& extra = level(kExtras, p, o.number);
    name(p, o, s.alpha, extra, "whole");
    const Limits<T> limits(order);
    p.random.whole(limits.a);
    const auto a = structured<T>(Form::triangular, o.uplo, o.diag, order, extra[0], p.random);
    p.random.whole(limits.b);
    const auto b0 = Matrix<T>::random(p.shape.m, p.shape.n, extra[1], p.random, marker<T>());
    const auto b = watched(p, false, o, s.a, a, b0);
    const Dense da = apply(o.trans, whole(a, Form::triangular, o.uplo, o.diag)), db = b0.dense();
    const Term term = o.side == 'L' ? Term{s.alpha, &da, &db} : Term{s.alpha, &db, &da};
    p.exact(exact_difference({term}, 0.0, nullptr, b.dense(), p.random));
}

// alpha of which the inverse is a whole number over 2 at most; X is even.
template <class T> Complex invertible(unsigned turn) {
    static constexpr Complex complex_ones[] = {{1, 0}, {0, 2}, {-1, 0}, {0, -1}, {-2, 0}};
    static constexpr Complex real_ones[] = {{1, 0}, {2, 0}, {-1, 0}, {-2, 0}, {1, 0}};
    return (is_complex<T> ? complex_ones : real_ones)[turn % 5];
}

template <class T> void solution_exact(Probe& p, const Option& o) {
    const auto alpha = invertible<T>(p.turn + o.number);
    const auto& extra = level(kExtras, p, o.number);
    name(p, o, alpha, extra, "whole");
    const auto a = solved_exactly<T>(o.uplo, o.diag, order_of(p, o), extra[0], p.random);
    p.random.whole(kEps<T> > 1e-10 ? 200.0 : 0x1p28);
    Dense x = Matrix<T>::random(p.shape.m, p.shape.n, 0, p.random, T(0)).dense();
    for (auto* part : {&x.re, &x.im})
        for (auto& value : *part)
            value *= 2.0;
    const Dense da = apply(o.trans, whole(a, Form::triangular, o.uplo, o.diag));
    const Complex inverse = std::conj(alpha) / std::norm(alpha);
    const Dense db = o.side == 'L' ? exact_product(inverse, da, x) : exact_product(inverse, x, da);
    const auto b = watched(p, true, o, make<T>(alpha.real(), alpha.imag()), a,
                           Matrix<T>::of(db, extra[1], marker<T>()));
    p.exact(first_difference(x, b.dense()));
}

template <class T> void with_fractions(Probe& p, bool solves, const Option& o) {
    const auto m = p.shape.m, n = p.shape.n;
    const Scalars<T> s(level(kScales, p, o.number));
    const auto& extra = level(kExtras, p, o.number);
    name(p, o, s.alpha, extra, "fractions");
    p.random.whole(0.0);
    const auto a =
        structured<T>(Form::triangular, o.uplo, o.diag, order_of(p, o), extra[0], p.random, solves);
    const auto b0 = Matrix<T>::random(m, n, extra[1], p.random, marker<T>());
    const Dense before = b0.dense(), after = watched(p, solves, o, s.a, a, b0).dense();
    const Dense da = apply(o.trans, whole(a, Form::triangular, o.uplo, o.diag));
    const Dense& factor = solves ? after : before;
    const Complex alpha = solves ? 1.0 : s.alpha;
    const Term term = o.side == 'L' ? Term{alpha, &da, &factor} : Term{alpha, &factor, &da};
    if (solves)
        p.ratio(elementwise_ratio({term}, -s.alpha, &before, Dense(m, n, is_complex<T>), kEps<T>));
    else
        p.ratio(elementwise_ratio({term}, 0.0, nullptr, after, kEps<T>));
}

// alpha = 0: B becomes 0 whatever it holds, and A is not read.
template <class T> void cleared(Probe& p, bool solves, const Option& o) {
    const auto& extra = level(kExtras, p, o.number);
    name(p, o, 0.0, extra, "");
    const auto order = order_of(p, o);
    const Matrix<T> a(order, order, extra[0], not_a_number<T>());
    Matrix<T> b0(p.shape.m, p.shape.n, extra[1], marker<T>());
    b0.fill(not_a_number<T>());
    const auto b = watched(p, solves, o, T(0), a, b0);
    p.exact(first_difference(Dense(p.shape.m, p.shape.n, is_complex<T>), b.dense()));
}

template <class T> void once(Probe& p, bool solves, const Option& o) {
    if (p.beta_only)
        return cleared<T>(p, solves, o);
    if (solves)
        solution_exact<T>(p, o);
    else
        product_exact<T>(p, o);
    const auto cost = p.shape.m * p.shape.n * order_of(p, o);
    if (p.takes(o.number, cost <= 729 ? 1 : cost <= 100000 ? 5 : 24))
        with_fractions<T>(p, solves, o);
}

// A full run takes every option, half of them at each shape of a large order.
bool takes_in_full(const Probe& p, const Option& o) {
    return p.full && (order_of(p, o) < 300 || p.takes(o.number, 2));
}

template <class T> void over_options(Probe& p, bool solves) {
    unsigned number = 0;
    for (const char side : {'L', 'R'})
        for (const char uplo : {'U', 'L'})
            for (const char trans : {'N', 'T', 'C'})
                for (const char diag : {'N', 'U'}) {
                    const Option o{side, uplo, trans, diag, ++number};
                    const unsigned letter = trans == 'N' ? 0u : trans == 'T' ? 1u : 2u;
                    if (takes_in_full(p, o) || order_of(p, o) < 100 ||
                        in_covering(p.turn, side == 'R', uplo == 'L', diag == 'U', letter))
                        once<T>(p, solves, o);
                }
}
template <class T> void trmm(Probe& p) { over_options<T>(p, false); }
template <class T> void trsm(Probe& p) { over_options<T>(p, true); }

} // namespace

const std::vector<Case>& triangle_cases() {
    static const std::vector<Case> cases = {
        ROW(trmm, 16, Shapes::rectangles),
        ROW(trsm, 16, Shapes::rectangles),
        BETA_ONLY(trmm),
        BETA_ONLY(trsm),
    };
    return cases;
}

} // namespace check
