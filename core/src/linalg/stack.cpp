// SPDX-License-Identifier: Apache-2.0
#include "linalg/stack.h"

#include "array/text.h"
#include "trivet/error.h"
#include "trivet/ops.h"

#include <cmath>
#include <string>

namespace trivet::linalg {

Dims batch_of(const Array& a) {
    return Dims(
        std::span<const std::int64_t>(a.shape().data(), static_cast<std::size_t>(a.ndim() - 2)));
}

Dims with_axes(Dims batch, std::initializer_list<std::int64_t> axes) {
    for (const auto axis : axes) {
        batch.push_back(axis);
    }
    return batch;
}

void require_matrices(std::string_view op, const Array& a) {
    if (a.ndim() < 2) {
        raise(ErrorKind::value, op, "the argument must have at least two axes", text(a));
    }
}

void require_square(std::string_view op, const Array& a) {
    require_matrices(op, a);
    if (rows(a) != columns(a)) {
        raise(ErrorKind::value, op, "the last two axes must have the same length", text(a));
    }
}

DType working_type(DType dtype) {
    switch (dtype) {
    case DType::float16:
    case DType::bfloat16:
        return DType::float32;
    default:
        return is_inexact(dtype) ? dtype : DType::float64;
    }
}

DType working_type(const Array& a, const Array& b) {
    return promote(working_type(a.dtype()), working_type(b.dtype()));
}

Array column_major(const Array& a, DType dtype) {
    Array fresh = empty_columns(batch_of(a), rows(a), columns(a), dtype);
    copy_into(a, fresh);
    return fresh;
}

Array row_major(const Array& a, DType dtype) {
    Array fresh = Array::empty(a.shape(), dtype);
    copy_into(a, fresh);
    return fresh;
}

Array empty_columns(const Dims& batch, std::int64_t m, std::int64_t n, DType dtype) {
    return matrix_transpose(Array::empty(with_axes(batch, {n, m}), dtype));
}

Array call(OpId id, std::initializer_list<Array> args) {
    return elementwise(op(id), std::span<const Array>(args.begin(), args.size()));
}

namespace {

template <class T> bool all_finite(const T* values, std::int64_t count) {
    T poisoned{}; // stays zero unless a value is NaN or infinite; vectorises
    for (std::int64_t i = 0; i < count; ++i) {
        poisoned += values[i] * T(0);
    }
    return poisoned == T(0);
}

} // namespace

void require_finite(std::string_view op, const Array& stack) {
    const auto each = rows(stack) * columns(stack);
    const auto matrices = each == 0 ? 0 : stack.size() / each;
    const bool single = real_type(stack.dtype()) == DType::float32;
    const auto reals = is_complex(stack.dtype()) ? 2 * each : each;
    for (std::int64_t i = 0; i < matrices; ++i) {
        if (!(single ? all_finite(part<float>(stack, i, reals), reals)
                     : all_finite(part<double>(stack, i, reals), reals))) {
            raise(ErrorKind::linalg, op, "every element must be finite",
                  "NaN or infinity in matrix " + std::to_string(i));
        }
    }
}

void raise_status(std::string_view op, std::int64_t status, std::string_view failure,
                  std::int64_t matrix) {
    if (status == TRIVET_TOO_LARGE) {
        raise(ErrorKind::overflow, op,
              "the provider's integers cannot hold the size; choose an ILP64 backend",
              blas::current().id);
    }
    if (status == TRIVET_NO_MEMORY) {
        raise(ErrorKind::memory, op, "no memory for the workspace", blas::current().id);
    }
    const auto where =
        "matrix " + std::to_string(matrix) + " with info = " + std::to_string(status);
    if (status < 0) {
        raise(ErrorKind::runtime, op, "the backend refused an argument", where);
    }
    raise(ErrorKind::linalg, op, failure, where);
}

} // namespace trivet::linalg
