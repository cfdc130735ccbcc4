// SPDX-License-Identifier: Apache-2.0
// What is built on singular values: least squares, pseudo-inverse, rank; and matrix powers.
#include "linalg/stack.h"

#include "array/text.h"
#include "trivet/error.h"
#include "trivet/linalg.h"
#include "trivet/ops.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace trivet::linalg {

namespace {

double epsilon(DType dtype) {
    return real_type(dtype) == DType::float32 ? double(std::numeric_limits<float>::epsilon())
                                              : std::numeric_limits<double>::epsilon();
}

// NumPy's default: singular values below this share of the largest count as zero.
double default_cutoff(const Array& a, DType dtype) {
    return epsilon(dtype) * static_cast<double>(std::max(rows(a), columns(a)));
}

Array real_scalar(double value, DType dtype) {
    return Array::scalar(Scalar(value), real_type(dtype));
}

Array slice_rows(const Array& a, std::int64_t start, std::int64_t stop) {
    const std::vector<Index> index{Slice{.start = start, .stop = stop, .step = {}}};
    return index_get(a, index);
}

// Sums of squares of the rows of x beyond n, for each column: what gelsd leaves there.
Array residual_sums(const Array& x, std::int64_t n) {
    const Array size = call(OpId::abs, {slice_rows(x, n, rows(x))});
    return sum(multiply(size, size), Dims{0}, false);
}

void require_least_squares(const Array& a, const Array& b) {
    if (a.ndim() != 2 || b.ndim() < 1 || b.ndim() > 2 || b.shape()[0] != a.shape()[0]) {
        raise(ErrorKind::value, "lstsq", "a must be (M, N) and b (M,) or (M, K)",
              text(a) + " and " + text(b));
    }
}

// The solution in the first n rows of the (max(m, n), nrhs) right-hand side; fills s, returns rank.
std::int64_t solve_least(const Array& a, const Array& x, const Array& s, double rcond) {
    const auto m = rows(a), n = columns(a);
    std::int64_t rank = 0;
    with_routines(x.dtype(), [&]<class T>(std::type_identity<T>, const auto& routine) {
        const Array scratch = column_major(a, x.dtype());
        require_finite("lstsq", scratch);
        const auto share = static_cast<real_of<T>>(rcond);
        check("lstsq",
              routine.gelsd(m, n, columns(x), part<T>(scratch, 0, 0), leading(m), part<T>(x, 0, 0),
                            leading(rows(x)), part<real_of<T>>(s, 0, 0), &share, &rank),
              "the iteration must converge", 0);
    });
    return rank;
}

} // namespace

Lstsq lstsq(const Array& a, const Array& b, std::optional<double> rcond) {
    require_least_squares(a, b);
    const auto m = rows(a), n = columns(a), k = std::min(m, n);
    const DType dtype = working_type(a, b);
    const Array right = b.ndim() == 1 ? expand_dims(b, {1}) : b;
    const auto nrhs = columns(right);
    const Array x = empty_columns({}, std::max(m, n), nrhs, dtype);
    fill_into(Scalar(0.0), x);
    copy_into(right, slice_rows(x, 0, m));
    const Array s = Array::full({k}, real_type(dtype), Scalar(0.0));
    const std::int64_t rank =
        k == 0 ? 0 : solve_least(a, x, s, rcond.value_or(default_cutoff(a, dtype)));
    Array residuals =
        rank == n && m > n ? residual_sums(x, n) : Array::empty({0}, real_type(dtype));
    Array solution = k == 0 ? Array::full({n, nrhs}, dtype, Scalar(0.0)) : slice_rows(x, 0, n);
    if (b.ndim() == 1) {
        solution = squeeze(solution, Dims{1});
    }
    return {copy(solution), residuals, Array::scalar(Scalar(rank), DType::int64), s};
}

namespace {

Array conj_transpose(const Array& a) {
    return matrix_transpose(is_complex(a.dtype()) ? call(OpId::conj, {a}) : a);
}

// 1 / s where s is above the cutoff, 0 elsewhere; along the rows of (..., k, n).
Array inverted(const Array& s, double share) {
    const Array size = call(OpId::abs, {s});
    const Array largest = reduce(op(OpId::max), size, Dims{s.ndim() - 1}, true);
    const Array keep =
        call(OpId::greater, {size, multiply(largest, real_scalar(share, s.dtype()))});
    const Array safe = where(keep, s, real_scalar(1.0, s.dtype()));
    const Array inverse = where(keep, call(OpId::reciprocal, {safe}), real_scalar(0.0, s.dtype()));
    return expand_dims(inverse, {-1});
}

} // namespace

Array pinv(const Array& a, std::optional<double> rcond, bool hermitian) {
    require_matrices("pinv", a);
    const DType dtype = working_type(a.dtype());
    if (rows(a) == 0 || columns(a) == 0) {
        return Array::empty(with_axes(batch_of(a), {columns(a), rows(a)}), dtype);
    }
    const double share = rcond.value_or(default_cutoff(a, dtype));
    if (hermitian) {
        const auto [values, vectors] = eigh(a, false);
        return matmul(vectors, multiply(inverted(values, share), conj_transpose(vectors)));
    }
    const auto [u, s, vh] = svd(a, false);
    return matmul(conj_transpose(vh), multiply(inverted(s, share), conj_transpose(u)));
}

Array matrix_rank(const Array& a, std::optional<double> tol, bool hermitian) {
    if (a.ndim() < 2) {
        const Array any = reduce(op(OpId::any), a, std::nullopt, false);
        return astype(any, DType::int64);
    }
    if (rows(a) == 0 || columns(a) == 0) {
        return Array::full(batch_of(a), DType::int64, Scalar(std::int64_t{0}));
    }
    const Array s = hermitian ? call(OpId::abs, {eigvalsh(a, false)}) : svdvals(a);
    const Array cutoff = tol ? real_scalar(*tol, s.dtype())
                             : multiply(reduce(op(OpId::max), s, Dims{s.ndim() - 1}, true),
                                        real_scalar(default_cutoff(a, s.dtype()), s.dtype()));
    return sum(call(OpId::greater, {s, cutoff}), Dims{s.ndim() - 1}, false, DType::int64);
}

Array matrix_power(const Array& a, std::int64_t n) {
    require_square("matrix_power", a);
    if (n == 0) {
        return copy(broadcast_to(eye(rows(a), rows(a), 0, a.dtype()), a.shape()));
    }
    Array square = n < 0 ? inv(a) : a;
    auto left = n < 0 ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);
    std::optional<Array> result;
    for (;; square = matmul(square, square)) { // binary powers
        if (left & 1U) {
            result = result ? matmul(*result, square) : square;
        }
        left >>= 1U;
        if (left == 0) {
            return n == 1 ? copy(*result) : *result;
        }
    }
}

} // namespace trivet::linalg
