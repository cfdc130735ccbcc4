// SPDX-License-Identifier: Apache-2.0
// What can be done with arrays. Each function runs one row of the op table (op.h), or makes a view.
// Negative axes count from the end; a bad axis raises ErrorKind::index. No function changes its
// inputs unless its name ends in _into (then `out` must not be read-only, and overlap is handled).
#pragma once

#include "trivet/array.h"
#include "trivet/op.h"

#include <optional>
#include <tuple>
#include <vector>

namespace trivet {

using Axes = std::optional<Dims>; // nullopt: all axes

// --- element-wise: every row of the table of class `elementwise`, by name or by row
// -------------------------
[[nodiscard]] Array elementwise(const Op& op, std::span<const Array> args);
void elementwise_into(const Op& op, std::span<const Array> args,
                      const Array& out); // casts "same_kind"
[[nodiscard]] Array add(const Array& a, const Array& b);
[[nodiscard]] Array subtract(const Array& a, const Array& b);
[[nodiscard]] Array multiply(const Array& a, const Array& b);
[[nodiscard]] Array divide(const Array& a, const Array& b);
[[nodiscard]] Array where(const Array& condition, const Array& a, const Array& b);
// The 0-d array that a Python number becomes beside `other` (weak promotion, range checked).
[[nodiscard]] Array weak_scalar(const Scalar& value, DType other);

// --- conversion and copies
// ---------------------------------------------------------------------------------
[[nodiscard]] Array astype(const Array& a, DType dtype,
                           bool copy = true);   // unsafe casts as NumPy's astype
[[nodiscard]] Array copy(const Array& a);       // C order, fresh
[[nodiscard]] Array contiguous(const Array& a); // `a` itself when it already is
[[nodiscard]] Array
copy_fortran(const Array& a); // fresh; each matrix of the last two axes column-major
void copy_into(const Array& source, const Array& out); // broadcasts and casts; handles overlap
void fill_into(const Scalar& value, const Array& out);

// --- views
// ---------------------------------------------------------------------------------------------------
[[nodiscard]] Array reshape(const Array& a, const Dims& shape,
                            std::optional<bool> copy = std::nullopt);
[[nodiscard]] Array permute_dims(const Array& a, const Dims& axes);
[[nodiscard]] Array transpose(const Array& a);        // all axes reversed
[[nodiscard]] Array matrix_transpose(const Array& a); // last two axes
[[nodiscard]] Array swap_axes(const Array& a, int i, int j);
[[nodiscard]] Array moveaxis(const Array& a, const Dims& from, const Dims& to);
[[nodiscard]] Array expand_dims(const Array& a, const Dims& axes);
[[nodiscard]] Array squeeze(const Array& a, const Axes& axes);
[[nodiscard]] Array flip(const Array& a, const Axes& axes);
[[nodiscard]] Array broadcast_to(const Array& a, const Dims& shape); // read-only view
[[nodiscard]] Dims broadcast_shapes(std::span<const Dims> shapes);
[[nodiscard]] Array diagonal(const Array& a, std::int64_t offset, int axis1, int axis2);
[[nodiscard]] Array real(const Array& a); // a view for complex arrays
[[nodiscard]] Array imag(const Array& a); // a view for complex arrays, zeros otherwise

// --- indexing
// -------------------------------------------------------------------------------------------------
struct Slice {
    std::optional<std::int64_t> start, stop, step;
};
struct NewAxis {};
struct Ellipsis {};
using Index =
    std::variant<std::int64_t, Slice, NewAxis, Ellipsis, Array>; // Array: integers or booleans
[[nodiscard]] Array index_get(const Array& a,
                              std::span<const Index> index); // a view when all are basic
void index_set(const Array& a, std::span<const Index> index, const Array& value);
[[nodiscard]] Array take(const Array& a, const Array& indices,
                         std::optional<int> axis); // nullopt: flattened
[[nodiscard]] Array take_along_axis(const Array& a, const Array& indices, int axis);
[[nodiscard]] std::vector<Array> nonzero(const Array& a);

// --- reductions and scans: rows of class `reduction`, `scan`
// -----------------------------------------------
[[nodiscard]] Array reduce(const Op& op, const Array& a, const Axes& axes, bool keepdims,
                           std::optional<DType> dtype = std::nullopt);
[[nodiscard]] Array sum(const Array& a, const Axes& axes, bool keepdims,
                        std::optional<DType> dtype = std::nullopt);
[[nodiscard]] Array mean(const Array& a, const Axes& axes, bool keepdims);
[[nodiscard]] Array var(const Array& a, const Axes& axes, double correction, bool keepdims);
[[nodiscard]] Array std_dev(const Array& a, const Axes& axes, double correction, bool keepdims);
[[nodiscard]] Array logsumexp(const Array& a, const Axes& axes, bool keepdims);
[[nodiscard]] Array arg_reduce(const Op& op, const Array& a, std::optional<int> axis,
                               bool keepdims); // int64
[[nodiscard]] Array scan(const Op& op, const Array& a, int axis, std::optional<DType> dtype,
                         bool include_initial);

// --- creation and joining
// ------------------------------------------------------------------------------------
[[nodiscard]] Array arange(const Scalar& start, const Scalar& stop, const Scalar& step,
                           DType dtype);
[[nodiscard]] Array linspace(const Scalar& start, const Scalar& stop, std::int64_t count,
                             DType dtype, bool endpoint);
[[nodiscard]] Array eye(std::int64_t rows, std::int64_t columns, std::int64_t k, DType dtype);
[[nodiscard]] Array tril(const Array& a, std::int64_t k);
[[nodiscard]] Array triu(const Array& a, std::int64_t k);
[[nodiscard]] Array concatenate(std::span<const Array> arrays,
                                std::optional<int> axis); // nullopt: flattened
[[nodiscard]] Array stack(std::span<const Array> arrays, int axis);
[[nodiscard]] Array repeat(const Array& a, const Array& counts, std::optional<int> axis);
[[nodiscard]] Array tile(const Array& a, const Dims& repetitions);
[[nodiscard]] Array roll(const Array& a, const Dims& shift, const Axes& axes);

} // namespace trivet
