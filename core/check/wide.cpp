// SPDX-License-Identifier: Apache-2.0
// One column at a time: hi + lo is the sum of a's columns times the numbers of b's column.
#include "wide.h"

#include "cpu.h"
#include "double_double.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace check {
namespace {

// ---- hi + lo += a * b, mag += |a b|, over n elements ----

struct Sum {
    double *hi, *lo, *mag;
};

template <bool fused>
[[gnu::always_inline]] inline void accumulate(Sum s, const double* a, double b, std::int64_t n) {
    double* __restrict hi = s.hi, * __restrict lo = s.lo, * __restrict mag = s.mag;
    const double bm = std::abs(b);
    for (std::int64_t i = 0; i < n; ++i) {
        const double p = a[i] * b;
        const double e = product_error<fused>(a[i], b, p);
        const double sum = hi[i] + p, back = sum - hi[i];
        lo[i] += ((hi[i] - (sum - back)) + (p - back)) + e;
        hi[i] = sum;
        mag[i] += std::abs(a[i]) * bm;
    }
}

void accumulate_portable(Sum s, const double* a, double b, std::int64_t n) {
    accumulate<kFused>(s, a, b, n);
}

#ifdef __x86_64__
__attribute__((target("avx2,fma"))) void accumulate_avx2(Sum s, const double* a, double b,
                                                         std::int64_t n) {
    accumulate<true>(s, a, b, n);
}
#endif

// For single precision, whose products double holds exactly.
[[gnu::always_inline]] inline void accumulate_plain(Sum s, const double* a, double b,
                                                    std::int64_t n) {
    double* __restrict hi = s.hi, * __restrict mag = s.mag;
    const double bm = std::abs(b);
    for (std::int64_t i = 0; i < n; ++i) {
        hi[i] += a[i] * b;
        mag[i] += std::abs(a[i]) * bm;
    }
}

void accumulate_double(Sum s, const double* a, double b, std::int64_t n) {
    accumulate_plain(s, a, b, n);
}

#ifdef __x86_64__
__attribute__((target("avx2,fma"))) void accumulate_double_avx2(Sum s, const double* a, double b,
                                                                std::int64_t n) {
    accumulate_plain(s, a, b, n);
}
#endif

using Accumulate = void (*)(Sum, const double*, double, std::int64_t);
struct Ways {
    Accumulate for_single, widest;
};
Ways ways() {
#ifdef __x86_64__
    if (cpu().avx2_fma)
        return {accumulate_double_avx2, accumulate_avx2};
#endif
    return {accumulate_double, accumulate_portable};
}
Accumulate choose(double eps) {
    static const Ways chosen = ways();
    return eps > 1e-10 ? chosen.for_single : chosen.widest;
}

// ---- one column of the expected result ----

struct Column {
    std::vector<double> re_hi, re_lo, im_hi, im_lo, mag, spare;
    explicit Column(std::int64_t rows) {
        for (auto* v : {&re_hi, &re_lo, &im_hi, &im_lo, &mag, &spare})
            v->assign(static_cast<std::size_t>(rows), 0.0);
    }
};

void multiply_column(Column& out, const Dense& a, const Dense& b, std::int64_t j, Accumulate add) {
    const Sum re{out.re_hi.data(), out.re_lo.data(), out.mag.data()};
    const Sum im{out.im_hi.data(), out.im_lo.data(), out.spare.data()};
    const Sum re_too{out.re_hi.data(), out.re_lo.data(), out.mag.data()};
    for (std::int64_t l = 0; l < a.cols; ++l) {
        const double br = b.re[b.at(l, j)], bi = b.complex() ? b.im[b.at(l, j)] : 0.0;
        const double* ar = a.re.data() + a.at(0, l);
        add(re, ar, br, a.rows);
        if (bi != 0.0)
            add(im, ar, bi, a.rows);
        if (!a.complex())
            continue;
        const double* ai = a.im.data() + a.at(0, l);
        add(im, ai, br, a.rows);
        if (bi != 0.0)
            add(re_too, ai, -bi, a.rows);
    }
}

// (re, im) += alpha * column, in hi + lo.
void add_scaled(Column& out, const Column& column, std::complex<double> alpha) {
    const Accumulate add = choose(0.0);
    const auto n = static_cast<std::int64_t>(out.mag.size());
    const Sum re{out.re_hi.data(), out.re_lo.data(), out.spare.data()};
    const Sum im{out.im_hi.data(), out.im_lo.data(), out.spare.data()};
    for (const auto* part : {&column.re_hi, &column.re_lo}) {
        add(re, part->data(), alpha.real(), n);
        add(im, part->data(), alpha.imag(), n);
    }
    for (const auto* part : {&column.im_hi, &column.im_lo}) {
        add(im, part->data(), alpha.real(), n);
        add(re, part->data(), -alpha.imag(), n);
    }
    const double size = std::abs(alpha.real()) + std::abs(alpha.imag());
    for (std::size_t i = 0; i < out.mag.size(); ++i)
        out.mag[i] += size * (column.mag[i] + column.spare[i]);
}

Column expected_column(const std::vector<Term>& terms, std::complex<double> beta, const Dense* c0,
                       std::int64_t rows, std::int64_t j, double eps) {
    Column sum(rows);
    for (const auto& term : terms) {
        Column product(rows);
        multiply_column(product, *term.a, *term.b, j, choose(eps));
        add_scaled(sum, product, term.alpha);
    }
    if (c0 != nullptr && beta != 0.0) {
        Column start(rows);
        for (std::int64_t i = 0; i < rows; ++i) {
            const auto at = static_cast<std::size_t>(i);
            start.re_hi[at] = c0->re[c0->at(i, j)];
            start.im_hi[at] = c0->complex() ? c0->im[c0->at(i, j)] : 0.0;
            start.mag[at] = std::abs(start.re_hi[at]) + std::abs(start.im_hi[at]);
        }
        add_scaled(sum, start, beta);
    }
    return sum;
}

double column_ratio(const Column& expected, const Dense& got, std::int64_t j, double eps,
                    Part part) {
    const auto first = part == Part::lower ? j : 0;
    const auto last = part == Part::upper ? std::min(j + 1, got.rows) : got.rows;
    double worst = 0.0;
    for (auto i = first; i < last; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const double re = (got.re[got.at(i, j)] - expected.re_hi[at]) - expected.re_lo[at];
        const double im =
            got.complex() ? (got.im[got.at(i, j)] - expected.im_hi[at]) - expected.im_lo[at] : 0.0;
        const double error = std::abs(re) + std::abs(im);
        if (error == 0.0)
            continue;
        const double ratio = error / (eps * expected.mag[at]); // inf where nothing was expected
        if (!(ratio <= worst))
            worst = std::isnan(ratio) ? std::numeric_limits<double>::infinity() : ratio;
    }
    return worst;
}

// First two, last two and about eight more.
std::vector<std::int64_t> sample(std::int64_t n) {
    std::vector<std::int64_t> picked;
    const auto step = std::max<std::int64_t>(1, n / 8 + 1);
    for (std::int64_t i = 0; i < n; ++i)
        if (i < 2 || i >= n - 2 || i % step == step / 2)
            picked.push_back(i);
    return picked;
}

Dense pick_rows(const Dense& a, const std::vector<std::int64_t>& rows) {
    Dense b(static_cast<std::int64_t>(rows.size()), a.cols, a.complex());
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (std::size_t r = 0; r < rows.size(); ++r)
            b.set(static_cast<std::int64_t>(r), j, a.re[a.at(rows[r], j)],
                  a.complex() ? a.im[a.at(rows[r], j)] : 0.0);
    return b;
}

double sampled_rows_ratio(const std::vector<Term>& terms, std::complex<double> beta,
                          const Dense* c0, const Dense& got, double eps) {
    const auto rows = sample(got.rows);
    std::vector<Dense> parts;
    parts.reserve(terms.size());
    std::vector<Term> sub;
    for (const auto& term : terms) {
        parts.push_back(pick_rows(*term.a, rows));
        sub.push_back({term.alpha, &parts.back(), term.b});
    }
    const Dense sub_got = pick_rows(got, rows);
    const Dense sub_c0 = c0 == nullptr ? Dense() : pick_rows(*c0, rows);
    double worst = 0.0;
    for (std::int64_t j = 0; j < got.cols; ++j)
        worst = std::max(worst, column_ratio(expected_column(sub, beta, c0 ? &sub_c0 : nullptr,
                                                             sub_got.rows, j, eps),
                                             sub_got, j, eps, Part::all));
    return worst;
}

constexpr double kSampleAbove = 3e6; // multiplications

} // namespace

double elementwise_ratio(const std::vector<Term>& terms, std::complex<double> beta, const Dense* c0,
                         const Dense& got, double eps, Part part) {
    double products = 0.0;
    for (const auto& term : terms)
        products += static_cast<double>(got.rows) * static_cast<double>(got.cols) *
                    static_cast<double>(term.a->cols);
    const bool sampled = part == Part::all && products > kSampleAbove;
    double worst = sampled ? sampled_rows_ratio(terms, beta, c0, got, eps) : 0.0;
    std::vector<std::int64_t> all;
    for (std::int64_t j = 0; !sampled && j < got.cols; ++j)
        all.push_back(j);
    for (const auto j : sampled ? sample(got.cols) : all)
        worst = std::max(worst, column_ratio(expected_column(terms, beta, c0, got.rows, j, eps),
                                             got, j, eps, part));
    return worst;
}

std::vector<double> residual_columns(const std::vector<Term>& terms, const Dense& c, double eps,
                                     Norm norm) {
    std::vector<double> norms;
    for (std::int64_t j = 0; j < c.cols; ++j) {
        const Column sum = expected_column(terms, 0.0, nullptr, c.rows, j, eps);
        double total = 0.0;
        for (std::int64_t i = 0; i < c.rows; ++i) {
            const auto at = static_cast<std::size_t>(i);
            const double re = (sum.re_hi[at] - c.re[c.at(i, j)]) + sum.re_lo[at];
            const double im =
                (sum.im_hi[at] - (c.complex() ? c.im[c.at(i, j)] : 0.0)) + sum.im_lo[at];
            const double square = re * re + im * im;
            total += norm == Norm::one ? std::sqrt(square) : square;
        }
        norms.push_back(norm == Norm::one ? total : std::sqrt(total));
    }
    return norms;
}

double residual_norm(const std::vector<Term>& terms, const Dense& c, double eps) {
    double largest = 0.0;
    for (const double value : residual_columns(terms, c, eps, Norm::one)) {
        if (std::isnan(value))
            return value;
        largest = std::max(largest, value);
    }
    return largest;
}

} // namespace check
