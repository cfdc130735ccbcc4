// SPDX-License-Identifier: Apache-2.0
// Running sums and products along an axis.
#include "array/text.h"
#include "kernels/column.h"
#include "ops/iteration.h"
#include "ops/reduction.h"
#include "trivet/error.h"
#include "trivet/ops.h"
#include "trivet/thread.h"

#include <cstring>

namespace trivet {
namespace {

constexpr std::int64_t kWork = 65536; // elements of one piece
constexpr std::int64_t kStrip = 1024; // columns that go down together

struct Lines {
    Iteration kept;
    std::int64_t count;
    std::int64_t steps[2]; // bytes along the axis, in and out
};

void scan_lines(ElementKernel kernel, const Lines& lines) {
    const std::int64_t grain = std::max<std::int64_t>(1, kWork / lines.count);
    parallel_for(lines.kept.size, grain, [&](std::int64_t begin, std::int64_t end) {
        lines.kept.walk(begin, end,
                        [&](std::byte* const* at, const std::int64_t* steps, std::int64_t n) {
                            for (std::int64_t i = 0; i < n; ++i) {
                                std::byte* ends[] = {at[0] + i * steps[0], at[1] + i * steps[1]};
                                kernel(ends, lines.steps, lines.count);
                            }
                        });
    });
}

// Rows are contiguous: each is the one above combined with the array's, so the loops vectorise.
void scan_rows(ElementKernel combine, const Lines& lines, std::int64_t item) {
    parallel_for(lines.kept.size, kStrip, [&](std::int64_t begin, std::int64_t end) {
        lines.kept.walk(begin, end, [&](std::byte* const* at, const std::int64_t*, std::int64_t n) {
            std::memcpy(at[1], at[0], static_cast<std::size_t>(n * item));
            const std::int64_t strides[] = {item, item, item};
            for (std::int64_t r = 1; r < lines.count; ++r) {
                std::byte* data[] = {at[1] + (r - 1) * lines.steps[1], at[0] + r * lines.steps[0],
                                     at[1] + r * lines.steps[1]};
                combine(data, strides, n);
            }
        });
    });
}

// Where results of `a` go: all of `out`, or what follows the initial value.
Array after_initial(const Array& out, int axis, std::int64_t skipped) {
    Dims shape = out.shape();
    shape[axis] -= skipped;
    return out.view(shape, out.strides(), out.offset() + skipped * out.strides()[axis]);
}

void fill_initial(const Op& op, const Array& out, int axis) {
    Dims shape = out.shape();
    shape[axis] = 1;
    fill_into(Scalar(op.id == OpId::cumprod), out.view(shape, out.strides(), out.offset()));
}

} // namespace

Array scan(const Op& op, const Array& a, int axis, std::optional<DType> dtype,
           bool include_initial) {
    if (op.op_class != OpClass::scan) {
        raise(ErrorKind::type, op.name, "not a scan", text(a));
    }
    axis = canonical_axis(op.name, axis, a.ndim());
    const DType own = a.dtype();
    const DType result = dtype.value_or(op.types(op, &own).out);
    const bool half = result == DType::float16 || result == DType::bfloat16;
    const DType type = half ? DType::float32 : result;
    const KernelColumn& column = cpu_kernels();
    const ElementKernel kernel = column.element[static_cast<int>(op.id)][static_cast<int>(type)];
    const OpId binary = op.id == OpId::cumsum ? OpId::add : OpId::multiply;
    const ElementKernel combine = column.element[static_cast<int>(binary)][static_cast<int>(type)];
    if (!kernel) {
        raise_unimplemented(op, type, Device::cpu);
    }
    Dims shape = a.shape();
    shape[axis] += include_initial;
    const Array out = Array::empty(shape, type);
    if (include_initial) {
        fill_initial(op, out, axis);
    }
    if (a.size() != 0) {
        const Array in = astype(a, type, false);
        const Array rest = after_initial(out, axis, include_initial);
        const Dims axes{axis};
        const SplitAxes from = split_axes(in, axes);
        const SplitAxes to = split_axes(rest, axes);
        Lines lines{Iteration(from.kept_shape),
                    from.reduced_shape[0],
                    {from.reduced_strides[0], to.reduced_strides[0]}};
        lines.kept.add(in.data(), from.kept_shape, from.kept_strides);
        lines.kept.add(rest.data(), to.kept_shape, to.kept_strides);
        lines.kept.finish();
        const auto item = static_cast<std::int64_t>(item_size(type));
        const std::int64_t* inner = lines.kept.strides[lines.kept.ndim - 1];
        const bool by_rows = lines.kept.inner() >= 8 && inner[0] == item && inner[1] == item;
        by_rows ? scan_rows(combine, lines, item) : scan_lines(kernel, lines);
    }
    return result == type ? out : astype(out, result);
}

} // namespace trivet
