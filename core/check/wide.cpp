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

// ---- hi + lo += a * b, mag += |a * b|: columns of a, n elements each ----

struct Sum {
    double *hi, *lo, *mag;
};
struct Columns {
    const double* first;
    std::int64_t step;     // from one to the next
    const double* factors; // one for each
    std::int64_t count;
};

// plain: products of single precision, which double holds exactly, in one sum.
enum class Way : std::uint8_t { plain, wide, fused };

struct Element {
    double hi, lo, mag;
    template <Way way> [[gnu::always_inline]] void add(double a, double b) {
        const double p = a * b;
        mag += std::abs(p);
        if constexpr (way == Way::plain) {
            hi += p;
        } else {
            const double sum = hi + p, back = sum - hi;
            lo += ((hi - (sum - back)) + (p - back)) + product_error<way == Way::fused>(a, b, p);
            hi = sum;
        }
    }
};

// The sums are none of the columns; compilers do not see that of so many.
#ifdef __clang__
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

// Several columns at once: the sums stay in registers meanwhile.
template <Way way, int columns>
[[gnu::always_inline]] inline void add_columns(Sum s, const double* a, std::int64_t step,
                                               const double* b, std::int64_t n) {
    double* __restrict hi = s.hi, * __restrict lo = s.lo, * __restrict mag = s.mag;
    const double b0 = b[0], b1 = columns == 4 ? b[1] : 0.0, b2 = columns == 4 ? b[2] : 0.0,
                 b3 = columns == 4 ? b[3] : 0.0;
    const double *a1 = a + step, *a2 = a1 + step, *a3 = a2 + step;
    INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) {
        Element e{hi[i], lo[i], mag[i]};
        e.add<way>(a[i], b0);
        if constexpr (columns == 4) {
            e.add<way>(a1[i], b1);
            e.add<way>(a2[i], b2);
            e.add<way>(a3[i], b3);
        }
        hi[i] = e.hi;
        lo[i] = e.lo;
        mag[i] = e.mag;
    }
}

template <Way way> [[gnu::always_inline]] inline void add_all(Sum s, Columns c, std::int64_t n) {
    constexpr int block = 4;
    std::int64_t l = 0;
    for (; l + block <= c.count; l += block)
        add_columns<way, block>(s, c.first + l * c.step, c.step, c.factors + l, n);
    for (; l < c.count; ++l)
        add_columns<way, 1>(s, c.first + l * c.step, c.step, c.factors + l, n);
}

void plain(Sum s, Columns c, std::int64_t n) { add_all<Way::plain>(s, c, n); }
void wide(Sum s, Columns c, std::int64_t n) { add_all<kFused ? Way::fused : Way::wide>(s, c, n); }
#ifdef __x86_64__
__attribute__((target("avx2,fma"))) void plain_avx2(Sum s, Columns c, std::int64_t n) {
    add_all<Way::plain>(s, c, n);
}
__attribute__((target("avx2,fma"))) void wide_avx2(Sum s, Columns c, std::int64_t n) {
    add_all<Way::fused>(s, c, n);
}
#endif

using Accumulate = void (*)(Sum, Columns, std::int64_t);
struct Ways {
    Accumulate for_single, widest;
};
Ways ways() {
#ifdef __x86_64__
    if (cpu().avx2_fma)
        return {plain_avx2, wide_avx2};
#endif
    return {plain, wide};
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
    const auto columns = [&](const std::vector<double>& part, const double* factors) {
        return Columns{part.data(), a.rows, factors, a.cols};
    };
    const double* br = b.re.data() + b.at(0, j);
    add(re, columns(a.re, br), a.rows);
    if (a.complex())
        add(im, columns(a.im, br), a.rows);
    if (!b.complex())
        return;
    const double* bi = b.im.data() + b.at(0, j);
    add(im, columns(a.re, bi), a.rows);
    if (!a.complex())
        return;
    std::vector<double> negative(bi, bi + a.cols);
    for (auto& value : negative)
        value = -value;
    add(re, columns(a.im, negative.data()), a.rows);
}

// (re, im) += alpha * column, in hi + lo.
void add_scaled(Column& out, const Column& column, std::complex<double> alpha) {
    const Accumulate add = choose(0.0);
    const auto n = static_cast<std::int64_t>(out.mag.size());
    const Sum re{out.re_hi.data(), out.re_lo.data(), out.spare.data()};
    const Sum im{out.im_hi.data(), out.im_lo.data(), out.spare.data()};
    const double plus = alpha.real(), across = alpha.imag(), minus = -across;
    for (const auto* part : {&column.re_hi, &column.re_lo}) {
        add(re, {part->data(), n, &plus, 1}, n);
        add(im, {part->data(), n, &across, 1}, n);
    }
    for (const auto* part : {&column.im_hi, &column.im_lo}) {
        add(im, {part->data(), n, &plus, 1}, n);
        add(re, {part->data(), n, &minus, 1}, n);
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

void WideColumn::add(const double* a, DoubleDouble b) {
    const auto n = static_cast<std::int64_t>(hi_.size());
    const double parts[] = {b.hi, b.lo};
    choose(0.0)({hi_.data(), lo_.data(), size_.data()}, {a, 0, parts, b.lo == 0.0 ? 1 : 2}, n);
}

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
