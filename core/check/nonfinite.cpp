// SPDX-License-Identifier: Apache-2.0
// NaN and infinity pass through BLAS exactly where they must, and nowhere else.
#include "cases.h"

#include "structured.h"

namespace check {
namespace {

enum class Poison : std::uint8_t { nan, infinity };
constexpr Poison kPoisons[] = {Poison::nan, Poison::infinity};
const char* text(Poison poison) { return poison == Poison::nan ? "NaN" : "Inf"; }

template <class T> T value(Poison poison) {
    const double infinity = std::numeric_limits<double>::infinity();
    return poison == Poison::nan ? not_a_number<T>() : make<T>(infinity, 0.0);
}
template <class T> bool finite(T x) {
    return std::isfinite(real_part(x)) && std::isfinite(imag_part(x));
}

// An element is not finite exactly where expected(i, j) holds.
template <class T, class Expected> void spread(Probe& p, const Matrix<T>& c, Expected expected) {
    bool right = true;
    for (std::int64_t j = 0; j < c.cols; ++j)
        for (std::int64_t i = 0; i < c.rows; ++i)
            right = right && finite(c(i, j)) != expected(i, j);
    p.require(right, "it is missing or spread");
}

template <class T> Matrix<T> square(Probe& p, std::int64_t n) {
    return Matrix<T>::random(n, n, 1, p.random, marker<T>());
}

// One in A reaches its row of C (its column when transposed), one in B its column.
template <class T> void in_products(Probe& p, std::int64_t n, Poison poison) {
    const auto& r = routines<T>(p.backend);
    const T one = T(1), none = T(0);
    const auto row = n / 2, col = n / 3;
    for (const bool in_a : {true, false})
        for (const char trans : {'N', 'T', 'C'}) {
            p.with("gemm %c n %d %s in %s", trans, int(n), text(poison), in_a ? "A" : "B");
            auto a = square<T>(p, n), b = square<T>(p, n), c = square<T>(p, n);
            (in_a ? a : b)(row, col) = value<T>(poison);
            p.status(r.gemm(in_a ? trans : 'N', in_a ? 'N' : trans, n, n, n, &one, a.data(), a.ld,
                            b.data(), b.ld, &none, c.data(), c.ld));
            const auto at = trans == 'N' ? (in_a ? row : col) : (in_a ? col : row);
            spread(p, c, [&](auto i, auto j) { return (in_a ? i : j) == at; });
        }
    for (const char trans : {'N', 'T'}) { // 0 times it is NaN
        p.with("gemm %c n %d %s in A, B of zeros", trans, int(n), text(poison));
        auto a = square<T>(p, n), c = square<T>(p, n);
        const Matrix<T> b(n, n, 0, T(0));
        a(row, col) = value<T>(poison);
        p.status(r.gemm(trans, 'N', n, n, n, &one, a.data(), a.ld, b.data(), b.ld, &none, c.data(),
                        c.ld));
        spread(p, c, [&](auto i, auto) { return i == (trans == 'N' ? row : col); });
    }
    for (const char uplo : {'U', 'L'}) {
        p.with("syrk %c n %d %s", uplo, int(n), text(poison));
        auto a = square<T>(p, n), c = square<T>(p, n);
        a(row, col) = value<T>(poison);
        p.status(r.syrk(uplo, 'N', n, n, &one, a.data(), a.ld, &none, c.data(), c.ld));
        spread(p, c,
               [&](auto i, auto j) { return in_triangle(uplo, i, j) && (i == row || j == row); });
    }
    p.with("gemm n %d %s in C", int(n), text(poison));
    auto a = square<T>(p, n), b = square<T>(p, n), c = square<T>(p, n);
    c(row, col) = value<T>(poison);
    p.status(r.gemm('N', 'N', n, n, n, &one, a.data(), a.ld, b.data(), b.ld, &one, c.data(), c.ld));
    spread(p, c, [&](auto i, auto j) { return i == row && j == col; });
}

// One in a right-hand side stays in its column; at the end of the substitution it meets all.
template <class T> void in_solutions(Probe& p, std::int64_t n, Poison poison) {
    const auto& r = routines<T>(p.backend);
    const T one = T(1);
    const auto a = structured<T>(Form::triangular, 'U', 'N', n, 1, p.random, true);
    for (const auto* name : {"trsm", "trmm"}) {
        p.with("%s n %d %s", name, int(n), text(poison));
        auto b = Matrix<T>::random(n, 5, 1, p.random, marker<T>());
        b(n - 1, 2) = value<T>(poison);
        p.status((name[2] == 's' ? r.trsm : r.trmm)('L', 'U', 'N', 'N', n, 5, &one, a.data(), a.ld,
                                                    b.data(), b.ld));
        spread(p, b, [&](auto, auto j) { return j == 2; });
    }
    p.with("trsv n %d %s", int(n), text(poison));
    auto x = Vector<T>::random(n, 1, p.random, marker<T>());
    x[n - 1] = value<T>(poison);
    p.status(r.trsv('U', 'N', 'N', n, a.data(), a.ld, x.data(), 1));
    bool all = true;
    for (std::int64_t i = 0; i < n; ++i)
        all = all && !finite(x[i]);
    p.require(all, "it is missing");
}

template <class T> void in_vectors(Probe& p, std::int64_t n, std::int64_t at, Poison poison) {
    const auto& r = routines<T>(p.backend);
    const T one = T(1), none = T(0);
    auto x = Vector<T>::random(n, 1, p.random, marker<T>());
    const auto y0 = Vector<T>::random(n, 1, p.random, marker<T>());
    x[at] = value<T>(poison);
    const auto only = [&](const Vector<T>& y) {
        for (std::int64_t i = 0; i < n; ++i)
            if (finite(y[i]) == (i == at))
                return false;
        return true;
    };
    const auto named = [&](const char* name) {
        p.with("%s n %d %s at %d", name, int(n), text(poison), int(at));
    };
    auto y = y0;
    named("axpy");
    p.status(r.axpy(n, &one, x.data(), 1, y.data(), 1));
    p.require(only(y), "it is missing or spread");
    const T two = T(2);
    y = x;
    named("scal");
    p.status(r.scal(n, &two, y.data(), 1));
    p.require(only(y), "it is missing or spread");
    T dot = none;
    named("dotu");
    p.status(r.dotu(n, x.data(), 1, y0.data(), 1, &dot));
    p.require(!finite(dot), "it is missing");
    named("dotc");
    dot = none;
    p.status(r.dotc(n, x.data(), 1, y0.data(), 1, &dot));
    p.require(!finite(dot), "it is missing");
    named("gemv"); // a row of A times x, and a column of A by x's element
    for (const char trans : {'N', 'T'}) {
        const auto a = square<T>(p, n);
        y = y0;
        p.status(r.gemv(trans, n, n, &one, a.data(), a.ld, x.data(), 1, &none, y.data(), 1));
        for (std::int64_t i = 0; i < n; ++i)
            p.require(!finite(y[i]), "it is missing");
    }
}

template <class T> void nan_passes(Probe& p) {
    for (const auto poison : kPoisons)
        for (const std::int64_t n : {1, 2, 9, 33, 130}) {
            in_products<T>(p, n, poison);
            in_solutions<T>(p, n, poison);
            for (const auto at : {std::int64_t(0), n / 2, n - 1})
                in_vectors<T>(p, n, at, poison);
        }
    p.ratio(0.0);
}

// Numbers below the least normal one are kept: A times 1 is A, to the last bit.
template <class T> void denormals_kept(Probe& p) {
    const auto& r = routines<T>(p.backend);
    const T one = T(1), none = T(0);
    constexpr double least = static_cast<double>(std::numeric_limits<Real<T>>::denorm_min());
    for (const std::int64_t n : {1, 4, 33, 130}) {
        p.random.whole(60.0);
        auto a = square<T>(p, n);
        for (std::int64_t j = 0; j < n; ++j)
            for (std::int64_t i = 0; i < n; ++i)
                a(i, j) = make<T>(real_part(a(i, j)) * least, imag_part(a(i, j)) * least);
        Matrix<T> b(n, n, 0, T(0)), c(n, n, a.ld - n, marker<T>());
        for (std::int64_t i = 0; i < n; ++i)
            b(i, i) = one;
        const auto kept = [&] {
            bool all = true;
            for (std::int64_t j = 0; j < n; ++j)
                for (std::int64_t i = 0; i < n; ++i)
                    all = all && c(i, j) == a(i, j);
            p.require(all, "numbers below the least normal one are lost");
        };
        p.with("gemm n %d", int(n));
        p.status(
            r.gemm('N', 'N', n, n, n, &one, a.data(), a.ld, b.data(), b.ld, &none, c.data(), c.ld));
        kept();
        p.with("gemv n %d", int(n));
        for (std::int64_t j = 0; j < n; ++j)
            p.status(r.gemv('N', n, n, &one, a.data(), a.ld, &b(0, j), 1, &none, &c(0, j), 1));
        kept();
        p.with("axpy n %d", int(n));
        c.fill(none);
        for (std::int64_t j = 0; j < n; ++j)
            p.status(r.axpy(n, &one, &a(0, j), 1, &c(0, j), 1));
        kept();
    }
    p.ratio(0.0);
}

} // namespace

const std::vector<Case>& nonfinite_cases() {
    static const std::vector<Case> cases = {
        ROW(nan_passes, 0, Shapes::once),
        ROW(denormals_kept, 0, Shapes::once),
    };
    return cases;
}

} // namespace check
