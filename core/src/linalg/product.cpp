// SPDX-License-Identifier: Apache-2.0
#include "linalg/product.h"

#include "array/visit.h"
#include "linalg/stack.h"
#include "trivet/error.h"

#include <algorithm>
#include <type_traits>

namespace trivet::linalg {

namespace {

bool is_row_major(const Matrix& a) {
    return (a.column_stride == 1 || a.columns <= 1) &&
           (a.rows <= 1 || a.row_stride >= std::max<std::int64_t>(a.columns, 1));
}

Matrix transposed(const Matrix& a) {
    return {a.data, a.columns, a.rows, a.column_stride, a.row_stride};
}

// BLAS is column-major: it reads a row-major X as X^T. From the identity (A B)^T = B^T A^T, the
// row-major product is gemm of B and A in this order; a column-major operand is marked 'T'.
struct Operand {
    char trans;
    std::int64_t leading;
};

Operand operand(const Matrix& a) {
    if (is_row_major(a)) {
        return {'N', a.rows <= 1 ? leading(a.columns) : a.row_stride};
    }
    return {'T', a.columns <= 1 ? leading(a.rows) : a.column_stride};
}

// A vector's increment: of a one-row or one-column matrix.
std::int64_t increment(const Matrix& a) {
    const auto stride = a.rows == 1 ? a.column_stride : a.row_stride;
    return a.rows * a.columns <= 1 ? 1 : stride;
}

// y = A x for a one-column b, or y = B^T x for a one-row a.
template <class T>
std::int64_t vector_product(const auto& routine, const Matrix& matrix, const Matrix& vector, T* out,
                            std::int64_t out_step) {
    const T one(1), zero(0);
    const Operand lies = operand(matrix); // 'N': BLAS sees the transpose
    const bool flipped = lies.trans == 'N';
    const auto m = flipped ? matrix.columns : matrix.rows;
    const auto n = flipped ? matrix.rows : matrix.columns;
    return routine.gemv(flipped ? 'T' : 'N', m, n, &one, reinterpret_cast<const T*>(matrix.data),
                        lies.leading, reinterpret_cast<const T*>(vector.data), increment(vector),
                        &zero, out, out_step);
}

template <class T>
std::int64_t typed_product(const auto& routine, const Matrix& a, const Matrix& b, T* out,
                           std::int64_t step) {
    if (a.rows == 1 && b.columns == 1) {
        return routine.dotu(a.columns, reinterpret_cast<const T*>(a.data), increment(a),
                            reinterpret_cast<const T*>(b.data), increment(b), out);
    }
    if (b.columns == 1) {
        return vector_product(routine, a, b, out, step);
    }
    if (a.rows == 1) {
        return vector_product(routine, transposed(b), a, out, 1);
    }
    const T one(1), zero(0);
    const Operand left = operand(a), right = operand(b);
    return routine.gemm(right.trans, left.trans, b.columns, a.rows, a.columns, &one,
                        reinterpret_cast<const T*>(b.data), right.leading,
                        reinterpret_cast<const T*>(a.data), left.leading, &zero, out, step);
}

} // namespace

bool fits_blas(const Matrix& a) { return is_row_major(a) || is_row_major(transposed(a)); }

void blas_product(DType dtype, const Matrix& a, const Matrix& b, std::byte* out,
                  std::int64_t leading) {
    with_routines(dtype, [&]<class T>(std::type_identity<T>, const auto& routine) {
        T* place = reinterpret_cast<T*>(out);
        if (a.columns == 0) { // the empty sum; not left to the provider
            for (std::int64_t i = 0; i < a.rows; ++i) {
                std::fill_n(place + i * leading, b.columns, T(0));
            }
            return;
        }
        check("matmul", typed_product<T>(routine, a, b, place, leading), "the product failed", 0);
    });
}

namespace {

template <class T> void add_row(const Matrix& b, std::int64_t k, T factor, T* out) {
    const T* row = reinterpret_cast<const T*>(b.data) + k * b.row_stride;
    for (std::int64_t j = 0; j < b.columns; ++j) {
        const T value = row[j * b.column_stride];
        if constexpr (std::is_same_v<T, bool>) {
            out[j] = out[j] || (factor && value);
        } else { // wraps: unsigned, and at least int so that no promotion to int overflows
            using Wide = std::common_type_t<T, unsigned>;
            out[j] = static_cast<T>(static_cast<Wide>(out[j]) +
                                    static_cast<Wide>(factor) * static_cast<Wide>(value));
        }
    }
}

template <class T>
void rows_product(const Matrix& a, const Matrix& b, T* out, std::int64_t leading) {
    for (std::int64_t i = 0; i < a.rows; ++i) {
        std::fill_n(out + i * leading, b.columns, T(0));
        const T* row = reinterpret_cast<const T*>(a.data) + i * a.row_stride;
        for (std::int64_t k = 0; k < a.columns; ++k) {
            add_row(b, k, row[k * a.column_stride], out + i * leading);
        }
    }
}

} // namespace

void exact_product(DType dtype, const Matrix& a, const Matrix& b, std::byte* out,
                   std::int64_t leading) {
    visit(dtype, [&]<class T>(std::type_identity<T>) {
        if constexpr (std::is_same_v<T, bool>) {
            rows_product(a, b, reinterpret_cast<bool*>(out), leading);
        } else if constexpr (std::is_integral_v<T>) {
            using U = std::make_unsigned_t<T>;
            rows_product(a, b, reinterpret_cast<U*>(out), leading);
        } else {
            raise(ErrorKind::unimplemented, "matmul", "no exact product for this type",
                  dtype_name(dtype));
        }
    });
}

} // namespace trivet::linalg
