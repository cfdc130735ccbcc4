// SPDX-License-Identifier: Apache-2.0
// What is handed to the provider: a column-major matrix with padding between its columns, or a
// strided vector with gaps. Padding and gaps are marked and watched.
#pragma once

#include "dense.h"
#include "types.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

namespace check {

// Reproducible numbers in [-1, 1); splitmix64.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    double next() {
        state_ += 0x9e3779b97f4a7c15u;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return static_cast<double>(static_cast<std::int64_t>(z ^ (z >> 31)) >> 11) * 0x1p-52;
    }
    template <class T> T value() {
        const double re = next();
        return make<T>(re, is_complex<T> ? next() : 0.0);
    }

  private:
    std::uint64_t state_;
};

template <class T> T not_a_number() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return make<T>(nan, nan);
}

// No routine writes where this stands; as an input it would show in every result.
template <class T> T marker() { return make<T>(-7.0e28, 3.0e28); }

template <class T> class Matrix {
  public:
    std::int64_t rows, cols, ld;

    Matrix(std::int64_t m, std::int64_t n, std::int64_t extra, T padding)
        : rows(m), cols(n), ld(std::max<std::int64_t>(1, m) + extra),
          values_(static_cast<std::size_t>(ld * std::max<std::int64_t>(1, n)), padding) {}

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

    T* data() { return values_.data(); }
    const T* data() const { return values_.data(); }
    T& operator()(std::int64_t i, std::int64_t j) {
        return values_[static_cast<std::size_t>(i + j * ld)];
    }
    const T& operator()(std::int64_t i, std::int64_t j) const {
        return values_[static_cast<std::size_t>(i + j * ld)];
    }
    void fill(T value) {
        for (std::int64_t j = 0; j < cols; ++j)
            for (std::int64_t i = 0; i < rows; ++i)
                (*this)(i, j) = value;
    }
    [[nodiscard]] Dense dense() const {
        Dense d(rows, cols, is_complex<T>);
        for (std::int64_t j = 0; j < cols; ++j)
            for (std::int64_t i = 0; i < rows; ++i)
                d.set(i, j, real_part((*this)(i, j)), imag_part((*this)(i, j)));
        return d;
    }
    [[nodiscard]] bool same_bytes(const Matrix& other) const {
        return std::memcmp(values_.data(), other.values_.data(), values_.size() * sizeof(T)) == 0;
    }
    // The bytes outside of the elements for which inside(i, j) holds are those of `before`.
    template <class Inside> bool untouched_outside(const Matrix& before, Inside inside) const {
        for (std::int64_t j = 0; j < std::max<std::int64_t>(1, cols); ++j)
            for (std::int64_t i = 0; i < ld; ++i)
                if (!(i < rows && j < cols && inside(i, j)) &&
                    std::memcmp(&(*this)(i, j), &before(i, j), sizeof(T)) != 0)
                    return false;
        return true;
    }
    [[nodiscard]] bool padding_untouched(const Matrix& before) const {
        return untouched_outside(before, [](auto, auto) { return true; });
    }

  private:
    std::vector<T> values_;
};

// A vector of n elements at any non-zero increment: element i as BLAS counts it, from the far end
// when the increment is negative.
template <class T> class Vector {
  public:
    std::int64_t n, inc;

    Vector(std::int64_t length, std::int64_t increment, T gaps)
        : n(length), inc(increment),
          values_(static_cast<std::size_t>(1 + std::max<std::int64_t>(0, length - 1) *
                                                   std::abs(increment)),
                  gaps) {}
    static Vector random(std::int64_t length, std::int64_t increment, Random& source, T gaps) {
        Vector x(length, increment, gaps);
        for (std::int64_t i = 0; i < length; ++i)
            x[i] = source.value<T>();
        return x;
    }
    T* data() { return values_.data(); }
    const T* data() const { return values_.data(); }
    T& operator[](std::int64_t i) { return values_[at(i)]; }
    const T& operator[](std::int64_t i) const { return values_[at(i)]; }
    [[nodiscard]] Dense column() const {
        Dense d(n, 1, is_complex<T>);
        for (std::int64_t i = 0; i < n; ++i)
            d.set(i, 0, real_part((*this)[i]), imag_part((*this)[i]));
        return d;
    }
    [[nodiscard]] bool same_bytes(const Vector& other) const {
        return std::memcmp(values_.data(), other.values_.data(), values_.size() * sizeof(T)) == 0;
    }
    [[nodiscard]] bool gaps_untouched(const Vector& before) const {
        for (std::size_t k = 0; k < values_.size(); ++k)
            if (static_cast<std::int64_t>(k) % std::abs(inc) != 0 &&
                std::memcmp(&values_[k], &before.values_[k], sizeof(T)) != 0)
                return false;
        return true;
    }

  private:
    [[nodiscard]] std::size_t at(std::int64_t i) const {
        return static_cast<std::size_t>(inc > 0 ? i * inc : (i - (n - 1)) * inc);
    }
    std::vector<T> values_;
};

} // namespace check
