// SPDX-License-Identifier: Apache-2.0
// Linear systems by LU: solve, inv, det, slogdet, lu.
#include "linalg/stack.h"

#include "array/text.h"
#include "trivet/error.h"
#include "trivet/linalg.h"
#include "trivet/ops.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace trivet::linalg {

namespace {

constexpr std::string_view kSingular = "the matrix must not be singular";

std::int64_t matrices_of(const Array& stack) { return batch_of(stack).product(); }

// The right-hand side as a stack of matrices; a single axis is one column.
Array as_columns(const Array& a, const Array& b) {
    if (b.ndim() == 0 || b.shape()[std::max(b.ndim() - 2, 0)] != columns(a)) {
        raise(ErrorKind::value, "solve", "the right-hand side must have as many rows as the matrix",
              text(a) + " and " + text(b));
    }
    return b.ndim() == 1 ? expand_dims(b, {1}) : b;
}

} // namespace

Array solve(const Array& a, const Array& b) {
    require_square("solve", a);
    const Array right = as_columns(a, b);
    const std::vector<Dims> batches{batch_of(a), batch_of(right)};
    const Dims batch = broadcast_shapes(batches);
    const auto n = rows(a), nrhs = columns(right);
    const DType dtype = working_type(a, b);
    const Array lu = column_major(broadcast_to(a, with_axes(batch, {n, n})), dtype);
    const Array x = column_major(broadcast_to(right, with_axes(batch, {n, nrhs})), dtype);
    with_routines(dtype, [&]<class T>(std::type_identity<T>, const auto& routine) {
        std::vector<std::int64_t> pivots(static_cast<std::size_t>(n));
        for (std::int64_t i = 0, count = batch.product(); i < count; ++i) {
            check("solve",
                  routine.gesv(n, nrhs, part<T>(lu, i, n * n), leading(n), pivots.data(),
                               part<T>(x, i, n * nrhs), leading(n)),
                  kSingular, i);
        }
    });
    return b.ndim() == 1 ? squeeze(x, Dims{x.ndim() - 1}) : x;
}

Array inv(const Array& a) {
    require_square("inv", a);
    const auto n = rows(a);
    const DType dtype = working_type(a.dtype());
    // The inverse of the transpose is the transpose of the inverse: row-major goes in and out.
    Array inverse = row_major(a, dtype);
    with_routines(dtype, [&]<class T>(std::type_identity<T>, const auto& routine) {
        std::vector<std::int64_t> pivots(static_cast<std::size_t>(n));
        for (std::int64_t i = 0, count = matrices_of(a); i < count; ++i) {
            T* matrix = part<T>(inverse, i, n * n);
            check("inv", routine.getrf(n, n, matrix, leading(n), pivots.data()), kSingular, i);
            check("inv", routine.getri(n, matrix, leading(n), pivots.data()), kSingular, i);
        }
    });
    return inverse;
}

namespace {

// Calls f(matrix index, n, factored, pivots) with the LU factors of each matrix's transpose, which
// has the same determinant; a singular matrix has a zero on the diagonal.
template <class T, class F>
void each_lu(std::string_view op, const Array& factored, const auto& routine, F&& f) {
    const auto n = rows(factored);
    std::vector<std::int64_t> pivots(static_cast<std::size_t>(n));
    for (std::int64_t i = 0, count = matrices_of(factored); i < count; ++i) {
        T* matrix = part<T>(factored, i, n * n);
        const auto status = routine.getrf(n, n, matrix, leading(n), pivots.data());
        check(op, std::min<std::int64_t>(status, 0), kSingular, i);
        f(i, n, matrix, pivots);
    }
}

bool odd_permutation(const std::vector<std::int64_t>& pivots) {
    bool odd = false;
    for (std::size_t i = 0; i < pivots.size(); ++i) {
        odd ^= pivots[i] != static_cast<std::int64_t>(i) + 1;
    }
    return odd;
}

// A product that neither overflows nor underflows on its way: mantissa and exponent apart.
template <class T> class ScaledProduct {
    using R = real_of<T>;

  public:
    void multiply(T factor) {
        product_ *= factor;
        const R size = magnitude(product_);
        if (size > R(0) && std::isfinite(size)) {
            const int exponent = std::ilogb(size);
            product_ = scaled(product_, -exponent);
            exponent_ += exponent;
        }
    }
    [[nodiscard]] T value() const {
        constexpr std::int64_t bound = 1 << 20; // far beyond any exponent
        const auto exponent = static_cast<int>(std::clamp(exponent_, -bound, bound));
        // In two steps, so that a subnormal result is rounded once and a large one not too early.
        return scaled(scaled(product_, exponent / 2), exponent - exponent / 2);
    }

  private:
    static R magnitude(T value) {
        if constexpr (std::is_same_v<T, R>) {
            return std::fabs(value);
        } else {
            return std::max(std::fabs(value.real()), std::fabs(value.imag()));
        }
    }
    static T scaled(T value, int exponent) {
        if constexpr (std::is_same_v<T, R>) {
            return std::scalbn(value, exponent);
        } else {
            return T(std::scalbn(value.real(), exponent), std::scalbn(value.imag(), exponent));
        }
    }
    T product_{1};
    std::int64_t exponent_ = 0;
};

} // namespace

Array det(const Array& a) {
    require_square("det", a);
    const DType dtype = working_type(a.dtype());
    const Array factored = row_major(a, dtype);
    Array result = Array::empty(batch_of(a), dtype);
    with_routines(dtype, [&]<class T>(std::type_identity<T>, const auto& routine) {
        each_lu<T>("det", factored, routine, [&](auto i, auto n, const T* lu, const auto& pivots) {
            ScaledProduct<T> product;
            for (std::int64_t k = 0; k < n; ++k) {
                product.multiply(lu[k * n + k]);
            }
            *part<T>(result, i, 1) = odd_permutation(pivots) ? -product.value() : product.value();
        });
    });
    return result;
}

std::pair<Array, Array> slogdet(const Array& a) {
    require_square("slogdet", a);
    const DType dtype = working_type(a.dtype());
    const Array factored = row_major(a, dtype);
    Array sign = Array::empty(batch_of(a), dtype);
    Array logabs = Array::empty(batch_of(a), real_type(dtype));
    with_routines(dtype, [&]<class T>(std::type_identity<T>, const auto& routine) {
        each_lu<T>("slogdet", factored, routine,
                   [&](auto i, auto n, const T* lu, const auto& pivots) {
                       using R = real_of<T>;
                       T direction(odd_permutation(pivots) ? R(-1) : R(1));
                       R sum(0);
                       for (std::int64_t k = 0; k < n; ++k) {
                           const R size = std::abs(lu[k * n + k]);
                           direction = size == R(0) ? T(0) : direction * (lu[k * n + k] / size);
                           sum += std::log(size);
                       }
                       *part<T>(sign, i, 1) = direction;
                       *part<R>(logabs, i, 1) = sum;
                   });
    });
    return {sign, logabs};
}

namespace {

// The packed factors (column-major) and 1-based pivots of each matrix.
std::pair<Array, Array> packed_lu(std::string_view op, const Array& a) {
    require_matrices(op, a);
    const auto m = rows(a), n = columns(a), k = std::min(m, n);
    const DType dtype = working_type(a.dtype());
    Array factored = column_major(a, dtype);
    Array pivots = Array::empty(with_axes(batch_of(a), {k}), DType::int64);
    with_routines(dtype, [&]<class T>(std::type_identity<T>, const auto& routine) {
        for (std::int64_t i = 0, count = matrices_of(a); i < count; ++i) {
            const auto status = routine.getrf(m, n, part<T>(factored, i, m * n), leading(m),
                                              part<std::int64_t>(pivots, i, k));
            check(op, std::min<std::int64_t>(status, 0), kSingular, i);
        }
    });
    return {factored, pivots};
}

// Writes ones into p so that a = p @ l @ u: LAPACK's row swaps, applied to the identity.
void fill_permutation(const Array& p, const Array& pivots) {
    const auto m = rows(p), k = pivots.shape()[pivots.ndim() - 1];
    std::vector<std::int64_t> order(static_cast<std::size_t>(m));
    for (std::int64_t i = 0, count = matrices_of(p); i < count; ++i) {
        std::iota(order.begin(), order.end(), std::int64_t{0});
        const auto* swaps = part<std::int64_t>(pivots, i, k);
        for (std::int64_t row = 0; row < k; ++row) {
            std::swap(order[static_cast<std::size_t>(row)],
                      order[static_cast<std::size_t>(swaps[row] - 1)]);
        }
        for (std::int64_t row = 0; row < m; ++row) {
            const auto at = order[static_cast<std::size_t>(row)] * m + row;
            if (p.dtype() == DType::float32) {
                part<float>(p, i, m * m)[at] = 1.0F;
            } else {
                part<double>(p, i, m * m)[at] = 1.0;
            }
        }
    }
}

// The first `count` rows, or columns, of each matrix.
Array first_of(const Array& a, std::int64_t count, bool of_rows) {
    const Slice first{.start = 0, .stop = count, .step = {}};
    const std::vector<Index> columns_index{Ellipsis{}, first};
    const std::vector<Index> rows_index{Ellipsis{}, first, Slice{}};
    return index_get(a, of_rows ? rows_index : columns_index);
}

} // namespace

std::pair<Array, Array> lu_factor(const Array& a) {
    auto [factored, pivots] = packed_lu("lu_factor", a);
    for (std::int64_t i = 0; i < pivots.size(); ++i) {
        --pivots.data_as<std::int64_t>()[i];
    }
    return {factored, pivots};
}

Lu lu(const Array& a) {
    const auto [factored, pivots] = packed_lu("lu", a);
    const auto m = rows(a), k = std::min(m, columns(a));
    const DType dtype = factored.dtype();
    const Array p = Array::full(with_axes(batch_of(a), {m, m}), real_type(dtype), Scalar(0.0));
    const Array l = add(tril(first_of(factored, k, false), -1), eye(m, k, 0, dtype));
    const Array u = triu(first_of(factored, k, true), 0);
    fill_permutation(p, pivots);
    return {p, l, u};
}

} // namespace trivet::linalg
