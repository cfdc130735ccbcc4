// SPDX-License-Identifier: Apache-2.0
// Where the least or greatest element is, along one axis or in the whole array (in C order).
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

constexpr std::int64_t kWork = 65536;   // elements of one piece
constexpr std::int64_t kColumns = 1024; // of a row of candidates

// Every position [0, kept.size): the best of a run of `count` elements, `stride` bytes apart.
void find_runs(const ArgKernel& kernel, const Iteration& kept, std::int64_t stride,
               std::int64_t count) {
    const std::int64_t grain = std::max<std::int64_t>(1, kWork / count);
    parallel_for(kept.size, grain, [&](std::int64_t begin, std::int64_t end) {
        kept.walk(begin, end, [&](std::byte* const* at, const std::int64_t* steps, std::int64_t n) {
            for (std::int64_t i = 0; i < n; ++i) {
                const std::int64_t found = kernel.find(at[0] + i * steps[0], stride, count);
                std::memcpy(at[1] + i * steps[1], &found, sizeof(found));
            }
        });
    });
}

// The same where rows of the array are contiguous: row after row into a row of candidates.
void find_rows(const ArgKernel& kernel, const Iteration& kept, std::int64_t stride,
               std::int64_t count, std::int64_t item) {
    parallel_for(kept.size, kColumns, [&](std::int64_t begin, std::int64_t end) {
        kept.walk(begin, end, [&](std::byte* const* at, const std::int64_t*, std::int64_t n) {
            alignas(64) std::byte best[kColumns * 16];
            auto* position = reinterpret_cast<std::int64_t*>(at[1]);
            std::memcpy(best, at[0], static_cast<std::size_t>(n * item));
            std::fill_n(position, n, std::int64_t{0});
            for (std::int64_t r = 1; r < count; ++r) {
                kernel.rows(best, position, at[0] + r * stride, r, n);
            }
        });
    });
}

} // namespace

Array arg_reduce(const Op& op, const Array& a, std::optional<int> axis, bool keepdims) {
    if (op.op_class != OpClass::arg_reduction) {
        raise(ErrorKind::type, op.name, "not an arg-reduction", text(a));
    }
    const DType own = a.dtype();
    const Loop loop = op.types(op, &own);
    if (own == DType::float16 || own == DType::bfloat16) {
        return arg_reduce(op, astype(a, DType::float32), axis, keepdims);
    }
    if (!axis) {
        const Array flat = reshape(a, {-1});
        const Array found = arg_reduce(op, flat, 0, false);
        return keepdims ? reshape(found, Dims(a.ndim(), 1)) : found;
    }
    const ArgKernel kernel = cpu_kernels().arg[static_cast<int>(op.id)][loop.key];
    if (!kernel.find) {
        raise_unimplemented(op, own, Device::cpu);
    }
    const Dims axes{canonical_axis(op.name, *axis, a.ndim())};
    const SplitAxes split = split_axes(a, axes);
    Array out = Array::empty(split.kept_shape, DType::int64);
    const std::int64_t count = split.reduced_shape[0];
    if (count == 0 && out.size() != 0) {
        raise(ErrorKind::value, op.name, "an empty axis has no best element", text(a));
    }
    if (out.size() != 0) {
        Iteration kept(out.shape());
        kept.add(a.data(), split.kept_shape, split.kept_strides);
        kept.add(out);
        kept.finish();
        const auto item = static_cast<std::int64_t>(item_size(own));
        const std::int64_t* inner = kept.strides[kept.ndim - 1];
        const std::int64_t stride = split.reduced_strides[0];
        const bool by_rows =
            kept.inner() >= 8 && inner[0] == item && inner[1] == 8 && stride != item;
        by_rows ? find_rows(kernel, kept, stride, count, item)
                : find_runs(kernel, kept, stride, count);
    }
    return keep_axes(out, axes, keepdims);
}

} // namespace trivet
