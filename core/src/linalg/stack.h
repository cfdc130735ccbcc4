// SPDX-License-Identifier: Apache-2.0
// A stack of matrices (..., M, N) on its way to LAPACK and back.
#pragma once

#include "trivet/array.h"
#include "trivet/backend.h"
#include "trivet/blas.h"
#include "trivet/op_id.h"

#include <complex>
#include <initializer_list>
#include <string_view>
#include <type_traits>

namespace trivet::linalg {

[[nodiscard]] inline std::int64_t rows(const Array& a) { return a.shape()[a.ndim() - 2]; }
[[nodiscard]] inline std::int64_t columns(const Array& a) { return a.shape()[a.ndim() - 1]; }
[[nodiscard]] inline std::int64_t leading(std::int64_t n) { return n > 1 ? n : 1; }

[[nodiscard]] Dims batch_of(const Array& a); // the shape without the last two axes
[[nodiscard]] Dims with_axes(Dims batch, std::initializer_list<std::int64_t> axes);
void require_matrices(std::string_view op, const Array& a); // at least two axes
void require_square(std::string_view op, const Array& a);
// float32, float64, complex64 or complex128; halves become float32, integers and booleans float64.
[[nodiscard]] DType working_type(DType dtype);
[[nodiscard]] DType working_type(const Array& a, const Array& b);

// Fresh copies in `dtype`: matrices column-major, or row-major.
[[nodiscard]] Array column_major(const Array& a, DType dtype);
[[nodiscard]] Array row_major(const Array& a, DType dtype);
// Fresh and uninitialised, each matrix column-major.
[[nodiscard]] Array empty_columns(const Dims& batch, std::int64_t m, std::int64_t n, DType dtype);

// Raises ErrorKind::linalg with the index of the first matrix that holds a NaN or an infinity:
// what LAPACK's iterations do with them differs by provider, from info to no end.
void require_finite(std::string_view op, const Array& stack);

// What a failed call of the table means; `failure` says what a positive info is.
[[noreturn]] void raise_status(std::string_view op, std::int64_t status, std::string_view failure,
                               std::int64_t matrix);
inline void check(std::string_view op, std::int64_t status, std::string_view failure,
                  std::int64_t matrix) {
    if (status != 0) {
        raise_status(op, status, failure, matrix);
    }
}

template <class T> struct RealOf {
    using type = T;
};
template <class T> struct RealOf<std::complex<T>> {
    using type = T;
};
template <class T> using real_of = typename RealOf<T>::type;

// The routines of one element type, of the backend in use.
template <class T> [[nodiscard]] const auto& routines(const trivet_backend& table) {
    if constexpr (std::is_same_v<T, float>) {
        return *table.s;
    } else if constexpr (std::is_same_v<T, double>) {
        return *table.d;
    } else if constexpr (std::is_same_v<T, std::complex<float>>) {
        return *table.c;
    } else {
        return *table.z;
    }
}

// Calls f(std::type_identity<T>{}, routines) for a working type.
template <class F> decltype(auto) with_routines(DType dtype, F&& f) {
    const trivet_backend& table = blas::table();
    switch (dtype) {
    case DType::float32:
        return f(std::type_identity<float>{}, *table.s);
    case DType::float64:
        return f(std::type_identity<double>{}, *table.d);
    case DType::complex64:
        return f(std::type_identity<std::complex<float>>{}, *table.c);
    default:
        return f(std::type_identity<std::complex<double>>{}, *table.z);
    }
}

// One row of the op table by its id: what is composed of element-wise operations.
[[nodiscard]] Array call(OpId id, std::initializer_list<Array> args);

// The i-th matrix (or vector) of a fresh stack, `count` elements each.
template <class T> [[nodiscard]] T* part(const Array& stack, std::int64_t i, std::int64_t count) {
    return stack.data_as<T>() + i * count;
}

} // namespace trivet::linalg
