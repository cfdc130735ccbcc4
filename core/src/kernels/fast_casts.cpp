// SPDX-License-Identifier: Apache-2.0
// The conversions that are worth vectorising; the others are in casts.cpp, and agree.
#include "kernels/elements.h"
#include "kernels/fills.h"

namespace trivet::TRIVET_ISA {
namespace {

// What does not fit becomes the least number.
template <class To> struct Whole {
    static constexpr double limit = sizeof(To) == 8 ? 0x1p63 : 0x1p31;
    template <class From> TRIVET_INLINE static To run(From value) {
        const From top = static_cast<From>(limit);
        const bool fits = (value >= -top) & (value < top);
        const To least = static_cast<To>(std::uint64_t{1} << (8 * sizeof(To) - 1));
        return fits ? static_cast<To>(fits ? value : From{0}) : least;
    }
};

template <class To> struct Plain {
    template <class From> TRIVET_INLINE static To run(From value) { return static_cast<To>(value); }
};
struct Widen {
    template <class Half> TRIVET_INLINE static float run(Half value) { return to_float(value); }
};
struct ToFloat16 {
    TRIVET_INLINE static Float16 run(float value) { return to_float16(value); }
};
struct ToBFloat16 {
    TRIVET_INLINE static BFloat16 run(float value) { return to_bfloat16(value); }
};
template <class To> struct FromBool {
    TRIVET_INLINE static To run(Bool value) { return static_cast<To>(value != 0); }
};
struct Truth {
    template <class From> TRIVET_INLINE static Bool run(From value) { return value != 0; }
};

template <class From, class To, class F> void put(KernelColumn& column) {
    column.cast[kKey<From>][kKey<To>] = unary_loop<F, From, To>;
}
template <class From, class... To> void put_plain(KernelColumn& column) {
    (put<From, To, Plain<To>>(column), ...);
}
template <class... From> void put_truth(KernelColumn& column) {
    ((column.cast[kKey<From>][kKey<bool>] = unary_loop<Truth, From, Bool>), ...);
}
template <class... To> void put_from_bool(KernelColumn& column) {
    ((column.cast[kKey<bool>][kKey<To>] = unary_loop<FromBool<To>, Bool, To>), ...);
}

} // namespace

void fill_fast_casts(KernelColumn& column) {
    put<Float16, float, Widen>(column);
    put<BFloat16, float, Widen>(column);
    put<float, Float16, ToFloat16>(column);
    put<float, BFloat16, ToBFloat16>(column);
    put<float, std::int32_t, Whole<std::int32_t>>(column);
    put<float, std::int64_t, Whole<std::int64_t>>(column);
    put<double, std::int64_t, Whole<std::int64_t>>(column);
    put_plain<float, double>(column);
    put_plain<double, float>(column);
    put_plain<std::uint8_t, float, double, std::int64_t>(column);
    put_plain<std::int32_t, float, double, std::int64_t>(column);
    put_plain<std::int64_t, float, double, std::int32_t>(column);
    put_truth<float, double, std::int32_t, std::int64_t, std::uint8_t>(column);
    put_from_bool<float, double, std::int64_t>(column);
}

} // namespace trivet::TRIVET_ISA
