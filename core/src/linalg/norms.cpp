// SPDX-License-Identifier: Apache-2.0
// Norms, trace and the cross product: compositions of rows of the op table.
#include "linalg/stack.h"

#include "array/text.h"
#include "trivet/error.h"
#include "trivet/linalg.h"
#include "trivet/ops.h"

#include <cmath>
#include <string>
#include <vector>

namespace trivet::linalg {

namespace {

Array scalar_beside(const Array& a, double value) {
    return Array::scalar(Scalar(value), real_type(a.dtype()));
}

// |a| in a working type.
Array sizes(const Array& a) { return call(OpId::abs, {astype(a, working_type(a.dtype()), false)}); }

Array power_sum(const Array& size, const Axes& axes, double ord, bool keepdims) {
    const Array powers = call(OpId::pow, {size, scalar_beside(size, ord)});
    return call(OpId::pow, {sum(powers, axes, keepdims), scalar_beside(size, 1.0 / ord)});
}

// The Euclidean norm, scaled by the largest element so that no square overflows or vanishes.
Array euclidean(const Array& size, const Axes& axes, bool keepdims) {
    if (size.size() == 0) {
        return sum(size, axes, keepdims);
    }
    const Array largest = reduce(op(OpId::max), size, axes, true);
    const Array usable =
        call(OpId::logical_and, {call(OpId::greater, {largest, scalar_beside(size, 0.0)}),
                                 call(OpId::isfinite, {largest})});
    const Array scale = where(usable, largest, scalar_beside(size, 1.0));
    const Array share = divide(size, scale);
    const Array root = call(OpId::sqrt, {sum(multiply(share, share), axes, true)});
    const Array norm = multiply(root, scale);
    if (keepdims) {
        return norm;
    }
    return axes ? squeeze(norm, *axes) : squeeze(norm, std::nullopt);
}

} // namespace

Array vector_norm(const Array& a, const std::optional<Dims>& axes, double ord, bool keepdims) {
    const Array size = sizes(a);
    if (ord == 2.0) {
        return euclidean(size, axes, keepdims);
    }
    if (ord == 1.0) {
        return sum(size, axes, keepdims);
    }
    if (ord == 0.0) {
        const Array counted = call(OpId::not_equal, {size, scalar_beside(size, 0.0)});
        return sum(counted, axes, keepdims, size.dtype());
    }
    if (std::isinf(ord)) {
        if (ord > 0 && size.size() == 0) {
            return sum(size, axes, keepdims); // the norm of no elements is zero
        }
        return reduce(op(ord > 0 ? OpId::max : OpId::min), size, axes, keepdims);
    }
    return power_sum(size, axes, ord, keepdims);
}

namespace {

// The largest or smallest (ord < 0) of the sums of |a| along one axis.
Array extreme_sum(const Array& size, int summed, bool largest, bool keepdims) {
    const Array sums = sum(size, Dims{summed}, true);
    const Axes both = Dims{size.ndim() - 2, size.ndim() - 1};
    const Array result = reduce(op(largest ? OpId::max : OpId::min), sums, both, true);
    return keepdims ? result : squeeze(result, both);
}

Array of_singular_values(const Array& a, OpId id, bool keepdims) {
    const Array s = svdvals(a);
    const Array value = reduce(op(id), s, Dims{s.ndim() - 1}, false);
    return keepdims ? expand_dims(value, {-2, -1}) : value;
}

Array named_norm(const Array& a, const std::string& ord, bool keepdims) {
    if (ord == "fro") {
        return euclidean(sizes(a), Dims{a.ndim() - 2, a.ndim() - 1}, keepdims);
    }
    if (ord == "nuc") {
        return of_singular_values(a, OpId::sum, keepdims);
    }
    raise(ErrorKind::value, "matrix_norm",
          "ord must be one of 'fro', 'nuc', 1, -1, 2, -2, inf, -inf", "'" + ord + "'");
}

} // namespace

Array matrix_norm(const Array& a, std::variant<double, std::string> ord, bool keepdims) {
    require_matrices("matrix_norm", a);
    if (const auto* name = std::get_if<std::string>(&ord)) {
        return named_norm(a, *name, keepdims);
    }
    const double number = std::get<double>(ord);
    const bool largest = number > 0;
    if (std::abs(number) == 1.0) {
        return extreme_sum(sizes(a), a.ndim() - 2, largest, keepdims);
    }
    if (std::isinf(number)) {
        return extreme_sum(sizes(a), a.ndim() - 1, largest, keepdims);
    }
    if (std::abs(number) == 2.0) {
        return of_singular_values(a, largest ? OpId::max : OpId::min, keepdims);
    }
    raise(ErrorKind::value, "matrix_norm",
          "ord must be one of 'fro', 'nuc', 1, -1, 2, -2, inf, -inf", std::to_string(number));
}

Array trace(const Array& a, std::int64_t offset) {
    require_matrices("trace", a);
    const Array entries = diagonal(a, offset, a.ndim() - 2, a.ndim() - 1);
    return sum(entries, Dims{entries.ndim() - 1}, false);
}

namespace {

Array component(const Array& a, int axis, std::int64_t i) {
    std::vector<Index> index(static_cast<std::size_t>(axis), Slice{});
    index.emplace_back(i);
    return index_get(a, index);
}

} // namespace

Array cross(const Array& a, const Array& b, int axis) {
    const std::vector<Dims> shapes{a.shape(), b.shape()};
    const Dims shape = broadcast_shapes(shapes);
    const int at = canonical_axis("cross", axis, shape.size());
    const Array x = broadcast_to(a, shape), y = broadcast_to(b, shape);
    if (shape[at] != 3) {
        raise(ErrorKind::value, "cross", "the vectors must have three components",
              text(a) + " and " + text(b));
    }
    std::vector<Array> result;
    for (std::int64_t i = 0; i < 3; ++i) {
        const auto j = (i + 1) % 3, k = (i + 2) % 3;
        result.push_back(subtract(multiply(component(x, at, j), component(y, at, k)),
                                  multiply(component(x, at, k), component(y, at, j))));
    }
    return stack(result, at);
}

} // namespace trivet::linalg
