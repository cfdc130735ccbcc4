// SPDX-License-Identifier: Apache-2.0
// One matrix product on raw memory: what BLAS sees of two strided matrices.
#pragma once

#include "trivet/dtype.h"

#include <cstddef>
#include <cstdint>

namespace trivet::linalg {

// An m-by-n view; strides in elements.
struct Matrix {
    const std::byte* data;
    std::int64_t rows, columns;
    std::int64_t row_stride, column_stride;
};

// Whether BLAS can read it as it lies: one stride is 1 and the other holds a whole row or column.
[[nodiscard]] bool fits_blas(const Matrix& a);

// out (row-major with `leading` elements from row to row) = a @ b. Both must fit BLAS, nothing may
// overlap; `dtype` is float32, float64, complex64 or complex128.
void blas_product(DType dtype, const Matrix& a, const Matrix& b, std::byte* out,
                  std::int64_t leading);

// The same for integers (modulo 2^bits) and booleans (or of ands), for any strides.
void exact_product(DType dtype, const Matrix& a, const Matrix& b, std::byte* out,
                   std::int64_t leading);

} // namespace trivet::linalg
