// SPDX-License-Identifier: Apache-2.0
// Elements chosen along one axis.
#include "array/text.h"
#include "ops/broadcast.h"
#include "ops/index_blocks.h"
#include "ops/loops.h"
#include "ops/moves.h"
#include "ops/offsets.h"
#include "ops/slice.h"
#include "trivet/error.h"
#include "trivet/ops.h"

namespace trivet {
namespace {

// `shape` with another size of one axis.
Dims with_size(Dims shape, int axis, std::int64_t size) {
    shape[axis] = size;
    return shape;
}

} // namespace

Array take(const Array& a, const Array& indices, std::optional<int> axis) {
    if (!axis) {
        return take(reshape(a, {a.size()}), indices, 0);
    }
    const int k = canonical_axis("take", *axis, a.ndim());
    const Array offsets = integer_offsets("take", indices, {k, a.shape()[k], a.strides()[k]});
    return gather_blocks(without_axis(a, k), k, offsets);
}

Array take_along_axis(const Array& a, const Array& indices, int axis) {
    constexpr std::string_view kName = "take_along_axis";
    if (indices.ndim() != a.ndim()) {
        raise(ErrorKind::value, kName, "the indices must have as many axes as the array",
              text(indices) + " for " + text(a));
    }
    const int k = canonical_axis(kName, axis, a.ndim());
    const std::int64_t count = indices.shape()[k];
    Dims shape = with_size(a.shape(), k, count);
    if (!broadcast_with(shape, indices.shape())) {
        raise(ErrorKind::value, kName,
              "array and indices must broadcast together but for axis " + std::to_string(k),
              text(indices) + " for " + text(a));
    }
    const Array offsets = contiguous(
        broadcast_to(integer_offsets(kName, indices, {k, a.shape()[k], a.strides()[k]}), shape));
    // Without its axis: a stride of zero, so that only the offsets move along it.
    const Array base = broadcast_to(
        a.view(with_size(a.shape(), k, 1), with_size(a.strides(), k, 0), a.offset()), shape);
    Array out = Array::empty(shape, a.dtype());
    Loops<3> loops;
    for (int i = 0; i < shape.size(); ++i) {
        loops.add(shape[i], {out.strides()[i], base.strides()[i], offsets.strides()[i]});
    }
    const auto row = loops.take_last();
    loops.run([&](const auto& at) {
        moves::gather(item_size(a.dtype()), out.data() + at[0], row.strides[0], base.data() + at[1],
                      row.strides[1], reinterpret_cast<const std::int64_t*>(offsets.data() + at[2]),
                      row.size);
    });
    return out;
}

} // namespace trivet
