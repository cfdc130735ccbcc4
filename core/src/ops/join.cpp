// SPDX-License-Identifier: Apache-2.0
// Several arrays made one.
#include "array/text.h"
#include "ops/slice.h"
#include "trivet/error.h"
#include "trivet/ops.h"

#include <algorithm>
#include <limits>

namespace trivet {
namespace {

DType joint_type(std::string_view op, std::span<const Array> arrays) {
    if (arrays.empty()) {
        raise(ErrorKind::value, op, "at least one array is needed", "none");
    }
    DType dtype = arrays[0].dtype();
    for (const Array& a : arrays) {
        dtype = promote(dtype, a.dtype());
    }
    return dtype;
}

std::int64_t add_sizes(std::int64_t a, std::int64_t b) {
    if (a > std::numeric_limits<std::int64_t>::max() - b) {
        raise(ErrorKind::memory, "concatenate", "the size of the result must fit 63 bits",
              std::to_string(a) + " and " + std::to_string(b));
    }
    return a + b;
}

Array concatenate_flat(std::span<const Array> arrays, DType dtype) {
    std::int64_t size = 0;
    for (const Array& a : arrays) {
        size = add_sizes(size, a.size());
    }
    Array out = Array::empty({size}, dtype);
    std::int64_t first = 0;
    for (const Array& a : arrays) {
        if (a.size() > 0) {
            copy_into(a, reshape(part_of(out, 0, first, a.size()), a.shape(), false));
        }
        first += a.size();
    }
    return out;
}

void check_sizes(const Array& first, const Array& other, int axis) {
    if (first.ndim() == other.ndim()) {
        Dims wanted = first.shape();
        wanted[axis] = other.shape()[axis];
        if (wanted == other.shape()) {
            return;
        }
    }
    raise(ErrorKind::value, "concatenate",
          "the shapes must be equal but for axis " + std::to_string(axis),
          first.shape().text() + " and " + other.shape().text());
}

} // namespace

Array concatenate(std::span<const Array> arrays, std::optional<int> axis) {
    const DType dtype = joint_type("concatenate", arrays);
    if (!axis) {
        return concatenate_flat(arrays, dtype);
    }
    if (arrays[0].ndim() == 0) {
        raise(ErrorKind::value, "concatenate", "the arrays must have an axis", text(arrays[0]));
    }
    const int k = canonical_axis("concatenate", *axis, arrays[0].ndim());
    Dims shape = arrays[0].shape();
    shape[k] = 0;
    for (const Array& a : arrays) {
        check_sizes(arrays[0], a, k);
        shape[k] = add_sizes(shape[k], a.shape()[k]);
    }
    Array out = Array::empty(shape, dtype);
    std::int64_t first = 0;
    for (const Array& a : arrays) {
        copy_into(a, part_of(out, k, first, a.shape()[k]));
        first += a.shape()[k];
    }
    return out;
}

Array stack(std::span<const Array> arrays, int axis) {
    const DType dtype = joint_type("stack", arrays);
    const Dims& part = arrays[0].shape();
    for (const Array& a : arrays) {
        if (!(a.shape() == part)) {
            raise(ErrorKind::value, "stack", "the shapes must be equal",
                  part.text() + " and " + a.shape().text());
        }
    }
    const int k = canonical_axis("stack", axis, part.size() + 1);
    Dims shape = part;
    shape.insert(k, static_cast<std::int64_t>(arrays.size()));
    Array out = Array::empty(shape, dtype);
    for (std::size_t i = 0; i < arrays.size(); ++i) {
        copy_into(arrays[i], without_axis(part_of(out, k, static_cast<std::int64_t>(i), 1), k));
    }
    return out;
}

} // namespace trivet
