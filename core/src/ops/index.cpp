// SPDX-License-Identifier: Apache-2.0
// a[index] and a[index] = value.
#include "ops/broadcast.h"
#include "ops/index_blocks.h"
#include "ops/index_plan.h"

#include "array/text.h"
#include "trivet/error.h"
#include "trivet/ops.h"

#include <functional>

namespace trivet {
namespace {

// The view of `value` that fills `shape`: as broadcast_to, and axes of size 1 in front may go.
Array spread(const Array& value, const Dims& shape) {
    Array out = value;
    while (out.ndim() > shape.size() && out.shape()[0] == 1) {
        Dims rest = out.shape();
        Dims strides = out.strides();
        rest.erase(0);
        strides.erase(0);
        out = out.view(std::move(rest), std::move(strides), out.offset());
    }
    Dims joint = shape;
    if (!broadcast_with(joint, out.shape()) || !(joint == shape)) {
        raise(ErrorKind::value, "index_set",
              "the value must broadcast to the indexed part of shape " + shape.text(), text(value));
    }
    return broadcast_to(out, shape);
}

// Two storages may be borrowed from the same memory.
bool share_memory(const StorageRef& a, const StorageRef& b) {
    const std::less<const std::byte*> before;
    return before(a.data(), b.data() + b.bytes()) && before(b.data(), a.data() + a.bytes());
}

// `value` as elements of target's type that are not in its memory.
Array detached(const Array& value, const Array& target) {
    if (value.dtype() != target.dtype()) {
        return astype(value, target.dtype());
    }
    return share_memory(value.storage(), target.storage()) ? copy(value) : value;
}

} // namespace

Array index_get(const Array& a, std::span<const Index> index) {
    const IndexPlan plan = plan_index("index", a, index);
    if (plan.basic()) {
        return plan.array_integer ? copy(plan.base) : plan.base;
    }
    return gather_blocks(plan.base, plan.position, advanced_offsets("index", plan));
}

void index_set(const Array& a, std::span<const Index> index, const Array& value) {
    require_writable("index_set", a);
    const IndexPlan plan = plan_index("index", a, index);
    if (plan.basic()) {
        return copy_into(spread(value, plan.base.shape()), plan.base);
    }
    const Array offsets = advanced_offsets("index", plan);
    const Array part = detached(value, a);
    const Dims shape = blocks_shape(plan.base, plan.position, offsets);
    scatter_blocks(plan.base, plan.position, offsets, spread(part, shape));
}

} // namespace trivet
