// SPDX-License-Identifier: Apache-2.0
#include "work.h"

#include "residuals.h"

namespace check {
namespace {

template <class T> std::vector<double> flat(const Matrix<T>& a) {
    Dense d = a.dense();
    d.re.insert(d.re.end(), d.im.begin(), d.im.end());
    return d.re;
}

template <class R> std::vector<double> flat(const std::vector<R>& values) {
    return {values.begin(), values.end()};
}

// Diagonally dominant, so that every factorisation is harmless.
template <class T> Matrix<T> system_of(std::int64_t n, Random& random) {
    auto a = Matrix<T>::random(n, n, 1, random, T(0));
    for (std::int64_t i = 0; i < n; ++i)
        a(i, i) += T(Real<T>(4));
    return a;
}

template <class T> Matrix<T> times(Matrix<T> a, T factor) {
    for (std::int64_t j = 0; j < a.cols; ++j)
        for (std::int64_t i = 0; i < a.rows; ++i)
            a(i, j) *= factor;
    return a;
}

} // namespace

// So that callers beside each other ask for different things.
char Work::option(std::string_view letters) const { return letters[seed_ % letters.size()]; }

std::string Work::agree(const std::string& name, const std::vector<double>& got, double tolerance,
                        bool& same) {
    const auto& first = first_.try_emplace(name, got).first->second;
    double largest = 0.0, off = 0.0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (std::isnan(got[i]))
            return name + " gives NaN";
        largest = std::max(largest, std::abs(first[i]));
        off = std::max(off, std::abs(got[i] - first[i]));
    }
    same = same && off == 0.0;
    return off <= tolerance * largest ? "" : name + " differs from its first answer";
}

template <class T> std::string Work::vectors(const trivet_backend& backend, bool& same) {
    const auto& r = routines<T>(backend);
    const std::string letter(1, kLetter<T>), names = letter + "axpy, scal, dotc, nrm2 or iamax";
    const std::int64_t n = size_.product;
    const double tolerance = 64.0 * kEps<T> * order(n);
    Random random(seed_ + 3);
    const T one = T(1), none = T(0), alpha = make<T>(0.7, -0.3);
    const auto a = Matrix<T>::random(n, n, 0, random, T(0));
    const auto x = Vector<T>::random(n, 1, random, T(0));
    auto y = Vector<T>::random(n, 1, random, T(0));
    T dot{};
    Real<T> norm{};
    std::int64_t largest = 0;
    if (r.axpy(n, &alpha, x.data(), 1, y.data(), 1) != 0 || r.scal(n, &alpha, y.data(), 1) != 0 ||
        r.dotc(n, x.data(), 1, y.data(), 1, &dot) != 0 || r.nrm2(n, y.data(), 1, &norm) != 0 ||
        r.iamax(n, y.data(), 1, &largest) != 0)
        return names + " failed";
    const std::vector<double> found = {real_part(dot), imag_part(dot), static_cast<double>(norm),
                                       static_cast<double>(largest)};
    if (auto wrong = agree(names, found, tolerance, same); !wrong.empty())
        return wrong;
    if (r.gemv('T', n, n, &one, a.data(), a.ld, x.data(), 1, &none, y.data(), 1) != 0)
        return letter + "gemv failed";
    Dense column = y.column();
    column.re.insert(column.re.end(), column.im.begin(), column.im.end());
    return agree(letter + "gemv", column.re, tolerance, same);
}

template <class T> std::string Work::products(const trivet_backend& backend, bool& same) {
    const auto& r = routines<T>(backend);
    const std::string letter(1, kLetter<T>);
    const std::int64_t n = size_.product;
    const bool proving = first_.count(letter + "gemm") == 0;
    const double tolerance = 64.0 * kEps<T> * order(n);
    Random random(seed_);
    const T one = T(1), none = T(0);
    const auto a = Matrix<T>::random(n, n, 3, random, T(0));
    const auto b = Matrix<T>::random(n, n, 0, random, T(0));
    Matrix<T> c(n, n, 0, T(0));
    if (r.gemm('N', 'T', n, n, n, &one, a.data(), a.ld, b.data(), b.ld, &none, c.data(), c.ld) != 0)
        return letter + "gemm failed";
    if (proving) {
        const Dense da = a.dense(), bt = apply('T', b.dense());
        if (elementwise_ratio({{1.0, &da, &bt}}, 0.0, nullptr, c.dense(), kEps<T>) > 16.0)
            return letter + "gemm is wrong";
    }
    if (auto wrong = agree(letter + "gemm", flat(c), tolerance, same); !wrong.empty())
        return wrong;
    auto x = b;
    if (r.trsm('L', 'L', 'N', 'U', n, n, &one, times(a, T(Real<T>(0.01))).data(), a.ld, x.data(),
               x.ld) != 0)
        return letter + "trsm failed";
    if (auto wrong = agree(letter + "trsm", flat(x), tolerance, same); !wrong.empty())
        return wrong;
    return vectors<T>(backend, same);
}

template <class T> std::string Work::factors(const trivet_backend& backend, bool& same) {
    const auto& r = routines<T>(backend);
    const std::string letter(1, kLetter<T>);
    const std::int64_t m = size_.factor;
    const double tolerance = 640.0 * kEps<T> * order(m);
    Random random(seed_ + 1);
    auto factor = system_of<T>(m, random), x = Matrix<T>::random(m, 3, 0, random, T(0));
    const Dense system = factor.dense(), right = x.dense();
    std::vector<std::int64_t> pivots(static_cast<std::size_t>(m));
    if (r.gesv(m, 3, factor.data(), factor.ld, pivots.data(), x.data(), x.ld) != 0)
        return letter + "gesv failed";
    if (!(solution<T>(system, x.dense(), right) <= 30.0))
        return letter + "gesv is wrong";
    if (auto wrong = agree(letter + "gesv", flat(x), 100 * tolerance, same); !wrong.empty())
        return wrong;
    // the same by its two parts: a library's gesv may go other ways than its getrf
    auto lu = Matrix<T>::of(system, 2, T(0)), y = Matrix<T>::of(right, 1, T(0));
    if (r.getrf(m, m, lu.data(), lu.ld, pivots.data()) != 0 ||
        r.getrs('N', m, 3, lu.data(), lu.ld, pivots.data(), y.data(), y.ld) != 0)
        return letter + "getrf or getrs failed";
    if (!(solution<T>(system, y.dense(), right) <= 30.0))
        return letter + "getrf or getrs is wrong";
    auto definite = positive_definite<T>(m, 2, random);
    const char uplo = option("LU");
    if (r.potrf(uplo, m, definite.data(), definite.ld) != 0)
        return letter + "potrf failed";
    const auto factor_only =
        uplo == 'L' ? lower_part(definite.dense(), m, false) : upper_part(definite.dense(), m);
    return agree(letter + "potrf", factor_only.re, tolerance, same);
}

template <class T> std::string Work::values(const trivet_backend& backend, bool& same) {
    const auto& r = routines<T>(backend);
    const std::string letter(1, kLetter<T>);
    const std::int64_t v = size_.values;
    const double tolerance = 64.0 * kEps<T> * order(v);
    Random random(seed_ + 2);
    std::vector<Real<T>> found(static_cast<std::size_t>(v));
    auto vectors = positive_definite<T>(v, 0, random);
    const Dense symmetric = vectors.dense();
    char job = option("VN");
    if (r.heevd(job, option("UL"), v, vectors.data(), vectors.ld, found.data()) != 0)
        return letter + "heevd failed";
    if (auto wrong = agree(letter + "heevd", flat(found), tolerance, same); !wrong.empty())
        return wrong;
    const Dense z = vectors.dense(), zw = scaled(z, found);
    if (job == 'V' && !(residual<T>({{1.0, &symmetric, &z}}, zw, v, norm1(symmetric)) <= 60.0))
        return letter + "heevd is wrong";
    auto tall = Matrix<T>::random(v + 7, v, 0, random, T(0));
    const Dense given = tall.dense();
    Matrix<T> u(v + 7, v + 7, 0, T(0)), vt(v, v, 0, T(0));
    job = option("SNA");
    if (r.gesdd(job, v + 7, v, tall.data(), tall.ld, found.data(), u.data(), u.ld, vt.data(),
                vt.ld) != 0)
        return letter + "gesdd failed";
    const Dense us = scaled(columns(u.dense(), 0, v), found), right = vt.dense();
    if (job != 'N' && !(residual<T>({{1.0, &us, &right}}, given, v, norm1(given)) <= 35.0))
        return letter + "gesdd is wrong";
    return agree(letter + "gesdd", flat(found), tolerance, same);
}

template <class T>
std::string Work::run_stage(const trivet_backend& backend, Stage stage, bool& same) {
    switch (stage) {
    case Stage::products:
        return products<T>(backend, same);
    case Stage::factors:
        return size_.factor > 0 ? factors<T>(backend, same) : "";
    case Stage::values:
        return size_.values > 0 ? values<T>(backend, same) : "";
    }
    return "";
}

std::string Work::run_part(const trivet_backend& backend, char type, Stage stage, bool* same) {
    bool ignored = true;
    bool& told = same == nullptr ? ignored : *same;
    return type == 's'   ? run_stage<float>(backend, stage, told)
           : type == 'd' ? run_stage<double>(backend, stage, told)
           : type == 'c' ? run_stage<C>(backend, stage, told)
                         : run_stage<Z>(backend, stage, told);
}

std::string Work::run(const trivet_backend& backend, bool* same) {
    std::string wrong;
    bool all_same = true;
    for (const char type : types_)
        for (const auto stage : kStages)
            if (wrong.empty())
                wrong = run_part(backend, type, stage, &all_same);
    if (same != nullptr)
        *same = all_same;
    return wrong;
}

} // namespace check
