// SPDX-License-Identifier: Apache-2.0
// Reductions. The array is seen as kept axes times reduced axes. Where a reduced axis is the
// contiguous one, runs are folded into single accumulators; where a kept one is, whole rows are
// added up. Long reductions are cut into blocks of a fixed size whose partial results are combined
// at the end: so threads have work, rounding errors stay small, and the result does not depend on
// the number of threads.
#include "array/text.h"
#include "ops/fold.h"
#include "ops/reduction.h"
#include "trivet/error.h"
#include "trivet/ops.h"

namespace trivet {
namespace {

bool is_half(DType type) { return type == DType::float16 || type == DType::bfloat16; }

// The value that leaves every other unchanged, as one accumulator of `type`; min and max have none.
Array identity_of(OpId id, DType type) {
    switch (id) {
    case OpId::prod:
    case OpId::all:
        return Array::scalar(true, type);
    case OpId::min:
    case OpId::max:
        return {};
    default:
        return Array::scalar(false, type);
    }
}

Dims without_axes(const Dims& shape, const Dims& axes) {
    Dims out = shape;
    for (int k = axes.size(); k-- > 0;) {
        out.erase(static_cast<int>(axes[k]));
    }
    return out;
}

struct Types {
    DType in;  // what the kernel reads
    DType acc; // what it accumulates in
    DType result;
};

Types resolve(const Op& op, DType own, std::optional<DType> dtype) {
    const Loop loop = op.types(op, &own);
    Types types{loop.in[0], loop.out, loop.out};
    if (dtype && types.in == types.acc) { // count_nonzero and the like keep their types
        types = {*dtype, *dtype, *dtype};
    }
    const auto& kernels = cpu_kernels().reduce[static_cast<int>(op.id)];
    if (is_half(types.in) && !kernels[static_cast<int>(types.in)].fold) {
        types.in = DType::float32;
        types.acc = is_half(types.acc) ? DType::float32 : types.acc;
    }
    if (!kernels[static_cast<int>(types.in)].fold) {
        raise_unimplemented(op, types.in, Device::cpu);
    }
    return types;
}

void fold_into(const Op& op, const Types& types, const Array& a, const Dims& axes,
               const Array& identity, const Array& out) {
    const KernelColumn& column = cpu_kernels();
    const auto cast = column.cast[static_cast<int>(a.dtype())][static_cast<int>(types.in)];
    const auto start_cast = column.cast[static_cast<int>(a.dtype())][static_cast<int>(types.acc)];
    const Fold fold{column.reduce[static_cast<int>(op.id)][static_cast<int>(types.in)],
                    a.dtype() == types.in ? nullptr : cast,
                    static_cast<std::int64_t>(item_size(types.in)),
                    static_cast<std::int64_t>(item_size(types.acc)),
                    identity.data(),
                    start_cast,
                    static_cast<std::int64_t>(item_size(a.dtype()))};
    const SplitAxes split = split_axes(a, axes);
    Iteration kept(out.shape());
    kept.add(a.data(), split.kept_shape, split.kept_strides);
    kept.add(out);
    kept.finish();
    Iteration reduced(split.reduced_shape);
    reduced.add(a.data(), split.reduced_shape, split.reduced_strides);
    reduced.finish();
    const std::int64_t* inner = kept.strides[kept.ndim - 1];
    const std::int64_t lane = std::abs(reduced.strides[reduced.ndim - 1][0]);
    if (kept.inner() > 1 && inner[0] == fold.item && inner[1] == fold.out && reduced.size > 1 &&
        lane > inner[0]) {
        fold_rows(fold, kept, reduced);
    } else if (reduced.size < 2 * kFoldBlock) {
        fold_whole_lanes(fold, kept, reduced);
    } else {
        fold_cut_lanes(fold, kept, reduced);
    }
}

} // namespace

SplitAxes split_axes(const Array& a, const Dims& axes) {
    SplitAxes out;
    for (int i = 0; i < a.ndim(); ++i) {
        const bool reduced = std::find(axes.begin(), axes.end(), i) != axes.end();
        (reduced ? out.reduced_shape : out.kept_shape).push_back(a.shape()[i]);
        (reduced ? out.reduced_strides : out.kept_strides).push_back(a.strides()[i]);
    }
    return out;
}

Array keep_axes(const Array& reduced, const Dims& axes, bool keepdims) {
    return keepdims ? expand_dims(reduced, axes) : reduced;
}

Array reduce(const Op& op, const Array& a, const Axes& axes, bool keepdims,
             std::optional<DType> dtype) {
    if (op.op_class != OpClass::reduction) {
        raise(ErrorKind::type, op.name, "not a reduction", text(a));
    }
    const Dims chosen = canonical_axes(op.name, axes, a.ndim());
    const Types types = resolve(op, a.dtype(), dtype);
    const Array out = Array::empty(without_axes(a.shape(), chosen), types.acc);
    const Array identity = identity_of(op.id, types.acc);
    if (a.size() != 0) {
        fold_into(op, types, a, chosen, identity, out);
    } else if (identity.data()) {
        copy_into(identity, out);
    } else if (out.size() != 0) {
        raise(ErrorKind::value, op.name, "an empty reduction has no identity", text(a));
    }
    return keep_axes(astype(out, types.result, false), chosen, keepdims);
}

Array sum(const Array& a, const Axes& axes, bool keepdims, std::optional<DType> dtype) {
    return reduce(op(OpId::sum), a, axes, keepdims, dtype);
}

} // namespace trivet
