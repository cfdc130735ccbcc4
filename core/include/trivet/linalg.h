// SPDX-License-Identifier: Apache-2.0
// Linear algebra over stacks of matrices (..., M, N), by the loaded backend (blas.h).
// float32, float64, complex64, complex128 are computed in their own type; integer and boolean
// inputs become float64, float16 and bfloat16 float32. Inputs are never changed. Errors:
// ErrorKind::value for shapes, ErrorKind::linalg for singular, not positive definite or not
// converged (the message has the matrix's index and info).
#pragma once

#include "trivet/array.h"

#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace trivet::linalg {

[[nodiscard]] Array matmul(const Array& a, const Array& b); // NumPy's rules: 1-d, batched broadcast
void matmul_into(const Array& a, const Array& b, const Array& out);
[[nodiscard]] Array dot(const Array& a, const Array& b);              // numpy.dot
[[nodiscard]] Array vecdot(const Array& a, const Array& b, int axis); // conjugates a
[[nodiscard]] Array tensordot(const Array& a, const Array& b, const Dims& axes_a,
                              const Dims& axes_b);
[[nodiscard]] Array einsum(std::string_view subscripts,
                           std::span<const Array> operands); // pairs over matmul
[[nodiscard]] Array outer(const Array& a, const Array& b);

[[nodiscard]] Array solve(const Array& a, const Array& b);
[[nodiscard]] Array inv(const Array& a);
[[nodiscard]] Array det(const Array& a);
[[nodiscard]] std::pair<Array, Array> slogdet(const Array& a); // sign, logabsdet
[[nodiscard]] Array cholesky(const Array& a, bool upper);
struct Lu {
    Array p, l, u;
}; // a = p @ l @ u, as scipy.linalg.lu
[[nodiscard]] Lu lu(const Array& a);
[[nodiscard]] std::pair<Array, Array>
lu_factor(const Array& a); // packed lu, pivots int64 (0-based rows)
[[nodiscard]] std::pair<Array, Array> qr(const Array& a, bool complete);
struct Svd {
    Array u, s, vh;
};
[[nodiscard]] Svd svd(const Array& a, bool full_matrices);
[[nodiscard]] Array svdvals(const Array& a);
[[nodiscard]] std::pair<Array, Array> eigh(const Array& a, bool upper);
[[nodiscard]] Array eigvalsh(const Array& a, bool upper);
[[nodiscard]] std::pair<Array, Array> eig(const Array& a); // always complex
[[nodiscard]] Array eigvals(const Array& a);
struct Lstsq {
    Array x, residuals, rank, s;
};
[[nodiscard]] Lstsq lstsq(const Array& a, const Array& b, std::optional<double> rcond);
[[nodiscard]] Array pinv(const Array& a, std::optional<double> rcond, bool hermitian);
[[nodiscard]] Array matrix_rank(const Array& a, std::optional<double> tol, bool hermitian);
[[nodiscard]] Array matrix_power(const Array& a, std::int64_t n);
[[nodiscard]] Array trace(const Array& a, std::int64_t offset);
[[nodiscard]] Array cross(const Array& a, const Array& b, int axis);
// ord: "fro", "nuc", 1, -1, 2, -2, inf, -inf for matrices; any number for vectors.
[[nodiscard]] Array vector_norm(const Array& a, const std::optional<Dims>& axes, double ord,
                                bool keepdims);
[[nodiscard]] Array matrix_norm(const Array& a, std::variant<double, std::string> ord,
                                bool keepdims);

} // namespace trivet::linalg
