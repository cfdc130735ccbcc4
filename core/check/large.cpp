// SPDX-License-Identifier: Apache-2.0
// LU, Cholesky and QR beyond every block and every threshold of threads. Their factors are judged
// by what they do to a few random vectors, in double-double: n^2 work, so that a quick run affords
// it. One wrong element shows as long as it is off by more than about n roundings.
#include "cases.h"

#include "cover.h"
#include "double_double.h"
#include "lu.h"
#include "residuals.h"
#include "wide.h"

namespace check {
namespace {

constexpr int kVectors = 2;
using Wide = DoubleDouble;

struct Column {
    std::vector<Wide> re, im;
    explicit Column(std::int64_t n) : re(static_cast<std::size_t>(n)), im(re) {}
    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(re.size()); }
};

Column random_column(std::int64_t n, bool complex, Random& source) {
    Column x(n);
    for (std::size_t i = 0; i < x.re.size(); ++i) {
        x.re[i] = source.next();
        x.im[i] = complex ? source.next() : 0.0;
    }
    return x;
}

// a x
Column times(const Dense& a, const Column& x) {
    WideColumn re(a.rows), im(a.rows);
    for (std::int64_t j = 0; j < a.cols; ++j) {
        const Wide xr = x.re[static_cast<std::size_t>(j)], xi = x.im[static_cast<std::size_t>(j)];
        const double* ar = a.re.data() + a.at(0, j);
        re.add(ar, xr);
        im.add(ar, xi);
        if (!a.complex())
            continue;
        const double* ai = a.im.data() + a.at(0, j);
        re.add(ai, -xi);
        im.add(ai, xr);
    }
    Column y(a.rows);
    for (std::size_t i = 0; i < y.re.size(); ++i) {
        y.re[i] = re.at(i);
        y.im[i] = im.at(i);
    }
    return y;
}

// |a| x, with |re| + |im| for the size of a number
std::vector<double> size_times(const Dense& a, const std::vector<double>& x) {
    std::vector<double> y(static_cast<std::size_t>(a.rows));
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (std::size_t i = 0; i < y.size(); ++i) {
            const auto at = a.at(static_cast<std::int64_t>(i), j);
            y[i] += (std::abs(a.re[at]) + (a.complex() ? std::abs(a.im[at]) : 0.0)) *
                    x[static_cast<std::size_t>(j)];
        }
    return y;
}
std::vector<double> sizes(const Column& x) {
    std::vector<double> all;
    for (std::size_t i = 0; i < x.re.size(); ++i)
        all.push_back(std::abs(x.re[i].hi) + std::abs(x.im[i].hi));
    return all;
}

// |a x - left (right x)| / (eps |left| |right| |x|), the largest over the elements.
template <class T>
double product_ratio(const Dense& a, const Dense& left, const Dense& right, Random& source) {
    double largest = 0.0;
    for (int round = 0; round < kVectors; ++round) {
        const Column x = random_column(a.cols, a.complex(), source);
        const Column got = times(left, times(right, x)), expected = times(a, x);
        const auto scale = size_times(left, size_times(right, sizes(x)));
        for (std::size_t i = 0; i < scale.size(); ++i)
            largest = worst(relative<T>(std::abs((got.re[i] - expected.re[i]).hi) +
                                            std::abs((got.im[i] - expected.im[i]).hi),
                                        scale[i]),
                            largest);
    }
    return largest;
}

template <class T> Matrix<T> operand(Probe& p, std::int64_t extra) {
    p.random.whole(0.0);
    return Matrix<T>::random(p.shape.m, p.shape.n, extra, p.random, marker<T>());
}

template <class T> void getrf_large(Probe& p) {
    const auto m = p.shape.m, n = p.shape.n, low = std::min(m, n);
    const auto extra = level(kExtras, p, 0)[0];
    p.with("ld+%d", int(extra));
    const auto a = operand<T>(p, extra);
    auto lu = a;
    auto ipiv = pivots(low);
    p.status(routines<T>(p.backend).getrf(m, n, lu.data(), lu.ld, ipiv.data()));
    p.require(lu.padding_untouched(a), "the padding was changed");
    const Dense l = lower_part(lu.dense(), low, true), u = upper_part(lu.dense(), low);
    require_partial_pivoting(p, l, ipiv, low);
    p.ratio(product_ratio<T>(exchange(a.dense(), ipiv, low), l, u, p.random));
}

template <class T> void potrf_large(Probe& p) {
    const auto n = std::min(p.shape.m, p.shape.n);
    for (const char uplo : {'U', 'L'}) {
        const auto extra = level(kExtras, p, uplo == 'L' ? 1 : 0)[0];
        p.with("%c ld+%d", uplo, int(extra));
        p.random.whole(0.0);
        const auto a = positive_definite<T>(n, extra, p.random);
        auto factor = a;
        p.status(routines<T>(p.backend).potrf(uplo, n, factor.data(), factor.ld));
        p.require(factor.untouched_outside(
                      a, [&](auto i, auto j) { return uplo == 'U' ? i <= j : i >= j; }),
                  "the other triangle or the padding was changed");
        const Dense one =
            uplo == 'U' ? upper_part(factor.dense(), n) : lower_part(factor.dense(), n, false);
        const Dense other = apply('C', one);
        p.ratio(product_ratio<T>(a.dense(), uplo == 'U' ? other : one, uplo == 'U' ? one : other,
                                 p.random));
    }
}

// H(i)^H y for each reflector i in turn, H(i) = 1 - tau v v^H, v below the diagonal of column i.
template <class T>
void reflect(Column& y, const Dense& factor, const std::vector<T>& tau, std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k) {
        const auto first = static_cast<std::size_t>(k);
        Wide re = y.re[first], im = y.im[first];
        for (auto i = k + 1; i < factor.rows; ++i) { // v^H y
            const auto at = factor.at(i, k), row = static_cast<std::size_t>(i);
            const Wide vr = factor.re[at], vi = factor.complex() ? factor.im[at] : 0.0;
            re += vr * y.re[row] + vi * y.im[row];
            im += vr * y.im[row] - vi * y.re[row];
        }
        const Wide tr = real_part(tau[first]), ti = -Wide(imag_part(tau[first]));
        const Wide sr = tr * re - ti * im, si = tr * im + ti * re;
        y.re[first] -= sr;
        y.im[first] -= si;
        for (auto i = k + 1; i < factor.rows; ++i) {
            const auto at = factor.at(i, k), row = static_cast<std::size_t>(i);
            const Wide vr = factor.re[at], vi = factor.complex() ? factor.im[at] : 0.0;
            y.re[row] -= vr * sr - vi * si;
            y.im[row] -= vr * si + vi * sr;
        }
    }
}

// |Q^H (A x) - R x| / (eps sqrt(n) |A|_F |x|)
template <class T> void geqrf_large(Probe& p) {
    const auto m = p.shape.m, n = p.shape.n, low = std::min(m, n);
    const auto extra = level(kExtras, p, 0)[0];
    p.with("ld+%d", int(extra));
    const auto a = operand<T>(p, extra);
    auto factor = a;
    std::vector<T> tau(static_cast<std::size_t>(low), marker<T>());
    p.status(routines<T>(p.backend).geqrf(m, n, factor.data(), factor.ld, tau.data()));
    p.require(factor.padding_untouched(a), "the padding was changed");
    const Dense da = a.dense(), df = factor.dense(), r = upper_part(df, low);
    double whole = 0.0;
    for (const auto length : lengths(da))
        whole += length * length;
    for (int round = 0; round < kVectors; ++round) {
        const Column x = random_column(n, da.complex(), p.random);
        Column got = times(da, x);
        reflect<T>(got, df, tau, low);
        const Column expected = times(r, x);
        double error = 0.0, size = 0.0;
        for (std::size_t i = 0; i < got.re.size(); ++i) {
            const bool above = i < expected.re.size();
            const double re = (got.re[i] - (above ? expected.re[i] : Wide())).hi,
                         im = (got.im[i] - (above ? expected.im[i] : Wide())).hi;
            error += re * re + im * im;
        }
        for (std::size_t i = 0; i < x.re.size(); ++i)
            size += x.re[i].hi * x.re[i].hi + x.im[i].hi * x.im[i].hi;
        // a random x is as long as sqrt(n) of its elements: |A|_F |x| / sqrt(n) is what A x has
        p.ratio(relative<T>(std::sqrt(error), std::sqrt(whole) * std::sqrt(size)));
    }
}

} // namespace

const std::vector<Case>& large_cases() {
    static const std::vector<Case> cases = {
        ROW(getrf_large, 30, Shapes::large),
        ROW(potrf_large, 30, Shapes::large),
        ROW(geqrf_large, 30, Shapes::large),
    };
    return cases;
}

} // namespace check
