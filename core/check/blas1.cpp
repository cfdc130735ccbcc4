// SPDX-License-Identifier: Apache-2.0
// BLAS 1 at every increment: moves and sums of whole numbers are exact in every element; fractions
// are compared with sums in more precision; norms do not overflow.
#include "cases.h"

#include "cover.h"
#include "double_double.h"

namespace check {
namespace {

// Increment 0, where one number is read again and again: cases of their own.
constexpr Steps kRepeated[] = {{0, 1}, {0, -2}};
enum class Reads : std::uint8_t { each, repeated };

template <class T> bool equal(const T& a, const T& b) { return same_memory(&a, &b, 1); }

// Runs body(x, y, fractions) at every pair of increments on fresh vectors.
template <class T, class Body>
void with_vectors(Probe& p, Reads reads, double limit_x, double limit_y, Body body) {
    const auto all = reads == Reads::each
                         ? std::vector<Steps>(kSteps.begin(), kSteps.end())
                         : std::vector<Steps>(std::begin(kRepeated), std::end(kRepeated));
    for (const bool fractions : {false, true})
        for (const auto [incx, incy] : all) {
            if (p.shape.m > 2000 && (fractions || p.shape.m > 20000) && incx != 1 && incx != -3 &&
                incx != 0)
                continue;
            p.with("inc %d %d %s", int(incx), int(incy), fractions ? "fractions" : "whole");
            p.random.whole(fractions ? 0.0 : limit_x);
            auto x = Vector<T>::random(p.shape.m, incx, p.random, marker<T>());
            p.random.whole(fractions ? 0.0 : limit_y);
            auto y = Vector<T>::random(p.shape.m, incy, p.random, marker<T>());
            const auto x0 = x, y0 = y;
            body(x, y, fractions);
            p.require(x.gaps_untouched(x0) && y.gaps_untouched(y0), "gaps were changed");
        }
}

template <class T> void swap(Probe& p) {
    with_vectors<T>(p, Reads::each, 1e6, 1e6, [&](auto& x, auto& y, bool) {
        const auto x0 = x, y0 = y;
        p.status(routines<T>(p.backend).swap(x.n, x.data(), x.inc, y.data(), y.inc));
        bool right = true;
        for (std::int64_t i = 0; i < x.n; ++i)
            right = right && equal(x[i], y0[i]) && equal(y[i], x0[i]);
        p.require(right, "an element is wrong");
        p.ratio(0.0);
    });
}

template <class T> void copy_from(Probe& p, Reads reads) {
    with_vectors<T>(p, reads, 1e6, 1e6, [&](auto& x, auto& y, bool) {
        const auto x0 = x;
        p.status(routines<T>(p.backend).copy(x.n, x.data(), x.inc, y.data(), y.inc));
        bool right = true;
        for (std::int64_t i = 0; i < x.n; ++i)
            right = right && equal(y[i], x0[i]);
        p.require(right, "an element is wrong");
        p.require(x.same_bytes(x0), "an input was changed");
        p.ratio(0.0);
    });
}

template <class T> void copy(Probe& p) { copy_from<T>(p, Reads::each); }
template <class T> void copy_repeated(Probe& p) { copy_from<T>(p, Reads::repeated); }

// y = alpha x + beta y0, where beta is 1 or 0.
template <class T>
void compare_scaled(Probe& p, Complex alpha, const Dense& x, const Dense* y0, const Dense& got,
                    bool fractions) {
    const Dense one = identity(1, false);
    const std::vector<Term> terms = {{alpha, &x, &one}};
    if (fractions)
        p.ratio(elementwise_ratio(terms, y0 == nullptr ? 0.0 : 1.0, y0, got, kEps<T>));
    else
        p.exact(exact_difference(terms, y0 == nullptr ? 0.0 : 1.0, y0, got, p.random));
}

// The scalars of both kinds, by their turn.
template <class T> Complex scalar(const Probe& p, bool fractions, std::int64_t inc) {
    const auto option = static_cast<unsigned>(inc + 8);
    return as<T>(level(fractions ? kScales : kWholeScales, p, option).alpha);
}

template <class T> void scal(Probe& p) {
    const double limit = Limits<T>(1).c;
    with_vectors<T>(p, Reads::each, limit, limit, [&](auto& x, auto&, bool fractions) {
        if (x.inc < 0)
            return; // the reference does nothing, others scale
        const auto alpha = scalar<T>(p, fractions, x.inc);
        const T value = make<T>(alpha.real(), alpha.imag());
        const Dense before = x.column();
        p.status(routines<T>(p.backend).scal(x.n, &value, x.data(), x.inc));
        compare_scaled<T>(p, alpha, before, nullptr, x.column(), fractions);
    });
}

template <class T> void axpy_from(Probe& p, Reads reads) {
    const double limit = Limits<T>(1).c;
    with_vectors<T>(p, reads, limit, limit, [&](auto& x, auto& y, bool fractions) {
        const auto x0 = x, y0 = y;
        const Dense dx = x.column(), before = y.column();
        const Complex alpha = scalar<T>(p, fractions, x.inc);
        const T value = make<T>(alpha.real(), alpha.imag());
        p.status(routines<T>(p.backend).axpy(x.n, &value, x.data(), x.inc, y.data(), y.inc));
        p.require(x.same_bytes(x0), "an input was changed");
        compare_scaled<T>(p, alpha, dx, &before, y.column(), fractions);
        const T zero(0); // x is not read
        const Vector<T> unread(x.n, x.inc, not_a_number<T>());
        auto z = y0;
        p.status(routines<T>(p.backend).axpy(x.n, &zero, unread.data(), x.inc, z.data(), z.inc));
        p.require(z.same_bytes(y0), "alpha = 0 changed y");
    });
}

template <class T> void axpy(Probe& p) { axpy_from<T>(p, Reads::each); }
template <class T> void axpy_repeated(Probe& p) { axpy_from<T>(p, Reads::repeated); }

// y at increment 0: every product is added to the same number. Small whole numbers, so exact.
template <class T> void axpy_onto_one(Probe& p) {
    for (const std::int64_t inc : {1, 2}) {
        p.with("inc %d 0", int(inc));
        p.random.whole(7.0);
        const auto x = Vector<T>::random(p.shape.m, inc, p.random, marker<T>());
        Matrix<T> y(1, 1, 1, marker<T>());
        y(0, 0) = make<T>(5.0, -3.0);
        const auto x0 = x;
        const auto before = y;
        Complex sum = {5.0, is_complex<T> ? -3.0 : 0.0};
        const Dense dx = x.column();
        for (std::int64_t i = 0; i < x.n; ++i)
            sum += Complex(dx.re[dx.at(i, 0)], dx.complex() ? dx.im[dx.at(i, 0)] : 0.0);
        const T one = T(1);
        p.status(routines<T>(p.backend).axpy(x.n, &one, x.data(), inc, y.data(), 0));
        p.require(x.same_bytes(x0), "an input was changed");
        p.require(y.padding_untouched(before), "more than the one number was written");
        const T expected = make<T>(sum.real(), sum.imag());
        p.require(y(0, 0) == expected, "the sum is wrong");
        p.ratio(0.0);
    }
}

template <class T> void dot(Probe& p, bool conjugates, Reads reads) {
    const Limits<T> limits(p.shape.m);
    const auto body = [&](auto& x, auto& y, bool fractions) {
        const auto& r = routines<T>(p.backend);
        const auto x0 = x, y0 = y;
        Matrix<T> result(1, 1, 0, not_a_number<T>());
        const auto before = result;
        p.status(
            (conjugates ? r.dotc : r.dotu)(x.n, x.data(), x.inc, y.data(), y.inc, result.data()));
        p.require(x.same_bytes(x0) && y.same_bytes(y0), "an input was changed");
        p.require(result.padding_untouched(before), "more than the result was written");
        const Dense dx = apply(conjugates ? 'C' : 'T', x.column()), dy = y.column();
        const std::vector<Term> terms = {{1.0, &dx, &dy}};
        if (fractions)
            p.ratio(elementwise_ratio(terms, 0.0, nullptr, result.dense(), kEps<T>));
        else
            p.exact(exact_difference(terms, 0.0, nullptr, result.dense(), p.random));
    };
    with_vectors<T>(p, reads, std::max(1.0, limits.equal), std::max(1.0, limits.equal), body);
}
template <class T> void dotu(Probe& p) { dot<T>(p, false, Reads::each); }
template <class T> void dotc(Probe& p) { dot<T>(p, true, Reads::each); }
template <class T> void dotu_repeated(Probe& p) { dot<T>(p, false, Reads::repeated); }
template <class T> void dotc_repeated(Probe& p) { dot<T>(p, true, Reads::repeated); }

// A sum of n positive numbers: a provider that adds them one by one is off by about sqrt(n)
// roundings, and that is allowed; not for whole numbers, whose sum is exact (`roundings` = 1).
template <class T> void compare(Probe& p, double got, Wider<T> expected, double roundings) {
    const double unit = kEps<T> * std::abs(static_cast<double>(expected)) * roundings;
    const double error = std::abs(static_cast<double>(Wider<T>(got) - expected));
    p.ratio(error == 0.0 ? 0.0 : error / unit);
}
double random_walk(std::int64_t n) {
    return std::sqrt(static_cast<double>(std::max<std::int64_t>(1, n)));
}

// NaN and infinity at the ends and in the middle show in a norm (`call`).
template <class T, class Call> void shows_nonfinite(Probe& p, Call call) {
    if (p.shape.m == 0 || p.shape.m > 600)
        return;
    p.random.whole(0.0);
    const auto x0 = Vector<T>::random(p.shape.m, 1, p.random, marker<T>());
    for (const double value :
         {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()})
        for (const auto at : {std::int64_t(0), x0.n / 2, x0.n - 1}) {
            p.with("%g at %d", value, int(at));
            auto x = x0;
            x[at] = make<T>(value, 0.5);
            Real<T> got = 0;
            p.status(call(x.n, x.data(), std::int64_t(1), &got));
            p.require(std::isnan(value) ? std::isnan(got) : std::isinf(got) && got > 0,
                      "it is missing");
        }
}

// sqrt(sum |x / scale|^2)
template <class T> Wider<T> norm2(const Vector<T>& x, double scale) {
    Wider<T> sum = 0.0;
    for (std::int64_t i = 0; i < x.n; ++i) {
        const Wider<T> re = real_part(x[i]) / scale, im = imag_part(x[i]) / scale;
        sum += re * re + im * im;
    }
    using std::sqrt;
    return sqrt(sum);
}

template <class T> void norm_once(Probe& p, const Vector<T>& x, double scale, double roundings) {
    const auto x0 = x;
    Real<T> got = std::numeric_limits<Real<T>>::quiet_NaN();
    p.status(routines<T>(p.backend).nrm2(x.n, x.data(), x.inc, &got));
    p.require(x.same_bytes(x0), "an input was changed");
    compare<T>(p, static_cast<double>(got) / scale, norm2(x, scale), roundings);
}

template <class T> void nrm2(Probe& p) {
    constexpr double largest = static_cast<double>(std::numeric_limits<Real<T>>::max()),
                     least = static_cast<double>(std::numeric_limits<Real<T>>::min());
    for (const std::int64_t inc : {1, 2, 5}) {
        // whole numbers up to 8 with an 8 in front: quotients by the largest are exact too
        p.with("inc %d whole", int(inc));
        p.random.whole(8.0);
        auto whole = Vector<T>::random(p.shape.m, inc, p.random, marker<T>());
        if (whole.n > 0)
            whole[0] = make<T>(8.0, 0.0);
        norm_once<T>(p, whole, 1.0, 1.0);
        p.random.whole(0.0);
        for (const double scale : {1.0, largest / 1e5, least * 1e3, least}) {
            if (scale != 1.0 && p.shape.m > 600)
                continue; // the norm itself would overflow
            p.with("inc %d scale %g", int(inc), scale);
            auto x = Vector<T>::random(p.shape.m, inc, p.random, marker<T>());
            for (std::int64_t i = 0; i < x.n; ++i) // at `least` no number may be denormal
                x[i] = scale == least ? make<T>(real_part(x[i]) < 0 ? -scale : scale, scale)
                                      : make<T>(real_part(x[i]) * scale, imag_part(x[i]) * scale);
            norm_once<T>(p, x, scale, random_walk(x.n));
        }
        if (p.shape.m > 600)
            continue;
        // Wherever an algorithm parts small, medium and large numbers: some lie on either side.
        for (double size = least * 8.0; p.shape.m <= 33 && size < largest / 64.0; size *= 4.0) {
            p.with("inc %d around %g", int(inc), size);
            auto x = Vector<T>::random(p.shape.m, inc, p.random, marker<T>());
            for (std::int64_t i = 0; i < x.n; ++i)
                x[i] = make<T>(real_part(x[i]) * size * double(1 + i % 5), imag_part(x[i]) * size);
            norm_once<T>(p, x, size, random_walk(x.n));
        }
        p.with("inc %d of both sizes", int(inc)); // tiny, medium and huge ones in one vector
        auto x = Vector<T>::random(p.shape.m, inc, p.random, marker<T>());
        const double sizes[] = {largest / 1e6, 1.0, least * 1e3};
        for (std::int64_t i = 0; i < x.n; ++i)
            x[i] = make<T>(real_part(x[i]) * sizes[i % 3], imag_part(x[i]) * sizes[i % 3]);
        norm_once<T>(p, x, sizes[0], random_walk(x.n));
    }
    shows_nonfinite<T>(p, routines<T>(p.backend).nrm2);
}

template <class T> void asum(Probe& p) {
    const double limit =
        std::max(1.0, std::floor(Limits<T>(1).c * 8.0 / (1.0 + double(p.shape.m))));
    for (const bool fractions : {false, true})
        for (const std::int64_t inc : {1, 2, 3, 5}) {
            p.with("inc %d %s", int(inc), fractions ? "fractions" : "whole");
            p.random.whole(fractions ? 0.0 : limit);
            const auto x = Vector<T>::random(p.shape.m, inc, p.random, marker<T>());
            const auto x0 = x;
            Wider<T> sum = 0.0;
            for (std::int64_t i = 0; i < x.n; ++i)
                sum += Wider<T>(std::abs(real_part(x[i]))) + std::abs(imag_part(x[i]));
            Real<T> got = std::numeric_limits<Real<T>>::quiet_NaN();
            p.status(routines<T>(p.backend).asum(x.n, x.data(), inc, &got));
            p.require(x.same_bytes(x0), "an input was changed");
            compare<T>(p, static_cast<double>(got), sum, fractions ? random_walk(x.n) : 0.0625);
        }
    shows_nonfinite<T>(p, routines<T>(p.backend).asum);
}

// Where the largest is put: everywhere in short vectors, and at about forty places of long ones.
std::vector<std::int64_t> places(std::int64_t n) {
    std::vector<std::int64_t> all;
    const auto step = std::max<std::int64_t>(1, n / 33);
    for (std::int64_t i = 0; i < n; i += i < 4 || i >= n - 4 ? 1 : std::min(step, n - 4 - i))
        all.push_back(i);
    return all.empty() ? std::vector<std::int64_t>{-1} : all;
}

// The first of the largest |re| + |im|, counted from 1; another number is longer.
template <class T> void iamax(Probe& p) {
    p.random.whole(0.0);
    for (const std::int64_t inc : {1, 2, 5}) {
        auto x = Vector<T>::random(p.shape.m, inc, p.random, marker<T>());
        for (const auto peak : places(p.shape.m)) {
            p.with("inc %d peak at %d", int(inc), int(peak));
            const auto decoy = x.n < 2 ? 0 : (peak + x.n / 2) % x.n, again = x.n - 1;
            const auto x0 = x;
            if (peak >= 0) {
                x[decoy] = make<T>(2.5, 0.0);
                x[again] = x[peak] = is_complex<T> ? make<T>(-1.7, 1.6) : make<T>(-3.0, 0.0);
            }
            std::int64_t got = -7;
            p.status(routines<T>(p.backend).iamax(x.n, x.data(), inc, &got));
            p.require(got == peak + 1, "index " + std::to_string(got));
            p.ratio(0.0);
            x = x0;
        }
    }
}

} // namespace

const std::vector<Case>& blas1_cases() {
    static const std::vector<Case> cases = {
        ROW(swap, 0, Shapes::vectors),           ROW(copy, 0, Shapes::vectors),
        ROW(scal, 16, Shapes::vectors),          ROW(axpy, 16, Shapes::vectors),
        ROW(dotu, 16, Shapes::vectors),          ROW(dotc, 16, Shapes::vectors),
        ROW(nrm2, 16, Shapes::vectors),          ROW(asum, 16, Shapes::vectors),
        ROW(iamax, 0, Shapes::vectors),          ROW(copy_repeated, 0, Shapes::vectors),
        ROW(axpy_repeated, 16, Shapes::vectors), ROW(axpy_onto_one, 0, Shapes::vectors),
        ROW(dotu_repeated, 16, Shapes::vectors), ROW(dotc_repeated, 16, Shapes::vectors),
    };
    return cases;
}

} // namespace check
