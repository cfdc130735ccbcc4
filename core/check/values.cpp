// SPDX-License-Identifier: Apache-2.0
// Singular values, eigenvalues and least squares by residual ratios.
#include "cases.h"

#include "residuals.h"

namespace check {
namespace {

template <class R> std::vector<R> reals(std::int64_t n) {
    return std::vector<R>(static_cast<std::size_t>(std::max<std::int64_t>(1, n)),
                          std::numeric_limits<R>::quiet_NaN());
}

// a with its columns multiplied by d.
template <class R> Dense scaled(Dense a, const std::vector<R>& d) {
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (std::int64_t i = 0; i < a.rows; ++i) {
            a.re[a.at(i, j)] *= static_cast<double>(d[static_cast<std::size_t>(j)]);
            if (a.complex())
                a.im[a.at(i, j)] *= static_cast<double>(d[static_cast<std::size_t>(j)]);
        }
    return a;
}

// max |a - b| / (n max |b| eps)
template <class T>
double same_values(const std::vector<Real<T>>& a, const std::vector<Real<T>>& b, std::int64_t n) {
    double error = 0.0, size = 0.0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
        const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        if (!(difference <= error))
            error = difference;
        size = std::max(size, std::abs(static_cast<double>(b[i])));
    }
    return relative<T>(error, order(n) * size);
}

// |A - U S V^H| / (n |A| eps), |U^H U - I| / (m eps), |V^H V - I| / (n eps); S falls, S >= 0.
template <class T> void gesdd(Probe& p) {
    const auto m = p.shape.m, n = p.shape.n, low = std::min(m, n), high = std::max(m, n);
    const auto& r = routines<T>(p.backend);
    const auto a = Matrix<T>::random(m, n, 2, p.random, marker<T>());
    auto first = reals<Real<T>>(low);
    for (const char job : {'A', 'S', 'N'}) {
        p.with("%c", job);
        auto work = a;
        auto s = reals<Real<T>>(low);
        Matrix<T> u(m, job == 'A' ? m : low, 1, marker<T>());
        Matrix<T> vt(job == 'A' ? n : low, n, 3, marker<T>());
        const auto u0 = u, vt0 = vt;
        p.status(
            r.gesdd(job, m, n, work.data(), work.ld, s.data(), u.data(), u.ld, vt.data(), vt.ld));
        p.require(work.padding_untouched(a) && u.padding_untouched(u0) && vt.padding_untouched(vt0),
                  "the padding was changed");
        for (std::size_t i = 0; i < static_cast<std::size_t>(low); ++i)
            p.require(s[i] >= 0 && (i == 0 || s[i] <= s[i - 1]), "singular values do not fall");
        if (job == 'A')
            first = s;
        p.ratio(same_values<T>(s, first, low), "values against job A");
        if (job == 'N')
            continue;
        const Dense du = u.dense(), dvt = vt.dense();
        const Dense us = scaled(columns(du, 0, low), s);
        const Dense rows = job == 'A' ? apply('T', columns(apply('T', dvt), 0, low)) : dvt;
        p.ratio(residual<T>({{1.0, &us, &rows}}, a.dense(), high), "residual");
        p.ratio(orthogonality<T>(du, m), "orthogonality of U");
        p.ratio(orthogonality<T>(dvt, n), "orthogonality of V");
    }
}

// |A Z - Z W| / (n |A| eps), |Z^H Z - I| / (n eps); W rises.
template <class T> void heevd(Probe& p) {
    const auto n = p.shape.m;
    auto first = reals<Real<T>>(n);
    for (const char uplo : {'U', 'L'})
        for (const char job : {'V', 'N'}) {
            p.with("%c%c", job, uplo);
            Random same(static_cast<std::uint64_t>(n)); // both triangles of one matrix
            auto a = Matrix<T>::random(n, n, 2, same, marker<T>());
            for (std::int64_t j = 0; j < n; ++j) {
                for (std::int64_t i = 0; i < j; ++i)
                    a(i, j) = make<T>(real_part(a(j, i)), -imag_part(a(j, i)));
                a(j, j) = make<T>(real_part(a(j, j)), 0.0);
            }
            auto z = a;
            for (std::int64_t j = 0; j < n; ++j)
                for (std::int64_t i = 0; i < n; ++i)
                    if (!in_triangle(uplo, i, j))
                        z(i, j) = not_a_number<T>();
            auto w = reals<Real<T>>(n);
            p.status(routines<T>(p.backend).heevd(job, uplo, n, z.data(), z.ld, w.data()));
            p.require(z.padding_untouched(a), "the padding was changed");
            for (std::size_t i = 1; i < static_cast<std::size_t>(n); ++i)
                p.require(w[i - 1] <= w[i], "eigenvalues do not rise");
            if (job == 'V' && uplo == 'U')
                first = w;
            p.ratio(same_values<T>(w, first, n), "values against VU");
            if (job == 'N')
                continue;
            const Dense da = a.dense(), dz = z.dense(), zw = scaled(dz, w);
            p.ratio(
                relative<T>(residual_norm({{1.0, &da, &dz}}, zw, kEps<T>), order(n) * norm1(da)),
                "residual");
            p.ratio(orthogonality<T>(dz, n), "orthogonality");
        }
}

// The eigenvectors as complex columns: real types pack a conjugate pair into two columns.
template <class T> Dense unpacked(const Matrix<T>& v, const std::vector<Real<T>>& wi) {
    Dense d(v.rows, v.cols, true);
    for (std::int64_t j = 0; j < v.cols; ++j) {
        const bool pair = !is_complex<T> && wi[static_cast<std::size_t>(j)] > 0 && j + 1 < v.cols;
        for (std::int64_t i = 0; i < v.rows; ++i) {
            d.set(i, j, real_part(v(i, j)), pair ? real_part(v(i, j + 1)) : imag_part(v(i, j)));
            if (pair)
                d.set(i, j + 1, real_part(v(i, j)), -real_part(v(i, j + 1)));
        }
        j += pair ? 1 : 0;
    }
    return d;
}

// |A V - V W| / (|A| |V| n eps), and U^H A = W U^H; columns of length one.
template <class T> void geev(Probe& p) {
    const auto n = p.shape.m;
    const auto& r = routines<T>(p.backend);
    const auto a = Matrix<T>::random(n, n, 1, p.random, marker<T>());
    auto first_re = reals<Real<T>>(n), first_im = first_re;
    for (const bool vectors : {true, false}) {
        p.with(vectors ? "VV" : "NN");
        auto work = a;
        auto wr = reals<Real<T>>(n), wi = wr;
        Matrix<T> vl(n, n, 2, marker<T>()), vr(n, n, 3, marker<T>());
        const auto vl0 = vl, vr0 = vr;
        const char job = vectors ? 'V' : 'N';
        p.status(r.geev(job, job, n, work.data(), work.ld, wr.data(), wi.data(), vl.data(), vl.ld,
                        vr.data(), vr.ld));
        p.require(work.padding_untouched(a) && vl.padding_untouched(vl0) &&
                      vr.padding_untouched(vr0),
                  "the padding was changed");
        double trace_error = 0.0;
        for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
            const auto at = static_cast<std::int64_t>(i);
            trace_error += static_cast<double>(wr[i]) - real_part(a(at, at));
        }
        p.ratio(relative<T>(std::abs(trace_error), order(n) * norm1(a.dense())), "trace");
        if (!vectors)
            continue;
        const Dense da = a.dense(), ah = apply('C', da);
        const auto side = [&](const Dense& matrix, const Matrix<T>& v, double sign,
                              const char* name) {
            const Dense dv = unpacked(v, wi);
            Dense vw(n, n, true), full(n, n, true);
            full.re = matrix.re;
            if (matrix.complex())
                full.im = matrix.im;
            for (std::int64_t j = 0; j < n; ++j) {
                const auto at = static_cast<std::size_t>(j);
                const std::complex<double> w =
                    std::complex<double>(wr[at], sign * static_cast<double>(wi[at]));
                double length = 0.0;
                for (std::int64_t i = 0; i < n; ++i) {
                    const std::complex<double> x(dv.re[dv.at(i, j)], dv.im[dv.at(i, j)]);
                    vw.set(i, j, (w * x).real(), (w * x).imag());
                    length += std::norm(x);
                }
                p.ratio(relative<T>(std::abs(std::sqrt(length) - 1.0), order(n)), "length");
            }
            p.ratio(relative<T>(residual_norm({{1.0, &full, &dv}}, vw, kEps<T>),
                                order(n) * norm1(full) * norm1(dv)),
                    name);
        };
        side(da, vr, 1.0, "right vectors");
        side(ah, vl, -1.0, "left vectors"); // A^H u = conj(w) u
    }
}

// Full rank: tall systems leave a residual that is orthogonal to A, wide ones none; and a matrix
// of rank 1 is seen as one.
template <class T> void gelsd(Probe& p) {
    const auto m = p.shape.m, n = p.shape.n, nrhs = p.shape.k, low = std::min(m, n);
    const auto high = std::max(m, n);
    const auto& r = routines<T>(p.backend);
    for (const std::int64_t wanted : {low, std::int64_t(1)}) {
        p.with("rank %d", int(wanted));
        auto a0 = Matrix<T>::random(m, n, 2, p.random, marker<T>());
        if (wanted < low) // every column a small multiple of the first, exactly
            for (std::int64_t j = 1; j < n; ++j)
                for (std::int64_t i = 0; i < m; ++i)
                    a0(i, j) = a0(i, 0) * make<T>(j % 2 ? 2.0 : -0.5, 0.0);
        const auto b0 = Matrix<T>::random(high, nrhs, 1, p.random, marker<T>());
        auto a = a0, b = b0;
        auto s = reals<Real<T>>(low);
        const auto rcond = static_cast<Real<T>>(10.0 * kEps<T> * order(high));
        std::int64_t rank = -1;
        p.status(r.gelsd(m, n, nrhs, a.data(), a.ld, b.data(), b.ld, s.data(), &rcond, &rank));
        p.require(rank == wanted, "rank " + std::to_string(rank));
        p.require(a.padding_untouched(a0) && b.padding_untouched(b0), "the padding was changed");
        Dense x(n, nrhs, is_complex<T>), rest(m, nrhs, is_complex<T>);
        for (std::int64_t j = 0; j < nrhs; ++j) {
            for (std::int64_t i = 0; i < n; ++i)
                x.set(i, j, real_part(b(i, j)), imag_part(b(i, j)));
            for (std::int64_t i = 0; i < m; ++i)
                rest.set(i, j, real_part(b0(i, j)), imag_part(b0(i, j)));
        }
        const Dense da = a0.dense(), ah = apply('C', da), right = rest;
        const double size = order(high) * norm1(da);
        if (wanted == low && m <= n) {
            p.ratio(relative<T>(residual_norm({{1.0, &da, &x}}, right, kEps<T>),
                                size * (norm1(x) + norm1(right) / norm1(da))),
                    "residual");
            continue;
        }
        // A^H A X = A^H B
        const Dense aha = [&] {
            Dense product(n, n, is_complex<T>);
            for (std::int64_t j = 0; j < n; ++j)
                for (std::int64_t i = 0; i < n; ++i) {
                    std::complex<double> sum = 0.0;
                    for (std::int64_t l = 0; l < m; ++l) {
                        const std::complex<double> u(da.re[da.at(l, i)],
                                                     da.complex() ? -da.im[da.at(l, i)] : 0.0);
                        const std::complex<double> v(da.re[da.at(l, j)],
                                                     da.complex() ? da.im[da.at(l, j)] : 0.0);
                        sum += u * v;
                    }
                    product.set(i, j, sum.real(), sum.imag());
                }
            return product;
        }();
        const Dense zero(n, nrhs, is_complex<T>);
        p.ratio(
            relative<T>(residual_norm({{1.0, &aha, &x}, {-1.0, &ah, &right}}, zero, kEps<T>),
                        size * norm1(right) * std::max(1.0, norm1(ah) * norm1(x) / norm1(right))),
            "A^H (B - A X)");
    }
}

} // namespace

const std::vector<Case>& value_cases() {
    static const std::vector<Case> cases = {
        ROW(gesdd, 35, Shapes::tall_wide),
        ROW(heevd, 60, Shapes::squares),
        ROW(geev, 30, Shapes::squares),
        ROW(gelsd, 30, Shapes::systems),
    };
    return cases;
}

} // namespace check
