// SPDX-License-Identifier: Apache-2.0
#include "exact.h"

#include "cpu.h"

#include <bit>

namespace check {
namespace {

using Bits = std::uint64_t; // a whole number modulo 2^64

constexpr double kShift = 6755399441055744.0; // 1.5 * 2^52: the sum's last bits are the number

inline Bits bits(double whole) {
    return std::bit_cast<Bits>(whole + kShift) - std::bit_cast<Bits>(kShift);
}
inline bool is_whole(double x) { // and below 2^51; NaN is not
    return std::abs(x) < 0x1p51 && (x + kShift) - kShift == x;
}

struct Column {
    std::vector<Bits> re, im;
    explicit Column(std::int64_t n)
        : re(static_cast<std::size_t>(n)), im(static_cast<std::size_t>(n)) {}
};

// y += a x, all columns of a, one after the other
[[gnu::always_inline]] inline void accumulate(Column& y, const Dense& a, const Column& x) {
    for (std::int64_t j = 0; j < a.cols; ++j) {
        const Bits xr = x.re[static_cast<std::size_t>(j)], xi = x.im[static_cast<std::size_t>(j)];
        const double* ar = a.re.data() + a.at(0, j);
        Bits* __restrict yr = y.re.data();
        Bits* __restrict yi = y.im.data();
        for (std::int64_t i = 0; i < a.rows; ++i)
            yr[i] += bits(ar[i]) * xr;
        if (xi != 0 || a.complex())
            for (std::int64_t i = 0; i < a.rows; ++i)
                yi[i] += bits(ar[i]) * xi;
        if (!a.complex())
            continue;
        const double* ai = a.im.data() + a.at(0, j);
        for (std::int64_t i = 0; i < a.rows; ++i) {
            const Bits value = bits(ai[i]);
            yr[i] -= value * xi;
            yi[i] += value * xr;
        }
    }
}

void accumulate_portable(Column& y, const Dense& a, const Column& x) { accumulate(y, a, x); }
#ifdef __x86_64__
__attribute__((target("avx2"))) void accumulate_avx2(Column& y, const Dense& a, const Column& x) {
    accumulate(y, a, x);
}
#endif

void add_product(Column& y, const Dense& a, const Column& x) {
#ifdef __x86_64__
    static const auto chosen = cpu().avx2_fma ? accumulate_avx2 : accumulate_portable;
    chosen(y, a, x);
#else
    accumulate_portable(y, a, x);
#endif
}

void add_multiple(Column& y, Complex alpha, const Column& x) {
    const Bits re = bits(alpha.real()), im = bits(alpha.imag());
    for (std::size_t i = 0; i < y.re.size(); ++i) {
        y.re[i] += re * x.re[i] - im * x.im[i];
        y.im[i] += re * x.im[i] + im * x.re[i];
    }
}

// sum(terms) x + beta c0 x
Column expected_times(const std::vector<Term>& terms, Complex beta, const Dense* c0,
                      std::int64_t rows, const Column& x) {
    Column sum(rows);
    for (const auto& term : terms) {
        Column inner(term.b->rows), outer(rows);
        add_product(inner, *term.b, x);
        add_product(outer, *term.a, inner);
        add_multiple(sum, term.alpha, outer);
    }
    if (c0 != nullptr && beta != 0.0) {
        Column start(rows);
        add_product(start, *c0, x);
        add_multiple(sum, beta, start);
    }
    return sum;
}

std::string place(std::int64_t i, std::int64_t j, const char* how) {
    return "element (" + std::to_string(i + 1) + ", " + std::to_string(j + 1) + ") " + how;
}

std::string fraction_in(const Dense& got) {
    for (std::int64_t j = 0; j < got.cols; ++j)
        for (std::int64_t i = 0; i < got.rows; ++i)
            if (!is_whole(got.re[got.at(i, j)]) ||
                (got.complex() && !is_whole(got.im[got.at(i, j)])))
                return place(i, j, "is no whole number of the right size");
    return "";
}

} // namespace

std::string exact_difference(const std::vector<Term>& terms, Complex beta, const Dense* c0,
                             const Dense& got, Random& source) {
    if (const auto wrong = fraction_in(got); !wrong.empty())
        return wrong;
    Column x(got.cols), seen(got.rows);
    for (auto& value : x.re)
        value = source.bits() | 1u;
    add_product(seen, got, x);
    const Column expected = expected_times(terms, beta, c0, got.rows, x);
    for (std::int64_t i = 0; i < got.rows; ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (seen.re[at] == expected.re[at] && seen.im[at] == expected.im[at])
            continue;
        for (std::int64_t j = 0; j < got.cols; ++j) { // which one: column by column
            Column one(got.cols), value(got.rows);
            one.re[static_cast<std::size_t>(j)] = 1;
            const Column right = expected_times(terms, beta, c0, got.rows, one);
            add_product(value, got, one);
            if (value.re[at] != right.re[at] || value.im[at] != right.im[at])
                return place(i, j, "is wrong");
        }
    }
    return "";
}

Dense exact_product(Complex alpha, const Dense& a, const Dense& b) {
    const bool complex = a.complex() || b.complex() || alpha.imag() != 0.0;
    Dense c(a.rows, b.cols, complex);
    const auto add = [&](std::vector<double>& to, const std::vector<double>& from, std::int64_t l,
                         std::int64_t j, double x) {
        const double* in = from.data() + a.at(0, l);
        double* out = to.data() + c.at(0, j);
        for (std::int64_t i = 0; i < a.rows; ++i)
            out[i] += in[i] * x;
    };
    for (std::int64_t j = 0; j < b.cols; ++j)
        for (std::int64_t l = 0; l < a.cols; ++l) {
            const Complex x =
                alpha * Complex(b.re[b.at(l, j)], b.complex() ? b.im[b.at(l, j)] : 0.0);
            if (x == 0.0)
                continue;
            add(c.re, a.re, l, j, x.real());
            if (!complex)
                continue;
            add(c.im, a.re, l, j, x.imag());
            if (a.complex()) {
                add(c.re, a.im, l, j, -x.imag());
                add(c.im, a.im, l, j, x.real());
            }
        }
    return c;
}

std::string first_difference(const Dense& expected, const Dense& got) {
    for (std::int64_t j = 0; j < got.cols; ++j)
        for (std::int64_t i = 0; i < got.rows; ++i) {
            const auto at = got.at(i, j);
            if (got.re[at] != expected.re[at] || (got.complex() && got.im[at] != expected.im[at]))
                return place(i, j, "is wrong");
        }
    return "";
}

Dense mirrored(const Dense& a, char uplo, bool hermitian) {
    Dense d = a;
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (std::int64_t i = 0; i < j; ++i) {
            const auto from = uplo == 'U' ? a.at(i, j) : a.at(j, i);
            const auto to = uplo == 'U' ? a.at(j, i) : a.at(i, j);
            d.re[to] = a.re[from];
            if (a.complex())
                d.im[to] = hermitian ? -a.im[from] : a.im[from];
        }
    return d;
}

} // namespace check
