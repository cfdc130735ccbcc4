// SPDX-License-Identifier: Apache-2.0
// Cholesky and QR.
#include "linalg/stack.h"

#include "trivet/error.h"
#include "trivet/linalg.h"
#include "trivet/ops.h"

#include <algorithm>
#include <vector>

namespace trivet::linalg {

Array cholesky(const Array& a, bool upper) {
    require_square("cholesky", a);
    const auto n = rows(a);
    const DType dtype = working_type(a.dtype());
    // Row-major A is column-major conj(A). Its factor U'^H U' = conj(A) lies in memory as the
    // row-major U'^T = L of A = L L^H; the other triangle likewise. So nothing is transposed.
    const Array factor = row_major(a, dtype);
    const char uplo = upper ? 'L' : 'U';
    with_routines(dtype, [&]<class T>(std::type_identity<T>, const auto& routine) {
        for (std::int64_t i = 0, count = batch_of(a).product(); i < count; ++i) {
            check("cholesky", routine.potrf(uplo, n, part<T>(factor, i, n * n), leading(n)),
                  "the matrix must be positive definite", i);
        }
    });
    return upper ? triu(factor, 0) : tril(factor, 0);
}

namespace {

// R: the upper triangle of the first k rows.
Array upper_rows(const Array& factored, std::int64_t k) {
    const std::vector<Index> first{Ellipsis{}, Slice{.start = 0, .stop = k, .step = {}}, Slice{}};
    return triu(index_get(factored, first), 0);
}

} // namespace

std::pair<Array, Array> qr(const Array& a, bool complete) {
    require_matrices("qr", a);
    const auto m = rows(a), n = columns(a), k = std::min(m, n);
    const auto width = complete ? m : k; // columns of Q
    const DType dtype = working_type(a.dtype());
    const Array factored = column_major(a, dtype);
    const Array q = empty_columns(batch_of(a), m, width, dtype);
    with_routines(dtype, [&]<class T>(std::type_identity<T>, const auto& routine) {
        std::vector<T> tau(static_cast<std::size_t>(k));
        for (std::int64_t i = 0, count = batch_of(a).product(); i < count; ++i) {
            T* matrix = part<T>(factored, i, m * n);
            T* basis = part<T>(q, i, m * width);
            constexpr std::string_view failure = "the factorisation failed";
            check("qr", routine.geqrf(m, n, matrix, leading(m), tau.data()), failure, i);
            std::copy_n(matrix, m * k, basis);
            std::fill(basis + m * k, basis + m * width, T(0));
            check("qr", routine.ungqr(m, width, k, basis, leading(m), tau.data()), failure, i);
        }
    });
    return {q, upper_rows(factored, complete ? m : k)};
}

} // namespace trivet::linalg
