// SPDX-License-Identifier: Apache-2.0
// Reductions. The array is seen as kept axes times reduced axes. Where a reduced axis is the
// contiguous one, runs are folded into single accumulators; where a kept one is, whole rows are
// added up. Long reductions are cut into blocks of a fixed size whose partial results are combined
// at the end: so threads have work, rounding errors stay small, and the result does not depend on
// the number of threads.
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

constexpr std::int64_t kBlock = 131072;  // elements of a partial result
constexpr std::int64_t kColumns = 2048;  // of a row of accumulators
constexpr std::int64_t kChunk = 1024;    // elements cast at a time
constexpr std::int64_t kGroup = 256;     // rows added up before they join the accumulator
constexpr std::size_t kLargestItem = 16; // bytes

bool is_half(DType type) { return type == DType::float16 || type == DType::bfloat16; }

struct Fold {
    ReduceKernel kernel;
    ElementKernel cast; // from the array's type to the kernel's; nullptr: the same
    std::int64_t in;    // bytes of an element as the kernel reads it
    std::int64_t out;   // bytes of an accumulator
    const std::byte* identity; // one accumulator; nullptr: the first element is taken

    // Accumulators of elements that start at `first`, `count` contiguous ones.
    void start(std::byte* acc, const std::byte* first, std::int64_t count) const {
        if (identity) {
            for (std::int64_t i = 0; i < count; ++i) {
                std::memcpy(acc + i * out, identity, static_cast<std::size_t>(out));
            }
            return;
        }
        std::byte* ends[] = {const_cast<std::byte*>(first), acc};
        const std::int64_t moves[] = {first_step, out};
        first_cast(ends, moves, count);
    }
    ElementKernel first_cast; // like cast, copying when the types are the same
    std::int64_t first_step;  // bytes of an element of the array

    void run(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t count) const {
        if (!cast) {
            return kernel.fold(acc, data, stride, count);
        }
        alignas(64) std::byte buffer[kChunk * kLargestItem];
        alignas(64) std::byte totals[64 * kLargestItem]; // of chunks, folded in their turn
        for (std::int64_t done = 0; done < count;) {
            std::int64_t chunks = 0;
            for (; chunks < 64 && done < count; ++chunks, done += kChunk) {
                const std::int64_t length = std::min(kChunk, count - done);
                std::byte* ends[] = {const_cast<std::byte*>(data + done * stride), buffer};
                const std::int64_t moves[] = {stride, in};
                cast(ends, moves, length);
                start(totals + chunks * out, data + done * stride, 1);
                kernel.fold(totals + chunks * out, buffer, in, length);
            }
            combine(acc, totals, chunks);
        }
    }

    // acc <- acc op each of `count` contiguous accumulators.
    void combine(std::byte* acc, const std::byte* totals, std::int64_t count) const {
        if (in == out) {
            return kernel.fold(acc, totals, out, count);
        }
        std::int64_t sum = 0; // count_nonzero: bool in, int64 out
        std::memcpy(&sum, acc, sizeof(sum));
        for (std::int64_t i = 0; i < count; ++i) {
            std::int64_t each = 0;
            std::memcpy(&each, totals + i * out, sizeof(each));
            sum += each;
        }
        std::memcpy(acc, &sum, sizeof(sum));
    }

    void rows(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t row_count,
              std::int64_t count) const {
        if (!cast) {
            return kernel.rows(acc, data, stride, row_count, count);
        }
        alignas(64) std::byte buffer[kColumns * kLargestItem];
        for (std::int64_t r = 0; r < row_count; ++r) {
            std::byte* ends[] = {const_cast<std::byte*>(data + r * stride), buffer};
            const std::int64_t moves[] = {first_step, in};
            cast(ends, moves, count);
            kernel.rows(acc, buffer, 0, 1, count);
        }
    }
};

// Many to one: accumulator `k` of [0, kept.size) from the reduced elements.
void fold_runs(const Fold& fold, const Iteration& kept, const Iteration& reduced) {
    const std::int64_t blocks = std::max<std::int64_t>(1, reduced.size / kBlock);
    const std::int64_t length = (reduced.size + blocks - 1) / blocks;
    Array partial;
    if (blocks > 1) {
        partial = Array::empty({kept.size * blocks * fold.out}, DType::uint8);
    }
    const std::int64_t grain = std::max<std::int64_t>(1, kBlock / std::max<std::int64_t>(1, length));
    parallel_for(kept.size * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
        Iteration lane = reduced;
        for (std::int64_t task = begin; task < end;) { // tasks of one kept element follow each other
            const std::int64_t k = task / blocks;
            const std::int64_t last = blocks > 1 ? k + 1 : end;
            kept.walk(k, last, [&](std::byte* const* at, const std::int64_t* steps, std::int64_t n) {
                for (std::int64_t i = 0; i < n; ++i) {
                    std::byte* first = at[0] + i * steps[0];
                    const std::int64_t block = task % blocks;
                    std::byte* acc = blocks > 1 ? partial.data() + task * fold.out : at[1] + i * steps[1];
                    lane.data[0] = first;
                    fold.start(acc, first, 1);
                    if (blocks == 1 && lane.ndim == 1) {
                        fold.run(acc, first, lane.strides[0][0], lane.size);
                    } else {
                        lane.walk(block * length, std::min(lane.size, (block + 1) * length),
                                  [&](std::byte* const* from, const std::int64_t* s, std::int64_t m) {
                                      fold.run(acc, from[0], s[0], m);
                                  });
                    }
                    ++task;
                }
            });
        }
    });
    if (blocks > 1) {
        kept.walk(0, kept.size, [&, k = std::int64_t{0}](std::byte* const* at, const std::int64_t* steps,
                                                         std::int64_t n) mutable {
            for (std::int64_t i = 0; i < n; ++i, ++k) {
                const std::byte* totals = partial.data() + k * blocks * fold.out;
                std::byte* acc = at[1] + i * steps[1];
                std::memcpy(acc, totals, static_cast<std::size_t>(fold.out));
                fold.combine(acc, totals + fold.out, blocks - 1);
            }
        });
    }
}

// Rows [begin, end) of the reduced walk into `count` accumulators.
void add_rows(const Fold& fold, const Iteration& reduced, std::int64_t begin, std::int64_t end,
              std::byte* acc, std::int64_t count) {
    alignas(64) std::byte group[kColumns * kLargestItem];
    reduced.walk(begin, end, [&](std::byte* const* at, const std::int64_t* step, std::int64_t n) {
        if (n <= kGroup || fold.in != fold.out) {
            return fold.rows(acc, at[0], step[0], n, count);
        }
        for (std::int64_t r = 0; r < n; r += kGroup) {
            const std::byte* first = at[0] + r * step[0];
            fold.start(group, first, count);
            fold.rows(group, first, step[0], std::min(kGroup, n - r), count);
            fold.kernel.rows(acc, group, 0, 1, count);
        }
    });
}

// Rows to rows: the inner kept axis is contiguous in the array and in the accumulators.
void fold_rows(const Fold& fold, const Iteration& kept, const Iteration& reduced) {
    const std::int64_t width = kept.inner();
    const std::int64_t strips = (width + kColumns - 1) / kColumns;
    const std::int64_t lines = kept.size / width;
    const std::int64_t blocks =
        std::max<std::int64_t>(1, reduced.size * std::min(width, kColumns) / kBlock);
    const std::int64_t length = (reduced.size + blocks - 1) / blocks;
    const bool split = blocks > 1 && lines * strips < 64 && fold.in == fold.out;
    const std::int64_t parts = split ? blocks : 1;
    Array partial;
    if (split) {
        partial = Array::empty({parts * kept.size * fold.out}, DType::uint8);
    }
    const auto strip = [&](std::int64_t task, const auto& body) { // body(first, acc, position, count)
        const std::int64_t column = task % strips * kColumns;
        const std::int64_t position = task / strips * width + column;
        kept.walk(position, position + 1, [&](std::byte* const* at, const std::int64_t*, std::int64_t) {
            body(at[0], at[1], position, std::min(kColumns, width - column));
        });
    };
    const std::int64_t work = std::min(width, kColumns) * (split ? length : reduced.size);
    const std::int64_t grain = std::max<std::int64_t>(1, kBlock / std::max<std::int64_t>(1, work));
    parallel_for(lines * strips * parts, grain, [&](std::int64_t begin, std::int64_t end) {
        Iteration lane = reduced;
        for (std::int64_t task = begin; task < end; ++task) {
            const std::int64_t part = task / (lines * strips);
            strip(task % (lines * strips), [&](std::byte* first, std::byte* acc,
                                               std::int64_t position, std::int64_t count) {
                lane.data[0] = first;
                if (split) {
                    acc = partial.data() + (part * kept.size + position) * fold.out;
                }
                fold.start(acc, first, count);
                add_rows(fold, lane, split ? part * length : 0,
                         split ? std::min(lane.size, (part + 1) * length) : lane.size, acc, count);
            });
        }
    });
    for (std::int64_t task = 0; split && task < lines * strips; ++task) {
        strip(task, [&](std::byte*, std::byte* acc, std::int64_t position, std::int64_t count) {
            const std::byte* from = partial.data() + position * fold.out;
            std::memcpy(acc, from, static_cast<std::size_t>(count * fold.out));
            fold.kernel.rows(acc, from + kept.size * fold.out, kept.size * fold.out, parts - 1, count);
        });
    }
}

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
    const DType own = a.dtype();
    Loop loop = op.types(op, &own);
    if (dtype && loop.in[0] == loop.out) {
        loop = {.in = {*dtype}, .out = *dtype, .key = static_cast<int>(*dtype)};
    }
    const KernelColumn& column = cpu_kernels();
    DType in = loop.in[0];
    DType acc = loop.out;
    if (is_half(in) && !column.reduce[static_cast<int>(op.id)][loop.key].fold) {
        acc = in == acc ? DType::float32 : acc;
        in = DType::float32;
    }
    const ReduceKernel kernel = column.reduce[static_cast<int>(op.id)][static_cast<int>(in)];
    if (!kernel.fold) {
        raise_unimplemented(op, in, Device::cpu);
    }
    const SplitAxes split = split_axes(a, chosen);
    Array out = Array::empty(without_axes(a.shape(), chosen), acc);
    const Array identity = identity_of(op.id, acc);
    if (a.size() == 0) {
        if (identity.shape().size() != 0 || !identity.data()) {
            if (out.size() != 0) {
                raise(ErrorKind::value, op.name, "an empty reduction has no identity", text(a));
            }
        } else {
            copy_into(identity, out);
        }
    } else {
        const auto cast = column.cast[static_cast<int>(own)][static_cast<int>(in)];
        Fold fold{kernel,
                  own == in ? nullptr : cast,
                  static_cast<std::int64_t>(item_size(in)),
                  static_cast<std::int64_t>(item_size(acc)),
                  identity.data(),
                  cast,
                  static_cast<std::int64_t>(item_size(own))};
        Iteration kept(out.shape());
        kept.add(a.data(), split.kept_shape, split.kept_strides);
        kept.add(out);
        kept.finish();
        Iteration reduced(split.reduced_shape);
        reduced.add(a.data(), split.reduced_shape, split.reduced_strides);
        reduced.finish();
        const std::int64_t* inner = kept.strides[kept.ndim - 1];
        const std::int64_t lane = std::abs(reduced.strides[reduced.ndim - 1][0]);
        const bool by_rows = kept.inner() > 1 && inner[0] == fold.first_step &&
                             inner[1] == fold.out && reduced.size > 1 && lane > inner[0];
        by_rows ? fold_rows(fold, kept, reduced) : fold_runs(fold, kept, reduced);
    }
    const DType result = dtype && loop.out == *dtype ? *dtype : loop.out;
    return keep_axes(result == acc ? out : astype(out, result), chosen, keepdims);
}

Array sum(const Array& a, const Axes& axes, bool keepdims, std::optional<DType> dtype) {
    return reduce(op(OpId::sum), a, axes, keepdims, dtype);
}

} // namespace trivet
