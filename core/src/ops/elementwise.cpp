// SPDX-License-Identifier: Apache-2.0
// The element-wise engine: types by the row's rule, one walk over all operands, kernels on inner
// runs, casts through small buffers where the types differ.
#include "array/text.h"
#include "kernels/column.h"
#include "ops/broadcast.h"
#include "ops/iteration.h"
#include "trivet/error.h"
#include "trivet/ops.h"
#include "trivet/thread.h"

#include <cstring>

namespace trivet {
namespace {

constexpr std::int64_t kGrain = 32768;         // elements of one piece of a parallel walk
constexpr std::int64_t kChunk = 512;           // elements cast at a time
constexpr std::size_t kLargestItem = 16;       // bytes
constexpr std::int64_t kParallel = 4 * kGrain; // below this, threads cost more than they save

struct Call {
    ElementKernel kernel;
    int arity;
    std::array<DType, kMaxOperands> types; // the kernel's, the result last
    DType out;                             // the result's
    ElementKernel casts[kMaxOperands];     // nullptr: no cast
    bool cast_any;
};

bool is_half(DType type) { return type == DType::float16 || type == DType::bfloat16; }

Call resolve(const Op& op, const DType* given) {
    const Loop loop = op.types(op, given);
    const KernelColumn& column = cpu_kernels();
    Call call;
    call.arity = op.arity;
    call.out = loop.out;
    DType result = loop.out;
    call.kernel = column.element[static_cast<int>(op.id)][loop.key];
    const bool widen =
        !call.kernel && loop.key < kDTypeCount && is_half(static_cast<DType>(loop.key));
    if (widen) {
        call.kernel = column.element[static_cast<int>(op.id)][static_cast<int>(DType::float32)];
        result = is_half(result) ? DType::float32 : result;
    }
    if (!call.kernel) {
        raise_unimplemented(op, loop.in[0], Device::cpu);
    }
    for (int i = 0; i < op.arity; ++i) {
        const DType in = loop.in[static_cast<std::size_t>(i)];
        call.types[static_cast<std::size_t>(i)] = widen && is_half(in) ? DType::float32 : in;
    }
    call.types[op.arity] = result;
    return call;
}

// Which operands are cast, given their own types (the result's last).
void plan_casts(Call& call, const DType* own) {
    call.cast_any = false;
    for (int i = 0; i <= call.arity; ++i) {
        const DType kernel = call.types[static_cast<std::size_t>(i)];
        const DType from = i < call.arity ? own[i] : kernel;
        const DType to = i < call.arity ? kernel : own[i];
        const bool needed = from != to;
        call.casts[i] =
            needed ? cpu_kernels().cast[static_cast<int>(from)][static_cast<int>(to)] : nullptr;
        call.cast_any |= needed;
    }
}

// One inner run with casts, in chunks that stay in the first-level cache.
void run_cast(const Call& call, std::byte* const* data, const std::int64_t* strides,
              std::int64_t count) {
    alignas(64) std::byte buffers[kMaxOperands][kChunk * kLargestItem];
    const int last = call.arity;
    for (std::int64_t done = 0; done < count; done += kChunk) {
        const std::int64_t length = std::min(kChunk, count - done);
        std::byte* at[kMaxOperands];
        std::int64_t steps[kMaxOperands];
        for (int i = 0; i <= last; ++i) {
            at[i] = data[i] + done * strides[i];
            steps[i] = strides[i];
            if (!call.casts[i]) {
                continue;
            }
            const auto item =
                static_cast<std::int64_t>(item_size(call.types[static_cast<std::size_t>(i)]));
            if (i < last) {
                std::byte* ends[] = {at[i], buffers[i]};
                const std::int64_t moves[] = {strides[i], item};
                if (strides[i] != 0 || done == 0) { // a repeated element is cast once
                    call.casts[i](ends, moves, strides[i] == 0 ? 1 : length);
                }
            }
            at[i] = buffers[i];
            steps[i] = strides[i] == 0 && i < last ? 0 : item;
        }
        call.kernel(at, steps, length);
        if (call.casts[last]) {
            std::byte* ends[] = {buffers[last], data[last] + done * strides[last]};
            const std::int64_t moves[] = {steps[last], strides[last]};
            call.casts[last](ends, moves, length);
        }
    }
}

void run_walk(const Call& call, const Iteration& walk) {
    const auto piece = [&](std::int64_t begin, std::int64_t end) {
        if (call.cast_any) {
            walk.walk(begin, end, [&](std::byte* const* at, const std::int64_t* s, std::int64_t n) {
                run_cast(call, at, s, n);
            });
        } else {
            walk.walk(begin, end, call.kernel);
        }
    };
    if (walk.size < kParallel) {
        piece(0, walk.size);
    } else {
        parallel_for(walk.size, kGrain, piece);
    }
}

// All operands contiguous, or single elements: one run without a walk.
void run_flat(const Call& call, std::span<const Array> args, const Array& out) {
    std::int64_t strides[kMaxOperands];
    for (int i = 0; i < call.arity; ++i) {
        const Array& a = args[static_cast<std::size_t>(i)];
        strides[i] = a.ndim() == 0 ? 0 : static_cast<std::int64_t>(item_size(a.dtype()));
    }
    strides[call.arity] = static_cast<std::int64_t>(item_size(call.out));
    const auto piece = [&](std::int64_t begin, std::int64_t end) {
        std::byte* at[kMaxOperands];
        for (int i = 0; i < call.arity; ++i) {
            at[i] = args[static_cast<std::size_t>(i)].data() + begin * strides[i];
        }
        at[call.arity] = out.data() + begin * strides[call.arity];
        if (call.cast_any) {
            run_cast(call, at, strides, end - begin);
        } else {
            call.kernel(at, strides, end - begin);
        }
    };
    if (out.size() < kParallel) {
        piece(0, out.size());
    } else {
        parallel_for(out.size(), kGrain, piece);
    }
}

void check_arity(const Op& op, std::size_t count) {
    if (op.op_class != OpClass::elementwise || count != op.arity) {
        raise(ErrorKind::type, op.name,
              "an element-wise operation takes its number of arguments (" +
                  std::to_string(op.arity) + ")",
              std::to_string(count));
    }
}

// What a kernel could not refuse: a negative whole power of an integer is no integer.
void check_values(const Op& op, const Call& call, std::span<const Array> args) {
    if (op.id != OpId::pow || kind_of(call.types[1]) != Kind::signed_int || args[1].size() == 0) {
        return;
    }
    const Scalar least = reduce(trivet::op(OpId::min), args[1], std::nullopt, false).item();
    if (const auto* value = std::get_if<std::int64_t>(&least); value && *value < 0) {
        raise(ErrorKind::value, op.name,
              "integers have no negative powers (convert to a real type)", std::to_string(*value));
    }
}

// The common shape when every argument is contiguous with it or 0-d; nullptr otherwise.
const Dims* flat_shape(std::span<const Array> args) {
    const Dims* shape = nullptr;
    for (const Array& a : args) {
        if (a.ndim() == 0) {
            continue;
        }
        if (!a.is_c_contiguous() || (shape && a.shape() != *shape)) {
            return nullptr;
        }
        shape = &a.shape();
    }
    return shape ? shape : &args[0].shape();
}

Dims common_shape(const Op& op, std::span<const Array> args) {
    Dims shape = args[0].shape();
    for (const Array& a : args.subspan(1)) {
        if (!broadcast_with(shape, a.shape())) {
            std::vector<Dims> shapes;
            for (const Array& each : args) {
                shapes.push_back(each.shape());
            }
            raise(ErrorKind::value, op.name, "sizes of an axis must be equal or 1", text(shapes));
        }
    }
    return shape;
}

} // namespace

Array elementwise(const Op& op, std::span<const Array> args) {
    check_arity(op, args.size());
    DType own[kMaxOperands];
    for (std::size_t i = 0; i < args.size(); ++i) {
        own[i] = args[i].dtype();
    }
    Call call = resolve(op, own);
    own[args.size()] = call.out;
    plan_casts(call, own);
    check_values(op, call, args);
    if (const Dims* shape = flat_shape(args)) {
        Array out = Array::empty(*shape, call.out);
        run_flat(call, args, out);
        return out;
    }
    const Dims shape = common_shape(op, args);
    Array out = Array::empty(shape, call.out);
    out = out.view(shape, strides_like(shape, args, item_size(call.out)), 0);
    Iteration walk(shape);
    for (const Array& a : args) {
        walk.add(a);
    }
    walk.add(out);
    walk.finish();
    run_walk(call, walk);
    return out;
}

void elementwise_into(const Op& op, std::span<const Array> args, const Array& out) {
    check_arity(op, args.size());
    require_writable(op.name, out);
    DType own[kMaxOperands];
    for (std::size_t i = 0; i < args.size(); ++i) {
        own[i] = args[i].dtype();
    }
    Call call = resolve(op, own);
    if (!can_cast_same_kind(call.out, out.dtype())) {
        raise(ErrorKind::type, op.name, "the result must cast to the output's dtype (same kind)",
              std::string(dtype_name(call.out)) + " into " + std::string(dtype_name(out.dtype())));
    }
    own[args.size()] = out.dtype();
    plan_casts(call, own);
    check_values(op, call, args);
    const Dims shape = common_shape(op, args);
    if (shape != out.shape()) {
        raise(ErrorKind::value, op.name, "the output must have the shape of the result",
              out.shape().text() + " for " + shape.text());
    }
    Array copies[kMaxArity];
    Iteration walk(shape);
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (unsafe_overlap(args[i], out)) {
            copies[i] = copy(args[i]);
            walk.add(copies[i]);
        } else {
            walk.add(args[i]);
        }
    }
    walk.add(out);
    walk.finish();
    run_walk(call, walk);
}

} // namespace trivet
