// SPDX-License-Identifier: Apache-2.0
// QR and LQ: A = Q R column by column (graded columns keep their own accuracy: Higham, theorem
// 19.4), Q orthonormal, and Q itself against the product of the reflectors in more precision.
#include "cases.h"

#include "cover.h"
#include "double_double.h"
#include "residuals.h"
#include "spectrum.h"

namespace check {
namespace {

template <class T> std::vector<T> taus(std::int64_t n) {
    return std::vector<T>(static_cast<std::size_t>(n) + 2, marker<T>()); // two are watched
}
template <class T> bool taus_bounded(const std::vector<T>& tau) {
    const T end[2] = {marker<T>(), marker<T>()};
    return same_memory(&tau[tau.size() - 2], end, 2);
}

// The first `width` columns of H(1) ... H(k), H(i) = 1 - tau v v^H, v below the diagonal of
// column i of `factor`.
template <class T>
Dense reflected(const Dense& factor, const std::vector<T>& tau, std::int64_t k,
                std::int64_t width) {
    using Wide = Wider<T>;
    const auto m = factor.rows;
    constexpr bool complex = is_complex<T>;
    Dense q(m, width, complex);
    std::vector<Wide> re(static_cast<std::size_t>(m)), im(re);
    for (std::int64_t j = 0; j < width; ++j) {
        for (std::int64_t i = 0; i < m; ++i) {
            re[static_cast<std::size_t>(i)] = i == j ? 1.0 : 0.0;
            im[static_cast<std::size_t>(i)] = 0.0;
        }
        for (std::int64_t h = std::min(k, j + 1); h-- > 0;) { // later ones leave e(j) alone
            const double* vr = factor.re.data() + factor.at(0, h);
            const double* vi = complex ? factor.im.data() + factor.at(0, h) : vr;
            Wide* xr = re.data();
            Wide* xi = im.data();
            Wide sr = xr[h], si = xi[h];
            for (std::int64_t i = h + 1; i < m; ++i) {
                const Wide vre = vr[i];
                sr += vre * xr[i];
                if constexpr (complex) {
                    sr += Wide(vi[i]) * xi[i];
                    si += vre * xi[i] - Wide(vi[i]) * xr[i];
                }
            }
            const Wide tr = real_part(tau[static_cast<std::size_t>(h)]),
                       ti = imag_part(tau[static_cast<std::size_t>(h)]);
            const Wide ur = complex ? tr * sr - ti * si : tr * sr, ui = tr * si + ti * sr;
            xr[h] -= ur;
            xi[h] -= ui;
            for (std::int64_t i = h + 1; i < m; ++i) {
                const Wide vre = vr[i];
                xr[i] -= vre * ur;
                if constexpr (complex) {
                    xr[i] += Wide(vi[i]) * ui;
                    xi[i] -= vre * ui + Wide(vi[i]) * ur;
                }
            }
        }
        for (std::int64_t i = 0; i < m; ++i)
            q.set(i, j, static_cast<double>(re[static_cast<std::size_t>(i)]),
                  static_cast<double>(im[static_cast<std::size_t>(i)]));
    }
    return q;
}

// |a - b| over the columns, as residual() has it.
template <class T> double distance(const Dense& a, const Dense& b, std::int64_t n) {
    const Dense one = identity(a.cols, false);
    return residual<T>({{1.0, &a, &one}}, b, n, 1.0);
}

template <class T>
Matrix<T> given(Probe& p, Kind kind, std::int64_t m, std::int64_t n, std::int64_t extra,
                bool graded_columns) {
    const auto values = spectrum(kind, std::min(m, n), 0.1 / kEps<T>);
    Dense a = between_rotations(m, n, values, is_complex<T>, p.random);
    for (std::int64_t j = 0; kind == Kind::graded && j < n; ++j)
        for (std::int64_t i = 0; i < m; ++i)
            for (auto* part : {&a.re, &a.im})
                if (!part->empty())
                    (*part)[a.at(i, j)] = std::ldexp(
                        (*part)[a.at(i, j)],
                        -static_cast<int>(std::min<std::int64_t>(graded_columns ? j : i, 20)));
    return scaled_up<T>(a, exponent_of<T>(kind), extra, marker<T>());
}

template <class Body> void over_kinds(Probe& p, Body body) {
    unsigned number = 0;
    for (const auto kind : kKinds)
        if (takes_kind(kind, std::max(p.shape.m, p.shape.n), p.turn, p.full))
            body(kind, number++);
}

// How many columns (rows) of Q, from how many reflectors.
struct Wanted {
    std::int64_t width, k;
};
std::vector<Wanted> wanted(std::int64_t low, std::int64_t high) {
    return {{low, low}, {std::min(high, low + 40), low}, {low, low / 2}};
}

// L Q is R^H Q^H of A^H: both are judged as QR, on transposed copies of what was computed.
template <class T>
void judge(Probe& p, bool tall, const Dense& a, const Dense& factor, const Dense& q,
           const std::vector<T>& tau, const Wanted& w) {
    const char turn = tall ? 'N' : 'C';
    const Dense columns_of_q = apply(turn, q), matrix = apply(turn, a), f = apply(turn, factor);
    p.ratio(orthogonality<T>(columns_of_q, matrix.rows), "orthogonality");
    // LQ: Q = H(k)^H ... H(1)^H with v^H in the rows, so Q^H = H(1) ... H(k)
    const Dense expected = reflected(f, tau, w.k, w.width);
    p.ratio(distance<T>(columns_of_q, expected, matrix.rows), "product of the reflectors");
    if (w.k < std::min(a.rows, a.cols))
        return;
    const Dense economic = columns(columns_of_q, 0, w.k), upper = upper_part(f, w.k);
    p.ratio(residual<T>({{1.0, &economic, &upper}}, matrix, matrix.rows, 0.0), "residual");
}

template <class T> void factorize(Probe& p, bool tall) {
    const auto m = p.shape.m, n = p.shape.n, low = std::min(m, n), high = tall ? m : n;
    const auto& r = routines<T>(p.backend);
    over_kinds(p, [&](Kind kind, unsigned number) {
        const auto& extra = level(kExtras, p, number);
        const int exponent = exponent_of<T>(kind);
        const auto a = given<T>(p, kind, m, n, extra[0], tall);
        auto factor = a;
        auto tau = taus<T>(low);
        p.with("%s ld+%d", text(kind), int(extra[0]));
        p.status((tall ? r.geqrf : r.gelqf)(m, n, factor.data(), factor.ld, tau.data()));
        p.require(factor.padding_untouched(a) && taus_bounded(tau), "the padding was changed");
        const Dense dense = scaled_down(a, exponent), f = scaled_down(factor, exponent);
        // below the diagonal (right of it) are the reflectors, which have no scale
        Dense whole_factor = factor.dense();
        for (std::int64_t j = 0; j < n; ++j)
            for (std::int64_t i = 0; i < m; ++i)
                if (tall ? i <= j : i >= j)
                    whole_factor.set(i, j, f.re[f.at(i, j)], f.complex() ? f.im[f.at(i, j)] : 0.0);
        for (const auto& w : wanted(low, high)) {
            p.with("%s ld+%d, Q of %d from %d", text(kind), int(extra[1]), int(w.width), int(w.k));
            Matrix<T> q0(tall ? m : w.width, tall ? w.width : n, extra[1], marker<T>());
            for (std::int64_t j = 0; j < (tall ? w.k : n); ++j)
                for (std::int64_t i = 0; i < (tall ? m : w.k); ++i)
                    q0(i, j) = factor(i, j);
            auto q = q0;
            const auto tau0 = tau;
            p.status((tall ? r.ungqr : r.unglq)(q.rows, q.cols, w.k, q.data(), q.ld, tau.data()));
            p.require(q.padding_untouched(q0) && taus_bounded(tau), "the padding was changed");
            p.require(tau == tau0, "an input was changed");
            judge<T>(p, tall, dense, whole_factor, q.dense(), tau, w);
        }
    });
}
template <class T> void geqrf(Probe& p) { factorize<T>(p, true); }
template <class T> void gelqf(Probe& p) { factorize<T>(p, false); }

// Q C, Q^H C, C Q, C Q^H against the product with the reflectors' own Q.
template <class T> void unmqr(Probe& p) {
    const auto m = std::min<std::int64_t>(p.shape.m, 140), low = std::min(m, p.shape.n);
    const auto& r = routines<T>(p.backend);
    unsigned number = 0;
    for (const auto k : {low, low / 2}) {
        p.random.whole(0.0);
        auto factor = Matrix<T>::random(m, k, level(kExtras, p, number)[0], p.random, marker<T>());
        auto tau = taus<T>(k);
        p.with("geqrf");
        p.status(r.geqrf(m, k, factor.data(), factor.ld, tau.data()));
        const Dense q = reflected(factor.dense(), tau, k, m);
        for (const char side : {'L', 'R'})
            for (const char trans : {'N', 'C'}) {
                const auto other = std::max<std::int64_t>(1, m / 3);
                const auto rows = side == 'L' ? m : other, cols = side == 'L' ? other : m;
                const auto extra = level(kExtras, p, ++number)[1];
                p.with("%c%c %d reflectors ld+%d", side, trans, int(k), int(extra));
                const auto c0 = Matrix<T>::random(rows, cols, extra, p.random, marker<T>());
                auto c = c0, f = factor;
                p.status(r.unmqr(side, trans, rows, cols, k, f.data(), f.ld, tau.data(), c.data(),
                                 c.ld));
                p.require(f.same_bytes(factor) && taus_bounded(tau), "an input was changed");
                p.require(c.padding_untouched(c0), "the padding was changed");
                const Dense dq = apply(trans, q), before = c0.dense(), after = c.dense();
                const Term term = side == 'L' ? Term{1.0, &dq, &before} : Term{1.0, &before, &dq};
                p.ratio(residual<T>({term}, after, m, norm1(before) / std::sqrt(order(rows))));
            }
    }
}

} // namespace

const std::vector<Case>& orthogonal_cases() {
    static const std::vector<Case> cases = {
        ROW(geqrf, 30, Shapes::tall_wide),
        ROW(gelqf, 30, Shapes::tall_wide),
        ROW(unmqr, 30, Shapes::tall_wide),
    };
    return cases;
}

} // namespace check
