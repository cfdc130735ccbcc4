// SPDX-License-Identifier: Apache-2.0
// Singular values, eigenvalues and least squares: matrices of known values (spectrum.h), residuals,
// orthogonality, order and normalisation.
#include "cases.h"

#include "cover.h"
#include "residuals.h"
#include "spectrum.h"

namespace check {
namespace {

template <class R> std::vector<R> reals(std::int64_t n) { // two are watched
    return std::vector<R>(static_cast<std::size_t>(n) + 2, std::numeric_limits<R>::quiet_NaN());
}
template <class R> bool bounded(const std::vector<R>& values) {
    return std::isnan(values[values.size() - 1]) && std::isnan(values[values.size() - 2]);
}

// The first n values, times 2^-exponent.
template <class R>
std::vector<double> doubles(const std::vector<R>& values, std::int64_t n, int exponent) {
    std::vector<double> all;
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
        all.push_back(std::ldexp(static_cast<double>(values[i]), -exponent));
    return all;
}

// LAPACK's iterations for singular values let an off-diagonal element of up to eps^(-1/8) eps (90
// in double precision) times a singular value go (xBDSQR's TOLMUL). So no order counts as less than
// 9: 35 sqrt(9) is above that.
std::int64_t tolerant(std::int64_t n) { return std::max<std::int64_t>(9, n); }

// max |a - b| / (sqrt(n) size eps)
template <class T>
double same_values(const std::vector<double>& a, const std::vector<double>& b, double size) {
    double error = 0.0;
    for (std::size_t i = 0; i < b.size(); ++i)
        error = worst(std::abs(a[i] - b[i]), error);
    const auto n = tolerant(static_cast<std::int64_t>(b.size()));
    return relative<T>(error, std::sqrt(order(n)) * size);
}

template <class Body> void over_kinds(Probe& p, Body body) {
    unsigned number = 0;
    for (const auto kind : kKinds)
        if (takes_kind(kind, std::max(p.shape.m, p.shape.n), p.turn, p.full))
            body(kind, number++);
}

double condition_of(double eps) { return 0.1 / eps; }

// ---- singular values ----

template <class T> struct Decomposed {
    Matrix<T> a;
    Dense dense;
    int exponent;
    std::vector<double> values; // empty: not known
};

template <class T>
Decomposed<T> to_decompose(Probe& p, Kind kind, std::int64_t m, std::int64_t n,
                           std::int64_t extra) {
    auto values = spectrum(kind, std::min(m, n), condition_of(kEps<T>));
    Dense a = between_rotations(m, n, values, is_complex<T>, p.random);
    const int exponent = exponent_of<T>(kind);
    if (kind == Kind::graded) {
        values.clear();
        for (std::int64_t j = 0; j < n; ++j)
            for (std::int64_t i = 0; i < m; ++i)
                for (auto* part : {&a.re, &a.im})
                    if (!part->empty())
                        (*part)[a.at(i, j)] =
                            std::ldexp((*part)[a.at(i, j)], -int(std::min<std::int64_t>(j, 20)));
    }
    auto matrix = scaled_up<T>(a, exponent, extra, marker<T>());
    Dense dense = scaled_down(matrix, exponent);
    return {std::move(matrix), std::move(dense), exponent, std::move(values)};
}

template <class T> struct Factors {
    std::vector<double> s;
    Matrix<T> u, vt;
};

template <class T>
Factors<T> decompose(Probe& p, char job, const Decomposed<T>& given, const Extra& extra) {
    const auto m = given.a.rows, n = given.a.cols, low = std::min(m, n);
    auto work = given.a;
    auto s = reals<Real<T>>(low);
    // with job N neither is looked at
    Matrix<T> u(job == 'N' ? 1 : m, job == 'A' ? m : job == 'S' ? low : 1, extra[1], marker<T>());
    Matrix<T> vt(job == 'A' ? n : job == 'S' ? low : 1, job == 'N' ? 1 : n, extra[2], marker<T>());
    const auto u0 = u, vt0 = vt;
    p.status(routines<T>(p.backend).gesdd(job, m, n, work.data(), work.ld, s.data(), u.data(), u.ld,
                                          vt.data(), vt.ld));
    p.require(work.padding_untouched(given.a) && u.padding_untouched(u0) &&
                  vt.padding_untouched(vt0) && bounded(s),
              "the padding was changed");
    for (std::size_t i = 0; i < static_cast<std::size_t>(low); ++i)
        p.require(s[i] >= 0 && (i == 0 || s[i] <= s[i - 1]), "singular values do not fall");
    return {doubles(s, low, given.exponent), std::move(u), std::move(vt)};
}

// |A - U S V^H|, |U^H U - 1|, |V^H V - 1|; S falls, S >= 0, S is known.
template <class T> void gesdd(Probe& p) {
    const auto m = p.shape.m, n = p.shape.n, low = std::min(m, n);
    over_kinds(p, [&](Kind kind, unsigned number) {
        const auto& extra = level(kExtras, p, number);
        const auto given = to_decompose<T>(p, kind, m, n, extra[0]);
        std::vector<double> first;
        for (const char job : {'A', 'S', 'N'}) {
            if (job == 'A' && std::max(m, n) > 140)
                continue; // the other factor has no bound on its size
            p.with("%c %s ld+%d+%d+%d", job, text(kind), int(extra[0]), int(extra[1]),
                   int(extra[2]));
            const auto f = decompose(p, job, given, extra);
            const double size = low == 0 ? 1.0 : f.s[0];
            if (first.empty())
                first = f.s;
            p.ratio(same_values<T>(f.s, first, size), "values against another job");
            if (!given.values.empty())
                p.ratio(same_values<T>(f.s, given.values, 1.0), "known values");
            if (job == 'N' || low == 0)
                continue;
            const Dense du = f.u.dense(), dvt = f.vt.dense();
            const Dense us = scaled(columns(du, 0, low), f.s);
            const Dense rows = job == 'A' ? apply('T', columns(apply('T', dvt), 0, low)) : dvt;
            p.ratio(residual<T>({{1.0, &us, &rows}}, given.dense, tolerant(std::max(m, n)), size),
                    "residual");
            p.ratio(orthogonality<T>(du, m), "orthogonality of U");
            p.ratio(orthogonality<T>(dvt, n), "orthogonality of V");
        }
    });
}

// ---- hermitian eigenvalues ----

// Rising values, of both signs but for the condition's own kinds.
std::vector<double> rising(Kind kind, std::int64_t n, double eps, Random& source) {
    auto values = spectrum(kind, n, condition_of(eps));
    for (auto& value : values)
        value *= source.bits() % 2 == 0 ? 1.0 : -1.0;
    std::sort(values.begin(), values.end());
    return values;
}

template <class T>
void eigen_once(Probe& p, char job, char uplo, const Matrix<T>& a, const Dense& dense, int exponent,
                const std::vector<double>& known) {
    const auto n = a.rows;
    auto z = a;
    for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t i = 0; i < n; ++i)
            if (!in_triangle(uplo, i, j))
                z(i, j) = not_a_number<T>();
    auto w = reals<Real<T>>(n);
    p.status(routines<T>(p.backend).heevd(job, uplo, n, z.data(), z.ld, w.data()));
    p.require(z.padding_untouched(a) && bounded(w), "the padding was changed");
    for (std::size_t i = 1; i < static_cast<std::size_t>(n); ++i)
        p.require(w[i - 1] <= w[i], "eigenvalues do not rise");
    const auto values = doubles(w, n, exponent);
    if (!known.empty())
        p.ratio(same_values<T>(values, known, 1.0), "known values");
    if (job == 'N' || n == 0)
        return;
    const Dense dz = z.dense(), zw = scaled(dz, values);
    const double size = std::max(std::abs(values.front()), std::abs(values.back()));
    p.ratio(residual<T>({{1.0, &dense, &dz}}, zw, n, size), "residual");
    p.ratio(orthogonality<T>(dz, n), "orthogonality");
}

// |A Z - Z W|, |Z^H Z - 1|; W rises and is known.
template <class T> void heevd(Probe& p) {
    const auto n = p.shape.m;
    over_kinds(p, [&](Kind kind, unsigned number) {
        const auto known = rising(kind, n, kEps<T>, p.random);
        const Dense h = hermitian_of(known, is_complex<T>, p.random);
        const auto extra = level(kExtras, p, number)[0];
        const int exponent = exponent_of<T>(kind);
        const auto a = scaled_up<T>(h, exponent, extra, marker<T>());
        const Dense dense = scaled_down(a, exponent);
        for (const char uplo : {'U', 'L'})
            for (const char job : {'V', 'N'}) {
                p.with("%c%c %s ld+%d", job, uplo, text(kind), int(extra));
                eigen_once<T>(p, job, uplo, a, dense, exponent, known);
            }
    });
}

// ---- eigenvalues of general matrices ----

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

// A normal matrix Q B Q^H of given eigenvalues on and around the unit circle; for real types
// conjugate pairs as 2 x 2 blocks, and a real one when n is odd.
template <class T>
Dense normal_matrix(std::int64_t n, std::vector<Complex>& values, Random& source) {
    Dense a(n, n, is_complex<T>);
    const auto next = [&] {
        return std::polar(0.5 + 0.5 * std::abs(source.next()), 3.0 * source.next());
    };
    source.whole(0.0);
    for (std::int64_t i = 0; i < n; ++i) {
        Complex z = next();
        if constexpr (is_complex<T>) {
            a.set(i, i, z.real(), z.imag());
        } else if (i + 1 < n && i % 5 != 4) {
            a.set(i, i, z.real(), 0.0);
            a.set(i + 1, i + 1, z.real(), 0.0);
            a.set(i, i + 1, z.imag(), 0.0);
            a.set(i + 1, i, -z.imag(), 0.0);
            values.push_back(std::conj(z));
            ++i;
        } else {
            z = z.real();
            a.set(i, i, z.real(), 0.0);
        }
        values.push_back(z);
    }
    const Random same(source.bits());
    rotate_rows(a, same);
    a = apply('C', a);
    rotate_rows(a, same);
    return apply('C', a);
}

enum class General : std::uint8_t {
    normal,
    random,
    badly_scaled,
    triangular,
    nearly_zero,
    nearly_inf
};
constexpr const char* kGeneralNames[] = {"normal",     "random",         "badly scaled",
                                         "triangular", "near underflow", "near overflow"};

template <class T> struct Eigen {
    Matrix<T> a;
    Dense dense;
    int exponent;
    std::vector<Complex> values; // empty: not known well
};

template <class T> Eigen<T> to_eigen(Probe& p, General kind, std::int64_t n, std::int64_t extra) {
    std::vector<Complex> values;
    p.random.whole(0.0);
    Dense a = Matrix<T>::random(n, n, 0, p.random, T(0)).dense();
    const bool scaled_ends = kind == General::nearly_zero || kind == General::nearly_inf;
    if (kind == General::normal || scaled_ends)
        a = normal_matrix<T>(n, values, p.random);
    for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t i = 0; i < n; ++i)
            for (auto* part : {&a.re, &a.im})
                if (!part->empty()) {
                    auto& x = (*part)[a.at(i, j)];
                    if (kind == General::badly_scaled) // D^-1 A D
                        x = std::ldexp(x, static_cast<int>(j % 13 - i % 13));
                    else if (kind == General::triangular && i > j)
                        x = 0.0;
                }
    const int exponent = kind == General::nearly_zero  ? exponent_of<T>(Kind::nearly_zero)
                         : kind == General::nearly_inf ? exponent_of<T>(Kind::nearly_inf)
                                                       : 0;
    auto matrix = scaled_up<T>(a, exponent, extra, marker<T>());
    Dense dense = scaled_down(matrix, exponent);
    return {std::move(matrix), std::move(dense), exponent, std::move(values)};
}

// How far the nearest of `values` is from each of `known`, each used once.
double farthest(std::vector<Complex> values, const std::vector<Complex>& known) {
    double far = 0.0;
    for (const auto& z : known) {
        const auto nearest =
            std::min_element(values.begin(), values.end(), [&](const auto& x, const auto& y) {
                return std::abs(x - z) < std::abs(y - z);
            });
        far = worst(std::abs(*nearest - z), far);
        values.erase(nearest);
    }
    return far;
}

// |A V - V W| by columns of length 1, the largest part of each real; U^H A = W U^H as A^H U =
// U conj(W) (sign -1).
template <class T>
void judge_vectors(Probe& p, const Dense& matrix, const Matrix<T>& v,
                   const std::vector<Real<T>>& wi, const std::vector<Complex>& w, double sign,
                   const char* name) {
    const auto n = matrix.rows;
    const Dense dv = unpacked(v, wi);
    Dense vw(n, n, true), full(n, n, true);
    full.re = matrix.re;
    if (matrix.complex())
        full.im = matrix.im;
    for (std::int64_t j = 0; j < n; ++j) {
        const Complex z = w[static_cast<std::size_t>(j)];
        double length = 0.0, largest = 0.0;
        Complex leading = 0.0;
        for (std::int64_t i = 0; i < n; ++i) {
            const Complex x(dv.re[dv.at(i, j)], dv.im[dv.at(i, j)]);
            const Complex y = Complex(z.real(), sign * z.imag()) * x;
            vw.set(i, j, y.real(), y.imag());
            length += std::norm(x);
            if (std::norm(x) > largest) {
                largest = std::norm(x);
                leading = x;
            }
        }
        p.ratio(relative<T>(std::abs(std::sqrt(length) - 1.0), std::sqrt(order(n))), "length");
        // two of nearly the same size may change places in rounding
        double least = std::abs(leading.imag());
        for (std::int64_t i = 0; i < n; ++i)
            if (std::hypot(dv.re[dv.at(i, j)], dv.im[dv.at(i, j)]) >
                std::sqrt(largest) * (1.0 - 100.0 * kEps<T>))
                least = std::min(least, std::abs(dv.im[dv.at(i, j)]));
        p.ratio(relative<T>(least, std::sqrt(order(n))), "largest part real");
    }
    double size = 0.0; // Frobenius
    for (const double x : lengths(matrix))
        size = std::hypot(size, x);
    p.ratio(residual<T>({{1.0, &full, &dv}}, vw, n, size), name);
}

template <class T>
void general_once(Probe& p, char left, char right, const Eigen<T>& given, const Extra& extra,
                  std::vector<Complex>& first) {
    const auto n = given.a.rows;
    auto work = given.a;
    auto wr = reals<Real<T>>(n), wi = wr;
    const auto some = [](char job, std::int64_t size) { return job == 'V' ? size : 1; };
    Matrix<T> vl(some(left, n), some(left, n), extra[1], marker<T>());
    Matrix<T> vr(some(right, n), some(right, n), extra[2], marker<T>());
    const auto vl0 = vl, vr0 = vr;
    p.status(routines<T>(p.backend).geev(left, right, n, work.data(), work.ld, wr.data(), wi.data(),
                                         vl.data(), vl.ld, vr.data(), vr.ld));
    p.require(work.padding_untouched(given.a) && vl.padding_untouched(vl0) &&
                  vr.padding_untouched(vr0) && bounded(wr) && bounded(wi),
              "the padding was changed");
    const auto re = doubles(wr, n, given.exponent), im = doubles(wi, n, given.exponent);
    std::vector<Complex> w;
    Complex trace = 0.0;
    double size = 0.0;
    for (std::int64_t i = 0; i < n; ++i) {
        const auto at = given.dense.at(i, i);
        w.emplace_back(re[static_cast<std::size_t>(i)], im[static_cast<std::size_t>(i)]);
        trace += w.back() -
                 Complex(given.dense.re[at], given.dense.complex() ? given.dense.im[at] : 0.0);
    }
    for (const double x : lengths(given.dense))
        size = std::hypot(size, x);
    for (std::size_t i = 0; !is_complex<T> && i < w.size(); ++i)
        if (w[i].imag() > 0.0) {
            p.require(i + 1 < w.size() && w[i + 1] == std::conj(w[i]),
                      "an eigenvalue stands without its conjugate");
            ++i;
        } else {
            p.require(!(w[i].imag() < 0.0), "a conjugate stands first");
        }
    p.ratio(relative<T>(std::abs(trace), order(n) * size), "trace");
    if (!given.values.empty()) {
        p.ratio(relative<T>(farthest(w, given.values), std::sqrt(order(n))), "known values");
        if (first.empty())
            first = w;
        p.ratio(relative<T>(farthest(w, first), std::sqrt(order(n))), "values against VV");
    }
    if (left == 'V')
        judge_vectors<T>(p, apply('C', given.dense), vl, wi, w, -1.0, "left vectors");
    if (right == 'V')
        judge_vectors<T>(p, given.dense, vr, wi, w, 1.0, "right vectors");
}

template <class T> void geev(Probe& p) {
    const auto n = p.shape.m;
    unsigned number = 0;
    for (const auto kind : {General::normal, General::random, General::badly_scaled,
                            General::triangular, General::nearly_zero, General::nearly_inf}) {
        const auto at = static_cast<unsigned>(kind);
        if (!p.full && n > 9 && (at + p.turn) % 3 != 0)
            continue;
        const auto& extra = level(kExtras, p, ++number);
        const auto given = to_eigen<T>(p, kind, n, extra[0]);
        std::vector<Complex> first;
        for (const auto* jobs : {"VV", "VN", "NV", "NN"}) {
            p.with("%s %s ld+%d+%d+%d", jobs, kGeneralNames[at], int(extra[0]), int(extra[1]),
                   int(extra[2]));
            general_once<T>(p, jobs[0], jobs[1], given, extra, first);
        }
    }
}

// ---- least squares ----

Dense upper_rows(const Dense& a, std::int64_t rows) {
    return apply('T', columns(apply('T', a), 0, rows));
}

// The singular values of the rank wanted, the rest 0: A, its first left and last right vectors.
struct Deficient {
    Dense a, range, null; // range: m x rank, null: n x (n - rank)
    std::vector<double> values;
};

Dense rotated(std::int64_t n, std::int64_t first, std::int64_t count, bool complex,
              std::uint64_t seed) {
    Dense q(n, count, complex);
    for (std::int64_t j = 0; j < count; ++j)
        q.re[q.at(first + j, j)] = 1.0;
    rotate_rows(q, Random(seed));
    return q;
}

Deficient deficient(std::int64_t m, std::int64_t n, std::int64_t rank, double smallest,
                    bool complex, Random& source) {
    const auto low = std::min(m, n);
    auto values = spectrum(Kind::geometric, rank, 1.0 / smallest);
    values.resize(static_cast<std::size_t>(low), 0.0);
    Random seeds = source; // those that between_rotations will take
    const auto left = seeds.bits(), right = seeds.bits();
    Dense a = between_rotations(m, n, values, complex, source);
    return {std::move(a), rotated(m, 0, rank, complex, left),
            rotated(n, rank, n - rank, complex, right), std::move(values)};
}

// What lies in the directions of q: max over the columns of |q^H x| / scale.
template <class T> double along(const Dense& q, const Dense& x, std::int64_t n, double scale) {
    const Dense qh = apply('C', q);
    const auto part = residual_columns({{1.0, &qh, &x}}, Dense(q.cols, x.cols, is_complex<T>),
                                       kEps<T>, Norm::two);
    double largest = 0.0;
    for (const double value : part)
        largest = worst(value, largest);
    return relative<T>(largest, std::sqrt(order(n)) * scale);
}

// The solution of least length: what is left over is orthogonal to the range of A, and the
// solution to its null space; S and the rank are known.
template <class T> void least_squares(Probe& p, std::int64_t rank, double smallest, int exponent) {
    const auto m = p.shape.m, n = p.shape.n, nrhs = p.shape.k, low = std::min(m, n),
               high = std::max(m, n);
    const auto& extra = level(kExtras, p, static_cast<unsigned>(rank));
    p.with("rank %d smallest %g scale 2^%d ld+%d+%d", int(rank), smallest, exponent, int(extra[0]),
           int(extra[1]));
    const auto known = deficient(m, n, rank, smallest, is_complex<T>, p.random);
    const auto a0 = scaled_up<T>(known.a, exponent, extra[0], marker<T>());
    const Dense da = scaled_down(a0, exponent);
    p.random.whole(0.0);
    const Dense b1 = Matrix<T>::random(high, nrhs, 0, p.random, marker<T>()).dense();
    const auto b0 = scaled_up<T>(b1, exponent, extra[1], marker<T>());
    auto a = a0;
    auto b = b0;
    auto s = reals<Real<T>>(low);
    const auto rcond = static_cast<Real<T>>(smallest / 8.0);
    std::int64_t found = -1;
    p.status(routines<T>(p.backend).gelsd(m, n, nrhs, a.data(), a.ld, b.data(), b.ld, s.data(),
                                          &rcond, &found));
    p.require(found == rank, "rank " + std::to_string(found));
    p.require(a.padding_untouched(a0) && b.padding_untouched(b0) && bounded(s),
              "the padding was changed");
    p.ratio(same_values<T>(doubles(s, low, exponent), known.values, 1.0), "known values");
    const Dense x = upper_rows(b.dense(), n), right = upper_rows(b1, m),
                one = identity(nrhs, false);
    // the computed solution is exact for a matrix within eps of A: what it leaves over is off by
    // |A| |x| eps, and it leaves the row space by |x| eps / smallest
    Dense rest(m, nrhs, is_complex<T>);
    const Dense product = [&] {
        Dense ax(m, nrhs, is_complex<T>);
        for (std::int64_t j = 0; j < nrhs; ++j)
            for (std::int64_t l = 0; l < n; ++l)
                for (std::int64_t i = 0; i < m; ++i) {
                    const Complex value =
                        Complex(da.re[da.at(i, l)], da.complex() ? da.im[da.at(i, l)] : 0.0) *
                        Complex(x.re[x.at(l, j)], x.complex() ? x.im[x.at(l, j)] : 0.0);
                    ax.re[ax.at(i, j)] += value.real();
                    if (ax.complex())
                        ax.im[ax.at(i, j)] += value.imag();
                }
        return ax;
    }();
    for (std::size_t i = 0; i < rest.re.size(); ++i) {
        rest.re[i] = right.re[i] - product.re[i];
        if (rest.complex())
            rest.im[i] = right.im[i] - product.im[i];
    }
    double x_size = 0.0, b_size = 0.0;
    for (const double value : lengths(x))
        x_size = std::max(x_size, value);
    for (const double value : lengths(right))
        b_size = std::max(b_size, value);
    p.ratio(along<T>(known.range, rest, high, x_size + b_size / (smallest * order(rank))),
            "what is left over, along the range");
    p.ratio(along<T>(known.null, x, high, x_size / smallest), "the solution, along the null space");
}

template <class T> void gelsd(Probe& p) {
    const auto low = std::min(p.shape.m, p.shape.n);
    least_squares<T>(p, low, 0.5, 0);
    least_squares<T>(p, low, 100.0 * kEps<T> * order(std::max(p.shape.m, p.shape.n)), 0);
    least_squares<T>(p, low, 0.5, exponent_of<T>(Kind::nearly_zero));
    least_squares<T>(p, low, 0.5, exponent_of<T>(Kind::nearly_inf));
    if (low > 1) {
        least_squares<T>(p, 1, 0.5, 0);
        least_squares<T>(p, (low + 1) / 2, 0.1, 0);
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
