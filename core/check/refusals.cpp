// SPDX-License-Identifier: Apache-2.0
// Info codes of singular and indefinite matrices, refused arguments and sizes, NaN that passes
// through.
#include "cases.h"

#include "structured.h"

namespace check {
namespace {

// Column `zero` (from 0) of an otherwise regular upper triangle is zero: U(zero, zero) is exactly
// 0.
template <class T> Matrix<T> singular(std::int64_t n, std::int64_t zero, Random& source) {
    auto a = Matrix<T>::random(n, n, 1, source, marker<T>());
    for (std::int64_t i = 0; i < n; ++i)
        a(i, zero) = T(0);
    return a;
}

template <class T> void info(Probe& p) {
    const auto& r = routines<T>(p.backend);
    for (const std::int64_t n : {3, 9, 70}) {
        const auto zero = n / 2;
        std::vector<std::int64_t> ipiv(static_cast<std::size_t>(n));
        auto a = singular<T>(n, zero, p.random);
        p.with("getrf of a singular matrix, n %d", int(n));
        p.status(r.getrf(n, n, a.data(), a.ld, ipiv.data()), zero + 1);
        a = singular<T>(n, zero, p.random);
        auto b = Matrix<T>::random(n, 1, 0, p.random, marker<T>());
        p.with("gesv of a singular matrix, n %d", int(n));
        p.status(r.gesv(n, 1, a.data(), a.ld, ipiv.data(), b.data(), b.ld), zero + 1);
        for (const char uplo : {'U', 'L'}) {
            p.with("potrf of an indefinite matrix, %c, n %d", uplo, int(n));
            Matrix<T> d(n, n, 1, marker<T>());
            d.fill(T(0));
            for (std::int64_t i = 0; i < n; ++i)
                d(i, i) = make<T>(i == zero ? -1.0 : 2.0, 0.0);
            p.status(r.potrf(uplo, n, d.data(), d.ld), zero + 1);
            p.with("trtrs of a singular triangle, %c, n %d", uplo, int(n));
            auto t = structured<T>(Form::triangular, uplo, 'N', n, 1, p.random, true);
            t(zero, zero) = T(0);
            p.status(r.trtrs(uplo, 'N', 'N', n, 1, t.data(), t.ld, b.data(), b.ld), zero + 1);
        }
    }
    p.ratio(0.0);
}

// Refused by their position, before the provider sees them; output stays as it is.
template <class T> void refused(Probe& p) {
    const auto& r = routines<T>(p.backend);
    const T one = T(1);
    Matrix<T> a(4, 4, 0, T(1)), b = a, c(4, 4, 0, marker<T>());
    const auto before = c;
    std::int64_t ipiv[4] = {};
    Real<T> s[4] = {};
    p.with("gemm");
    p.status(r.gemm('X', 'N', 4, 4, 4, &one, a.data(), 4, b.data(), 4, &one, c.data(), 4), -1);
    p.status(r.gemm('N', 'N', -1, 4, 4, &one, a.data(), 4, b.data(), 4, &one, c.data(), 4), -3);
    p.status(r.gemm('N', 'N', 4, 4, 4, &one, a.data(), 3, b.data(), 4, &one, c.data(), 4), -8);
    p.status(r.gemm('N', 'N', 4, 4, 4, &one, a.data(), 4, b.data(), 4, &one, c.data(), 3), -13);
    p.with("gemv");
    p.status(r.gemv('N', 4, 4, &one, a.data(), 4, b.data(), 0, &one, c.data(), 1), -8);
    p.with("getrf");
    p.status(r.getrf(4, -1, c.data(), 4, ipiv), -2);
    p.with("potrf");
    p.status(r.potrf('X', 4, c.data(), 4), -1);
    p.with("gesdd");
    p.status(r.gesdd('S', 4, 4, c.data(), 4, s, a.data(), 3, b.data(), 4), -8);
    if (p.backend.int_bits == 32) { // never touched: the sizes are refused
        constexpr std::int64_t huge = std::int64_t(1) << 33;
        p.with("a size that needs 64 bits");
        p.status(r.gemm('N', 'N', huge + 1, 4, 4, &one, a.data(), huge + 4, b.data(), 4, &one,
                        c.data(), huge + 4),
                 TRIVET_TOO_LARGE);
        p.status(r.axpy(huge, &one, a.data(), 1, c.data(), 1), TRIVET_TOO_LARGE);
        p.status(r.potrf('U', huge, c.data(), huge), TRIVET_TOO_LARGE);
        p.with("a workspace that needs 64 bits");
        p.status(r.heevd('V', 'U', 40000, c.data(), 40000, s), TRIVET_TOO_LARGE);
    }
    p.require(c.same_bytes(before), "a refused call wrote");
    p.ratio(0.0);
}

// One NaN in A reaches exactly its row of C (its column when transposed), whatever B holds.
template <class T> void nan_passes(Probe& p) {
    const auto& r = routines<T>(p.backend);
    const T one = T(1), none = T(0);
    for (const std::int64_t n : {1, 9, 130})
        for (const char trans : {'N', 'T'}) {
            p.with("gemm %c n %d", trans, int(n));
            auto a = Matrix<T>::random(n, n, 1, p.random, marker<T>());
            const auto b = Matrix<T>::random(n, n, 0, p.random, marker<T>());
            Matrix<T> c(n, n, 2, marker<T>());
            const auto row = n / 2, col = n / 3;
            a(row, col) = not_a_number<T>();
            p.status(r.gemm(trans, 'N', n, n, n, &one, a.data(), a.ld, b.data(), b.ld, &none,
                            c.data(), c.ld));
            for (std::int64_t j = 0; j < n; ++j)
                for (std::int64_t i = 0; i < n; ++i)
                    p.require(std::isnan(real_part(c(i, j))) == (i == (trans == 'N' ? row : col)),
                              "NaN is missing or spread");
        }
    p.ratio(0.0);
}

} // namespace

const std::vector<Case>& refusal_cases() {
    static const std::vector<Case> cases = {
        ROW(info, 0, Shapes::once),
        ROW(refused, 0, Shapes::once),
        ROW(nan_passes, 0, Shapes::once),
    };
    return cases;
}

} // namespace check
