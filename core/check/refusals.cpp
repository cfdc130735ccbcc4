// SPDX-License-Identifier: Apache-2.0
// Info codes of singular and indefinite matrices, and every illegal argument by its number.
#include "cases.h"

#include "exact.h"
#include "residuals.h"
#include "spectrum.h"

namespace check {
namespace {

// Where a matrix of order n goes wrong: at its ends, in its middle, about a block's end.
std::vector<std::int64_t> places(std::int64_t n) {
    std::vector<std::int64_t> all = {0};
    for (const auto at : {n / 2, std::int64_t(31), std::int64_t(64), n - 1})
        if (at > all.back() && at < n)
            all.push_back(at);
    return all;
}

// L D L^H with L unit lower and D = 1 but for one -1: the leading minor of that order, and no
// earlier one, is not positive.
template <class T> Matrix<T> indefinite(std::int64_t n, std::int64_t at, Random& source) {
    source.whole(1.0);
    auto l = Matrix<T>::random(n, n, 0, source, marker<T>());
    Dense lower(n, n, is_complex<T>);
    for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t i = j; i < std::min(n, j + 6); ++i)
            lower.set(i, j, i == j ? 1.0 : real_part(l(i, j)), i == j ? 0.0 : imag_part(l(i, j)));
    Dense right = apply('C', lower);
    for (std::int64_t j = 0; j < n; ++j)
        right.set(at, j, -right.re[right.at(at, j)],
                  right.complex() ? -right.im[right.at(at, j)] : 0.0);
    return Matrix<T>::of(exact_product(1.0, lower, right), 1, marker<T>());
}

template <class T> void info_of_cholesky(Probe& p, std::int64_t n, std::int64_t at) {
    const auto& r = routines<T>(p.backend);
    for (const char uplo : {'U', 'L'}) {
        p.with("potrf of an indefinite matrix, %c, n %d", uplo, int(n));
        auto a = indefinite<T>(n, at, p.random);
        p.status(r.potrf(uplo, n, a.data(), a.ld), at + 1);
        p.with("potri of a factor with a 0, %c, n %d", uplo, int(n));
        p.random.whole(0.0);
        auto f = structured<T>(Form::triangular, uplo, 'N', n, 1, p.random, true);
        f(at, at) = T(0);
        p.status(r.potri(uplo, n, f.data(), f.ld), at + 1);
    }
}

template <class T> void info_of_triangles(Probe& p, std::int64_t n, std::int64_t at) {
    const auto& r = routines<T>(p.backend);
    p.random.whole(0.0);
    for (const char uplo : {'U', 'L'})
        for (const char diag : {'N', 'U'}) {
            const auto expected = diag == 'N' ? at + 1 : 0;
            auto t = structured<T>(Form::triangular, uplo, 'N', n, 1, p.random, true);
            t(at, at) = T(0);
            const auto before = t;
            auto b = Matrix<T>::random(n, 2, 1, p.random, marker<T>());
            const auto b0 = b;
            for (const char trans : {'N', 'T', 'C'}) {
                p.with("trtrs of a singular triangle, %c%c%c, n %d", uplo, trans, diag, int(n));
                b = b0;
                p.status(r.trtrs(uplo, trans, diag, n, 2, t.data(), t.ld, b.data(), b.ld),
                         expected);
                p.require(expected == 0 || b.same_bytes(b0), "B was changed without a solution");
            }
            p.with("trtri of a singular triangle, %c%c, n %d", uplo, diag, int(n));
            p.status(r.trtri(uplo, diag, n, t.data(), t.ld), expected);
            p.require(expected == 0 || t.same_bytes(before), "A was changed without an inverse");
        }
}

// Column `at` (from 0) of an otherwise regular matrix is zero: U(at, at) is exactly 0.
template <class T> void info_of_lu(Probe& p, std::int64_t n, std::int64_t at) {
    const auto& r = routines<T>(p.backend);
    p.random.whole(0.0);
    std::vector<std::int64_t> ipiv(static_cast<std::size_t>(n));
    auto a = Matrix<T>::random(n, n, 1, p.random, marker<T>());
    for (std::int64_t i = 0; i < n; ++i)
        a(i, at) = T(0);
    auto f = a;
    p.with("getrf of a singular matrix, n %d", int(n));
    p.status(r.getrf(n, n, f.data(), f.ld, ipiv.data()), at + 1);
    p.with("getri of singular factors, n %d", int(n));
    p.status(r.getri(n, f.data(), f.ld, ipiv.data()), at + 1);
    f = a;
    auto b = Matrix<T>::random(n, 1, 0, p.random, marker<T>());
    p.with("gesv of a singular matrix, n %d", int(n));
    p.status(r.gesv(n, 1, f.data(), f.ld, ipiv.data(), b.data(), b.ld), at + 1);
}

template <class T> void info(Probe& p) {
    for (const std::int64_t n : {1, 3, 9, 70, 130})
        for (const auto at : places(n)) {
            info_of_lu<T>(p, n, at);
            info_of_cholesky<T>(p, n, at);
            info_of_triangles<T>(p, n, at);
        }
    p.ratio(0.0);
}

// Of a matrix of zeros all values are 0, the rank is 0, and vectors are orthonormal all the same.
template <class T> void zero_matrix(Probe& p) {
    const auto& r = routines<T>(p.backend);
    for (const std::int64_t n : {1, 5, 40}) {
        p.with("n %d", int(n));
        const auto count = static_cast<std::size_t>(n);
        const Matrix<T> zeros(n, n, 0, T(0));
        std::vector<Real<T>> s(count, Real<T>(1)), w = s, wr = s, wi = s, t = s;
        Matrix<T> u(n, n, 0, marker<T>()), vt = u, vl = u, vr = u;
        auto a = zeros;
        p.status(r.gesdd('A', n, n, a.data(), a.ld, s.data(), u.data(), u.ld, vt.data(), vt.ld));
        auto z = zeros;
        p.status(r.heevd('V', 'L', n, z.data(), z.ld, w.data()));
        a = zeros;
        p.status(r.geev('V', 'V', n, a.data(), a.ld, wr.data(), wi.data(), vl.data(), vl.ld,
                        vr.data(), vr.ld));
        a = zeros;
        Matrix<T> b(n, 2, 0, T(1));
        b.fill(T(1));
        std::int64_t rank = -1;
        const Real<T> rcond = static_cast<Real<T>>(1e-3);
        p.status(r.gelsd(n, n, 2, a.data(), a.ld, b.data(), b.ld, t.data(), &rcond, &rank));
        p.require(rank == 0, "the rank of zeros is " + std::to_string(rank));
        for (std::size_t i = 0; i < count; ++i)
            p.require(s[i] == 0 && w[i] == 0 && wr[i] == 0 && wi[i] == 0 && t[i] == 0,
                      "a value of zeros is not 0");
        p.require(first_difference(Dense(n, 2, is_complex<T>), b.dense()).empty(),
                  "the least solution for zeros is not 0");
        for (const auto* q : {&u, &vt, &z})
            p.ratio(orthogonality<T>(q->dense(), n), "orthogonality");
    }
}

// ---- illegal arguments ----

// Every size is 4, every leading dimension 4, every increment 1, but for what a row says.
struct Arguments {
    char a = 'N', b = 'N', c = 'N', d = 'N'; // letters
    std::int64_t m = 4, n = 4, k = 4, lda = 4, ldb = 4, ldc = 4, incx = 1, incy = 1;
};

template <class T> struct Buffers {
    Matrix<T> a{8, 8, 0, T(1)}, b{8, 8, 0, T(1)}, c{8, 8, 0, marker<T>()};
    std::int64_t ipiv[8] = {1, 2, 3, 4, 5, 6, 7, 8}, rank = 0;
    Real<T> s[8] = {}, t[8] = {};
    T tau[8] = {}, one = T(1);
    Real<T> real_one = 1;
};

using Letters = std::initializer_list<std::pair<char Arguments::*, int>>;
using Numbers = std::initializer_list<std::pair<std::int64_t Arguments::*, int>>;

// `call` with one argument wrong at a time: letters X, sizes -1, leading dimensions 3, increments 0
template <class Call>
void refuses(Probe& p, const char* name, const Arguments& right, const Letters& letters,
             const Numbers& sizes, const Numbers& leading, const Numbers& increments, Call call) {
    p.with("%s", name);
    const auto one = [&](auto member, auto value, int position) {
        auto wrong = right;
        wrong.*member = value;
        p.status(call(wrong), -position);
    };
    for (const auto& [member, position] : letters)
        one(member, 'X', position);
    for (const auto& [member, position] : sizes)
        one(member, std::int64_t(-1), position);
    for (const auto& [member, position] : leading)
        one(member, std::int64_t(3), position);
    for (const auto& [member, position] : increments)
        one(member, std::int64_t(0), position);
}

using A = Arguments;

template <class T> void refused_products(Probe& p, Buffers<T>& x) {
    const auto& r = routines<T>(p.backend);
    refuses(p, "gemm", {}, {{&A::a, 1}, {&A::b, 2}}, {{&A::m, 3}, {&A::n, 4}, {&A::k, 5}},
            {{&A::lda, 8}, {&A::ldb, 10}, {&A::ldc, 13}}, {}, [&](const A& v) {
                return r.gemm(v.a, v.b, v.m, v.n, v.k, &x.one, x.a.data(), v.lda, x.b.data(), v.ldb,
                              &x.one, x.c.data(), v.ldc);
            });
    const A sided{'L', 'U'}, stored{'U', 'N'};
    for (const auto call : {r.symm, r.hemm})
        refuses(p, call == r.symm ? "symm" : "hemm", sided, {{&A::a, 1}, {&A::b, 2}},
                {{&A::m, 3}, {&A::n, 4}}, {{&A::lda, 7}, {&A::ldb, 9}, {&A::ldc, 12}}, {},
                [&](const A& v) {
                    return call(v.a, v.b, v.m, v.n, &x.one, x.a.data(), v.lda, x.b.data(), v.ldb,
                                &x.one, x.c.data(), v.ldc);
                });
    refuses(p, "syrk", stored, {{&A::a, 1}, {&A::b, 2}}, {{&A::n, 3}, {&A::k, 4}},
            {{&A::lda, 7}, {&A::ldc, 10}}, {}, [&](const A& v) {
                return r.syrk(v.a, v.b, v.n, v.k, &x.one, x.a.data(), v.lda, &x.one, x.c.data(),
                              v.ldc);
            });
    refuses(p, "herk", stored, {{&A::a, 1}, {&A::b, 2}}, {{&A::n, 3}, {&A::k, 4}},
            {{&A::lda, 7}, {&A::ldc, 10}}, {}, [&](const A& v) {
                return r.herk(v.a, v.b, v.n, v.k, &x.real_one, x.a.data(), v.lda, &x.real_one,
                              x.c.data(), v.ldc);
            });
    refuses(p, "syr2k", stored, {{&A::a, 1}, {&A::b, 2}}, {{&A::n, 3}, {&A::k, 4}},
            {{&A::lda, 7}, {&A::ldb, 9}, {&A::ldc, 12}}, {}, [&](const A& v) {
                return r.syr2k(v.a, v.b, v.n, v.k, &x.one, x.a.data(), v.lda, x.b.data(), v.ldb,
                               &x.one, x.c.data(), v.ldc);
            });
    refuses(p, "her2k", stored, {{&A::a, 1}, {&A::b, 2}}, {{&A::n, 3}, {&A::k, 4}},
            {{&A::lda, 7}, {&A::ldb, 9}, {&A::ldc, 12}}, {}, [&](const A& v) {
                return r.her2k(v.a, v.b, v.n, v.k, &x.one, x.a.data(), v.lda, x.b.data(), v.ldb,
                               &x.real_one, x.c.data(), v.ldc);
            });
    if (is_complex<T>) { // the letters that only one of the two forms has
        p.status(r.syrk('U', 'C', 4, 4, &x.one, x.a.data(), 4, &x.one, x.c.data(), 4), -2);
        p.status(r.herk('U', 'T', 4, 4, &x.real_one, x.a.data(), 4, &x.real_one, x.c.data(), 4),
                 -2);
    }
    for (const auto call : {r.trmm, r.trsm})
        refuses(p, call == r.trmm ? "trmm" : "trsm", {'L', 'U'},
                {{&A::a, 1}, {&A::b, 2}, {&A::c, 3}, {&A::d, 4}}, {{&A::m, 5}, {&A::n, 6}},
                {{&A::lda, 9}, {&A::ldc, 11}}, {}, [&](const A& v) {
                    return call(v.a, v.b, v.c, v.d, v.m, v.n, &x.one, x.a.data(), v.lda, x.c.data(),
                                v.ldc);
                });
}

template <class T> void refused_vectors(Probe& p, Buffers<T>& x) {
    const auto& r = routines<T>(p.backend);
    refuses(p, "gemv", {}, {{&A::a, 1}}, {{&A::m, 2}, {&A::n, 3}}, {{&A::lda, 6}},
            {{&A::incx, 8}, {&A::incy, 11}}, [&](const A& v) {
                return r.gemv(v.a, v.m, v.n, &x.one, x.a.data(), v.lda, x.b.data(), v.incx, &x.one,
                              x.c.data(), v.incy);
            });
    refuses(p, "hemv", {'U'}, {{&A::a, 1}}, {{&A::n, 2}}, {{&A::lda, 5}},
            {{&A::incx, 7}, {&A::incy, 10}}, [&](const A& v) {
                return r.hemv(v.a, v.n, &x.one, x.a.data(), v.lda, x.b.data(), v.incx, &x.one,
                              x.c.data(), v.incy);
            });
    for (const auto call : {r.trmv, r.trsv})
        refuses(p, call == r.trmv ? "trmv" : "trsv", {'U'}, {{&A::a, 1}, {&A::b, 2}, {&A::c, 3}},
                {{&A::n, 4}}, {{&A::lda, 6}}, {{&A::incx, 8}}, [&](const A& v) {
                    return call(v.a, v.b, v.c, v.n, x.a.data(), v.lda, x.c.data(), v.incx);
                });
    for (const auto call : {r.geru, r.gerc})
        refuses(p, call == r.geru ? "geru" : "gerc", {}, {}, {{&A::m, 1}, {&A::n, 2}},
                {{&A::ldc, 9}}, {{&A::incx, 5}, {&A::incy, 7}}, [&](const A& v) {
                    return call(v.m, v.n, &x.one, x.a.data(), v.incx, x.b.data(), v.incy,
                                x.c.data(), v.ldc);
                });
    refuses(p, "her", {'U'}, {{&A::a, 1}}, {{&A::n, 2}}, {{&A::ldc, 7}}, {{&A::incx, 5}},
            [&](const A& v) {
                return r.her(v.a, v.n, &x.real_one, x.a.data(), v.incx, x.c.data(), v.ldc);
            });
    refuses(p, "her2", {'U'}, {{&A::a, 1}}, {{&A::n, 2}}, {{&A::ldc, 9}},
            {{&A::incx, 5}, {&A::incy, 7}}, [&](const A& v) {
                return r.her2(v.a, v.n, &x.one, x.a.data(), v.incx, x.b.data(), v.incy, x.c.data(),
                              v.ldc);
            });
    p.with("BLAS 1"); // any increment is legal, no negative length
    T result = x.one;
    Real<T> real = 1;
    std::int64_t index = 0;
    p.status(r.swap(-1, x.a.data(), 1, x.c.data(), 1), -1);
    p.status(r.copy(-1, x.a.data(), 1, x.c.data(), 1), -1);
    p.status(r.scal(-1, &x.one, x.c.data(), 1), -1);
    p.status(r.axpy(-1, &x.one, x.a.data(), 1, x.c.data(), 1), -1);
    p.status(r.dotu(-1, x.a.data(), 1, x.b.data(), 1, &result), -1);
    p.status(r.dotc(-1, x.a.data(), 1, x.b.data(), 1, &result), -1);
    p.status(r.nrm2(-1, x.a.data(), 1, &real), -1);
    p.status(r.asum(-1, x.a.data(), 1, &real), -1);
    p.status(r.iamax(-1, x.a.data(), 1, &index), -1);
}

template <class T> void refused_factors(Probe& p, Buffers<T>& x) {
    const auto& r = routines<T>(p.backend);
    T* c = x.c.data();
    T* a = x.a.data();
    refuses(p, "gesv", {}, {}, {{&A::n, 1}, {&A::k, 2}}, {{&A::ldc, 4}, {&A::ldb, 7}}, {},
            [&](const A& v) { return r.gesv(v.n, v.k, c, v.ldc, x.ipiv, x.b.data(), v.ldb); });
    refuses(p, "getrf", {}, {}, {{&A::m, 1}, {&A::n, 2}}, {{&A::ldc, 4}}, {},
            [&](const A& v) { return r.getrf(v.m, v.n, c, v.ldc, x.ipiv); });
    refuses(p, "getrs", {}, {{&A::a, 1}}, {{&A::n, 2}, {&A::k, 3}}, {{&A::lda, 5}, {&A::ldc, 8}},
            {}, [&](const A& v) { return r.getrs(v.a, v.n, v.k, a, v.lda, x.ipiv, c, v.ldc); });
    refuses(p, "getri", {}, {}, {{&A::n, 1}}, {{&A::ldc, 3}}, {},
            [&](const A& v) { return r.getri(v.n, c, v.ldc, x.ipiv); });
    refuses(p, "gecon", {'1'}, {{&A::a, 1}}, {{&A::n, 2}}, {{&A::lda, 4}}, {},
            [&](const A& v) { return r.gecon(v.a, v.n, a, v.lda, &x.real_one, x.s); });
    for (const auto call : {r.potrf, r.potri})
        refuses(p, call == r.potrf ? "potrf" : "potri", {'U'}, {{&A::a, 1}}, {{&A::n, 2}},
                {{&A::ldc, 4}}, {}, [&](const A& v) { return call(v.a, v.n, c, v.ldc); });
    refuses(p, "potrs", {'U'}, {{&A::a, 1}}, {{&A::n, 2}, {&A::k, 3}}, {{&A::lda, 5}, {&A::ldc, 7}},
            {}, [&](const A& v) { return r.potrs(v.a, v.n, v.k, a, v.lda, c, v.ldc); });
    refuses(p, "trtrs", {'U'}, {{&A::a, 1}, {&A::b, 2}, {&A::c, 3}}, {{&A::n, 4}, {&A::k, 5}},
            {{&A::lda, 7}, {&A::ldc, 9}}, {},
            [&](const A& v) { return r.trtrs(v.a, v.b, v.c, v.n, v.k, a, v.lda, c, v.ldc); });
    refuses(p, "trtri", {'U'}, {{&A::a, 1}, {&A::b, 2}}, {{&A::n, 3}}, {{&A::ldc, 5}}, {},
            [&](const A& v) { return r.trtri(v.a, v.b, v.n, c, v.ldc); });
    for (const auto call : {r.geqrf, r.gelqf})
        refuses(p, call == r.geqrf ? "geqrf" : "gelqf", {}, {}, {{&A::m, 1}, {&A::n, 2}},
                {{&A::ldc, 4}}, {}, [&](const A& v) { return call(v.m, v.n, c, v.ldc, x.tau); });
    for (const auto call : {r.ungqr, r.unglq})
        refuses(p, call == r.ungqr ? "ungqr" : "unglq", {}, {},
                {{&A::m, call == r.ungqr ? 1 : 1}, {&A::k, 3}}, {{&A::ldc, 5}}, {},
                [&](const A& v) { return call(v.m, v.n, v.k, c, v.ldc, x.tau); });
    p.status(r.ungqr(4, 5, 4, c, 8, x.tau), -2); // more columns than rows
    p.status(r.ungqr(4, 3, 4, c, 8, x.tau), -3); // more reflectors than columns
    p.status(r.unglq(5, 4, 4, c, 8, x.tau), -2);
    p.status(r.unglq(3, 4, 4, c, 8, x.tau), -3);
    refuses(p, "unmqr", {'L'}, {{&A::a, 1}, {&A::b, 2}}, {{&A::m, 3}, {&A::n, 4}, {&A::k, 5}},
            {{&A::lda, 7}, {&A::ldc, 10}}, {}, [&](const A& v) {
                return r.unmqr(v.a, v.b, v.m, v.n, v.k, a, v.lda, x.tau, c, v.ldc);
            });
    p.status(r.unmqr('L', 'N', 3, 4, 4, a, 8, x.tau, c, 8), -5);
}

template <class T> void refused_values(Probe& p, Buffers<T>& x) {
    const auto& r = routines<T>(p.backend);
    T *a = x.a.data(), *b = x.b.data(), *c = x.c.data();
    refuses(p, "gesdd", {'S'}, {{&A::a, 1}}, {{&A::m, 2}, {&A::n, 3}},
            {{&A::ldc, 5}, {&A::lda, 8}, {&A::ldb, 10}}, {},
            [&](const A& v) { return r.gesdd(v.a, v.m, v.n, c, v.ldc, x.s, a, v.lda, b, v.ldb); });
    refuses(p, "heevd", {'V', 'U'}, {{&A::a, 1}, {&A::b, 2}}, {{&A::n, 3}}, {{&A::ldc, 5}}, {},
            [&](const A& v) { return r.heevd(v.a, v.b, v.n, c, v.ldc, x.s); });
    refuses(p, "geev", {'V', 'V'}, {{&A::a, 1}, {&A::b, 2}}, {{&A::n, 3}},
            {{&A::ldc, 5}, {&A::lda, 9}, {&A::ldb, 11}}, {}, [&](const A& v) {
                return r.geev(v.a, v.b, v.n, c, v.ldc, x.s, x.t, a, v.lda, b, v.ldb);
            });
    refuses(p, "gelsd", {}, {}, {{&A::m, 1}, {&A::n, 2}, {&A::k, 3}}, {{&A::ldc, 5}, {&A::ldb, 7}},
            {}, [&](const A& v) {
                return r.gelsd(v.m, v.n, v.k, c, v.ldc, b, v.ldb, x.s, &x.real_one, &x.rank);
            });
}

// Sizes that a 32-bit integer cannot hold: refused, never touched.
template <class T> void refused_sizes(Probe& p, Buffers<T>& x) {
    const auto& r = routines<T>(p.backend);
    constexpr std::int64_t huge = std::int64_t(1) << 33;
    T *a = x.a.data(), *b = x.b.data(), *c = x.c.data();
    p.with("a size that needs 64 bits");
    p.status(r.gemm('N', 'N', huge + 1, 4, 4, &x.one, a, huge + 4, b, 4, &x.one, c, huge + 4),
             TRIVET_TOO_LARGE);
    p.status(r.axpy(huge, &x.one, a, 1, c, 1), TRIVET_TOO_LARGE);
    p.status(r.axpy(1 << 20, &x.one, a, 1 << 12, c, 1), TRIVET_TOO_LARGE);
    p.status(r.potrf('U', huge, c, huge), TRIVET_TOO_LARGE);
    p.with("a workspace that needs 64 bits");
    p.status(r.heevd('V', 'U', 40000, c, 40000, x.s), TRIVET_TOO_LARGE);
}

// Refused by their position, before the provider sees them; output stays as it is.
template <class T> void refused(Probe& p) {
    Buffers<T> x;
    const auto before = x;
    refused_products(p, x);
    refused_vectors(p, x);
    refused_factors(p, x);
    refused_values(p, x);
    if (p.backend.int_bits == 32)
        refused_sizes(p, x);
    p.require(x.a.same_bytes(before.a) && x.b.same_bytes(before.b) && x.c.same_bytes(before.c),
              "a refused call wrote");
    p.ratio(0.0);
}

} // namespace

const std::vector<Case>& refusal_cases() {
    static const std::vector<Case> cases = {
        ROW(info, 0, Shapes::once),
        ROW(zero_matrix, 30, Shapes::once),
        ROW(refused, 0, Shapes::once),
    };
    return cases;
}

} // namespace check
