// SPDX-License-Identifier: Apache-2.0
// What is handed to the provider: a column-major matrix with padding between its columns, or a
// strided vector with gaps. Padding and gaps are marked and watched.
#pragma once

#include "dense.h"
#include "types.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <string>
#include <type_traits>

namespace check {

// Reproducible numbers in [-1, 1), or whole ones between -limit and limit without 0; splitmix64.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t bits() {
        state_ += 0x9e3779b97f4a7c15u;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    double next() {
        const double x = static_cast<double>(static_cast<std::int64_t>(bits()) >> 11) * 0x1p-52;
        if (limit_ == 0.0)
            return x;
        const auto size = static_cast<double>(static_cast<std::int64_t>(std::abs(x) * limit_) + 1);
        return std::copysign(std::min(size, limit_), x);
    }
    void whole(double limit) { limit_ = limit; } // 0: fractions
    template <class T> T value() {
        const double re = next();
        return make<T>(re, is_complex<T> ? next() : 0.0);
    }

  private:
    std::uint64_t state_;
    double limit_ = 0.0;
};

// The same bytes? Real and imaginary parts as whole numbers, so that NaN is what it was. Written
// out, because some toolchains' memcmp takes byte by byte.
template <class T> bool same_memory(const T* a, const T* b, std::int64_t count) {
    using Word = std::conditional_t<sizeof(Real<T>) == 4, std::uint32_t, std::uint64_t>;
    static_assert(sizeof(T) % sizeof(Word) == 0);
    struct Words {
        Word word[sizeof(T) / sizeof(Word)];
    };
    Word differs = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto x = std::bit_cast<Words>(a[i]), y = std::bit_cast<Words>(b[i]);
        for (std::size_t k = 0; k < std::size(x.word); ++k)
            differs |= x.word[k] ^ y.word[k];
    }
    return differs == 0;
}

template <class T> T not_a_number() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return make<T>(nan, nan);
}

// No routine writes where this stands; as an input it would show in every result.
template <class T> T marker() { return make<T>(-7.0e28, 3.0e28); }

// Elements before the first and behind the last that are watched as the padding is; an odd number
// of them in front takes the first element off every vector register's boundary.
inline constexpr std::int64_t kGuard = 8;

template <class T> class Matrix {
  public:
    std::int64_t rows, cols, ld;

    Matrix(std::int64_t m, std::int64_t n, std::int64_t extra, T padding)
        : rows(m), cols(n), ld(std::max<std::int64_t>(1, m) + extra), front_(kGuard + extra % 2),
          values_(static_cast<std::size_t>(ld * std::max<std::int64_t>(1, n) + front_ + kGuard),
                  padding) {}

    static Matrix random(std::int64_t m, std::int64_t n, std::int64_t extra, Random& source,
                         T padding) {
        Matrix a(m, n, extra, padding);
        for (std::int64_t j = 0; j < n; ++j)
            for (std::int64_t i = 0; i < m; ++i)
                a(i, j) = source.value<T>();
        return a;
    }
    static Matrix of(const Dense& from, std::int64_t extra, T padding) {
        Matrix a(from.rows, from.cols, extra, padding);
        for (std::int64_t j = 0; j < a.cols; ++j)
            for (std::int64_t i = 0; i < a.rows; ++i)
                a(i, j) =
                    make<T>(from.re[from.at(i, j)], from.complex() ? from.im[from.at(i, j)] : 0.0);
        return a;
    }

    T* data() { return values_.data() + front_; }
    const T* data() const { return values_.data() + front_; }
    T& operator()(std::int64_t i, std::int64_t j) { return data()[i + j * ld]; }
    const T& operator()(std::int64_t i, std::int64_t j) const { return data()[i + j * ld]; }
    void fill(T value) {
        for (std::int64_t j = 0; j < cols; ++j)
            for (std::int64_t i = 0; i < rows; ++i)
                (*this)(i, j) = value;
    }
    [[nodiscard]] Dense dense() const {
        Dense d(rows, cols, is_complex<T>);
        for (std::int64_t j = 0; j < cols; ++j) {
            const T* from = data() + j * ld;
            double* re = d.re.data() + d.at(0, j);
            for (std::int64_t i = 0; i < rows; ++i)
                re[i] = real_part(from[i]);
            double* im = d.im.data() + (is_complex<T> ? d.at(0, j) : 0);
            for (std::int64_t i = 0; is_complex<T> && i < rows; ++i)
                im[i] = imag_part(from[i]);
        }
        return d;
    }
    [[nodiscard]] bool same_bytes(const Matrix& other) const {
        return same_memory(values_.data(), other.values_.data(),
                           static_cast<std::int64_t>(values_.size()));
    }
    // The bytes outside of the elements for which inside(i, j) holds are those of `before`.
    template <class Inside> bool untouched_outside(const Matrix& before, Inside inside) const {
        for (std::int64_t j = 0; j < cols; ++j)
            for (std::int64_t i = 0; i < rows; ++i)
                if (!inside(i, j) && !same(before, i + j * ld, 1))
                    return false;
        return padding_untouched(before);
    }
    // So are those between the columns, in front and behind.
    [[nodiscard]] bool padding_untouched(const Matrix& before) const {
        for (std::int64_t j = 0; j < cols; ++j)
            if (!same(before, rows + j * ld, ld - rows))
                return false;
        const auto last = cols * ld, count = static_cast<std::int64_t>(values_.size());
        return same(before, -front_, front_) && same(before, last, count - front_ - last);
    }

  private:
    [[nodiscard]] bool same(const Matrix& before, std::int64_t first, std::int64_t count) const {
        return same_memory(data() + first, before.data() + first, count);
    }
    std::int64_t front_;
    std::vector<T> values_;
};

// A vector of n elements at any increment: element i as BLAS counts it, from the far end when the
// increment is negative; all are one when it is 0.
template <class T> class Vector {
  public:
    std::int64_t n, inc;

    Vector(std::int64_t length, std::int64_t increment, T gaps)
        : n(length), inc(increment), front_(kGuard + std::abs(increment) % 2),
          values_(static_cast<std::size_t>(
                      1 + std::max<std::int64_t>(0, length - 1) * std::abs(increment) + front_ +
                      kGuard),
                  gaps) {}
    static Vector random(std::int64_t length, std::int64_t increment, Random& source, T gaps) {
        Vector x(length, increment, gaps);
        for (std::int64_t i = 0; i < length; ++i)
            x[i] = source.value<T>();
        return x;
    }
    T* data() { return values_.data() + front_; }
    const T* data() const { return values_.data() + front_; }
    T& operator[](std::int64_t i) { return data()[at(i)]; }
    const T& operator[](std::int64_t i) const { return data()[at(i)]; }
    [[nodiscard]] Dense column() const {
        Dense d(n, 1, is_complex<T>);
        for (std::int64_t i = 0; i < n; ++i)
            d.set(i, 0, real_part((*this)[i]), imag_part((*this)[i]));
        return d;
    }
    [[nodiscard]] bool same_bytes(const Vector& other) const {
        return same_memory(values_.data(), other.values_.data(),
                           static_cast<std::int64_t>(values_.size()));
    }
    [[nodiscard]] bool gaps_untouched(const Vector& before) const {
        const auto step = std::max<std::int64_t>(1, std::abs(inc)), end = n == 0 ? 0 : span() + 1;
        for (auto k = -front_; k < static_cast<std::int64_t>(values_.size()) - front_; ++k)
            if ((k < 0 || k >= end || k % step != 0) &&
                !same_memory(data() + k, before.data() + k, 1))
                return false;
        return true;
    }

  private:
    [[nodiscard]] std::int64_t span() const { return (n - 1) * std::abs(inc); }
    [[nodiscard]] std::int64_t at(std::int64_t i) const {
        return inc >= 0 ? i * inc : (i - (n - 1)) * inc;
    }
    std::int64_t front_;
    std::vector<T> values_;
};

} // namespace check
