// SPDX-License-Identifier: Apache-2.0
// Choosing between elements: extremes, clip, where, and the activations that only compare.
#include "kernels/elements.h"
#include "kernels/fills.h"

namespace trivet::TRIVET_ISA {
namespace {

struct Maximum { // a NaN wins
    template <class T> TRIVET_INLINE static T run(T a, T b) { return ((a > b) | (a != a)) ? a : b; }
};
struct Minimum {
    template <class T> TRIVET_INLINE static T run(T a, T b) { return ((a < b) | (a != a)) ? a : b; }
};
struct Fmax { // a NaN loses
    template <class T> TRIVET_INLINE static T run(T a, T b) {
        return ((a >= b) | (b != b)) ? a : b;
    }
};
struct Fmin {
    template <class T> TRIVET_INLINE static T run(T a, T b) {
        return ((a <= b) | (b != b)) ? a : b;
    }
};
struct Clip { // the upper bound wins over the lower one, a NaN over both
    template <class T> TRIVET_INLINE static T run(T x, T low, T high) {
        return Minimum::run(Maximum::run(x, low), high);
    }
};
struct Where {
    template <class T> TRIVET_INLINE static T run(Bool condition, T a, T b) {
        return condition ? a : b;
    }
};
struct Relu {
    template <class T> TRIVET_INLINE static T run(T x) { return x < 0 ? T{0} : x; } // NaN stays
};
struct LeakyRelu {
    template <class T> TRIVET_INLINE static T run(T x, T slope) { return x < 0 ? x * slope : x; }
};
struct HardSwish { // x * clip(x + 3, 0, 6) / 6
    template <class T> TRIVET_INLINE static T run(T x) {
        const T shifted = x + 3;
        const T low = shifted < 0 ? T{0} : shifted;
        const T gate = low > 6 ? T{6} : low;
        const T out = x * (gate / 6);
        return shifted <= 0 ? T{0} : out; // also at -infinity
    }
};

struct Wide {
    std::uint64_t parts[2];
};

// Only the size of an element matters.
template <class T> void put_where(KernelColumn& column, DType type) {
    slots(column, OpId::where)[static_cast<int>(type)] = ternary_loop<Where, Bool, T, T, T>;
}

} // namespace

void fill_select(KernelColumn& column) {
    put_binary<Maximum, TRIVET_INTS, TRIVET_REALS>(column, OpId::maximum);
    put_binary<Minimum, TRIVET_INTS, TRIVET_REALS>(column, OpId::minimum);
    put_binary<Fmax, TRIVET_INTS, TRIVET_REALS>(column, OpId::fmax);
    put_binary<Fmin, TRIVET_INTS, TRIVET_REALS>(column, OpId::fmin);
    put_ternary<Clip, TRIVET_INTS, TRIVET_REALS>(column, OpId::clip);
    put_unary<Relu, TRIVET_INTS, TRIVET_REALS>(column, OpId::relu);
    put_binary<LeakyRelu, TRIVET_REALS>(column, OpId::leaky_relu);
    put_unary<HardSwish, TRIVET_REALS>(column, OpId::hardswish);
    for (const OpId id : {OpId::maximum, OpId::fmax}) {
        slots(column, id)[kKey<bool>] = binary_loop<Maximum, Bool, Bool, Bool>;
    }
    for (const OpId id : {OpId::minimum, OpId::fmin}) {
        slots(column, id)[kKey<bool>] = binary_loop<Minimum, Bool, Bool, Bool>;
    }
    slots(column, OpId::clip)[kKey<bool>] = ternary_loop<Clip, Bool, Bool, Bool, Bool>;
    for (const DType type : {DType::bool_, DType::int8, DType::uint8}) {
        put_where<std::uint8_t>(column, type);
    }
    for (const DType type : {DType::int16, DType::uint16, DType::float16, DType::bfloat16}) {
        put_where<std::uint16_t>(column, type);
    }
    for (const DType type : {DType::int32, DType::uint32, DType::float32}) {
        put_where<std::uint32_t>(column, type);
    }
    for (const DType type : {DType::int64, DType::uint64, DType::float64, DType::complex64}) {
        put_where<std::uint64_t>(column, type);
    }
    put_where<Wide>(column, DType::complex128);
}

} // namespace trivet::TRIVET_ISA
