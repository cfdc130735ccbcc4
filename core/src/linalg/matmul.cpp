// SPDX-License-Identifier: Apache-2.0
// matmul: NumPy's rules for vectors and stacks over the product of two matrices.
#include "linalg/product.h"
#include "linalg/stack.h"

#include "array/text.h"
#include "ops/iteration.h"
#include "trivet/error.h"
#include "trivet/linalg.h"
#include "trivet/ops.h"

#include <string>
#include <utility>
#include <vector>

namespace trivet::linalg {

namespace {

// Matrices in place of vectors, and which axes of the result go away again.
struct Operands {
    Array a, b;
    bool row_vector, column_vector;
};

Operands as_matrices(const Array& a, const Array& b) {
    if (a.ndim() == 0 || b.ndim() == 0) {
        raise(ErrorKind::value, "matmul", "the arguments must have at least one axis",
              text(a) + " and " + text(b));
    }
    const bool row = a.ndim() == 1, column = b.ndim() == 1;
    Operands both{row ? expand_dims(a, {0}) : a, column ? expand_dims(b, {1}) : b, row, column};
    if (columns(both.a) != rows(both.b)) {
        raise(ErrorKind::value, "matmul", "the inner lengths must be equal",
              text(a) + " and " + text(b));
    }
    return both;
}

Matrix matrix_of(const Array& a, std::int64_t offset) {
    const auto item = static_cast<std::int64_t>(item_size(a.dtype()));
    return {a.data() + offset, rows(a), columns(a), a.strides()[a.ndim() - 2] / item,
            a.strides()[a.ndim() - 1] / item};
}

bool whole_elements(const Array& a) {
    const auto item = static_cast<std::int64_t>(item_size(a.dtype()));
    for (const auto stride : a.strides()) {
        if (stride % item != 0) {
            return false;
        }
    }
    return reinterpret_cast<std::uintptr_t>(a.data()) % item_size(real_type(a.dtype())) == 0;
}

// `a` in the type of the product, and such that BLAS can read each matrix.
Array readable(const Array& a, DType dtype) {
    const Array typed = astype(a, dtype, false);
    if (!whole_elements(typed) || (is_inexact(dtype) && !fits_blas(matrix_of(typed, 0)))) {
        return copy(typed);
    }
    return typed;
}

// Byte offsets of the matrices of a stack, in the order of the broadcast batch.
class Walk {
  public:
    Walk(const Array& a, const Dims& batch) : strides_(batch.size(), 0) {
        const int own = a.ndim() - 2, shift = batch.size() - own;
        for (int i = 0; i < own; ++i) {
            strides_[shift + i] = a.shape()[i] == 1 ? 0 : a.strides()[i];
        }
    }
    [[nodiscard]] std::int64_t offset(const Dims& index) const {
        std::int64_t sum = 0;
        for (int i = 0; i < index.size(); ++i) {
            sum += index[i] * strides_[i];
        }
        return sum;
    }

  private:
    Dims strides_;
};

bool advance(Dims& index, const Dims& shape) {
    for (int i = shape.size(); i-- > 0;) {
        if (++index[i] < shape[i]) {
            return true;
        }
        index[i] = 0;
    }
    return false;
}

// out (its matrices row-major) = a @ b, matrix by matrix.
void products(const Array& a, const Array& b, const Array& out, const Dims& batch) {
    const DType dtype = out.dtype();
    const auto product = is_inexact(dtype) ? &blas_product : &exact_product;
    const auto step = matrix_of(out, 0).row_stride;
    const auto leading_out = rows(out) <= 1 ? leading(columns(out)) : step;
    const Walk walk_a(a, batch), walk_b(b, batch), walk_out(out, batch);
    Dims index(batch.size(), 0);
    do {
        product(dtype, matrix_of(a, walk_a.offset(index)), matrix_of(b, walk_b.offset(index)),
                out.data() + walk_out.offset(index), leading_out);
    } while (advance(index, batch));
}

// A stack times one matrix is one tall product when the rows of the stack follow one another.
Array merged_rows(const Array& a) {
    return reshape(a, Dims{a.size() / columns(a), columns(a)}, false);
}

bool rows_follow(const Array& a) { return a.ndim() > 2 && a.size() > 0 && a.is_c_contiguous(); }

void matrices_into(const Array& a, const Array& b, const Array& out, const Dims& batch) {
    if (out.size() == 0) {
        return;
    }
    if (b.ndim() == 2 && rows_follow(a) && out.is_c_contiguous()) {
        matrices_into(merged_rows(a), b, merged_rows(out), {});
        return;
    }
    products(a, b, out, batch);
}

Dims batch_shape(const Operands& both) {
    if (both.a.ndim() == 2 && both.b.ndim() == 2) {
        return {};
    }
    const std::vector<Dims> batches{batch_of(both.a), batch_of(both.b)};
    return broadcast_shapes(batches);
}

Array without_vector_axes(const Array& result, const Operands& both) {
    Dims gone;
    if (both.row_vector) {
        gone.push_back(result.ndim() - 2);
    }
    if (both.column_vector) {
        gone.push_back(result.ndim() - 1);
    }
    return gone.empty() ? result : squeeze(result, gone);
}

// Unlike element-wise operations, a product may not even write exactly over an argument.
bool overlaps(const Array& in, const Array& out) {
    return unsafe_overlap(in, out) || (in.size() > 0 && in.data() == out.data());
}

// The type that the product is computed in: halves in float32.
DType product_type(DType dtype) {
    return dtype == DType::float16 || dtype == DType::bfloat16 ? DType::float32 : dtype;
}

} // namespace

Array matmul(const Array& a, const Array& b) {
    Operands both = as_matrices(a, b);
    const DType dtype = promote(a.dtype(), b.dtype());
    const DType computed = product_type(dtype);
    const Dims batch = batch_shape(both);
    both.a = readable(both.a, computed);
    both.b = readable(both.b, computed);
    const Array out = Array::empty(with_axes(batch, {rows(both.a), columns(both.b)}), computed);
    matrices_into(both.a, both.b, out, batch);
    return astype(without_vector_axes(out, both), dtype, false);
}

void matmul_into(const Array& a, const Array& b, const Array& out) {
    require_writable("matmul", out);
    Operands both = as_matrices(a, b);
    const DType dtype = promote(a.dtype(), b.dtype());
    const Dims batch = batch_shape(both);
    const Dims shape = with_axes(batch, {rows(both.a), columns(both.b)});
    const bool direct = out.dtype() == dtype && product_type(dtype) == dtype &&
                        out.shape() == shape && out.is_c_contiguous() && !overlaps(a, out) &&
                        !overlaps(b, out) && whole_elements(out);
    if (direct) {
        matrices_into(readable(both.a, dtype), readable(both.b, dtype), out, batch);
        return;
    }
    const Array result = matmul(a, b);
    if (result.shape() != out.shape()) {
        raise(ErrorKind::value, "matmul", "out must have the shape of the product",
              text(out) + " for " + result.shape().text());
    }
    if (!can_cast_same_kind(dtype, out.dtype())) {
        raise(ErrorKind::type, "matmul", "out must be of the same kind or a higher one",
              text(out) + " for " + std::string(dtype_name(dtype)));
    }
    copy_into(result, out);
}

} // namespace trivet::linalg
