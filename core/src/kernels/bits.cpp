// SPDX-License-Identifier: Apache-2.0
// Logic, bits, shifts.
#include "kernels/elements.h"
#include "kernels/fills.h"

namespace trivet::TRIVET_ISA {
namespace {

// A borrowed bool may hold more than 0 and 1.
struct LogicalAnd {
    TRIVET_INLINE static Bool run(Bool a, Bool b) { return (a != 0) & (b != 0); }
};
struct LogicalOr {
    TRIVET_INLINE static Bool run(Bool a, Bool b) { return (a != 0) | (b != 0); }
};
struct LogicalXor {
    TRIVET_INLINE static Bool run(Bool a, Bool b) { return (a != 0) ^ (b != 0); }
};
struct LogicalNot {
    TRIVET_INLINE static Bool run(Bool a) { return a == 0; }
};

struct And {
    template <class T> TRIVET_INLINE static T run(T a, T b) { return static_cast<T>(a & b); }
};
struct Or {
    template <class T> TRIVET_INLINE static T run(T a, T b) { return static_cast<T>(a | b); }
};
struct Xor {
    template <class T> TRIVET_INLINE static T run(T a, T b) { return static_cast<T>(a ^ b); }
};
struct Invert {
    template <class T> TRIVET_INLINE static T run(T a) { return static_cast<T>(~a); }
};

// A shift by the width or more leaves nothing (or the sign); a negative one counts as more.
struct LeftShift {
    template <class T> TRIVET_INLINE static T run(T a, T b) {
        constexpr Wrap<T> bits = sizeof(T) * 8;
        const Wrap<T> by = static_cast<Wrap<T>>(b);
        const Wrap<T> safe = by < bits ? by : Wrap<T>{0};
        const T shifted = static_cast<T>(static_cast<Wrap<T>>(a) << safe);
        return by < bits ? shifted : T{0};
    }
};
struct RightShift {
    template <class T> TRIVET_INLINE static T run(T a, T b) {
        constexpr Wrap<T> bits = sizeof(T) * 8;
        const Wrap<T> by = static_cast<Wrap<T>>(b);
        const Wrap<T> most = bits - 1;
        const T far = kIsSigned<T> ? static_cast<T>(a >> most) : T{0};
        const T shifted = static_cast<T>(a >> (by < bits ? by : Wrap<T>{0}));
        return by < bits ? shifted : far;
    }
};

} // namespace

void fill_bits(KernelColumn& column) {
    put_binary<And, TRIVET_INTS>(column, OpId::bitwise_and);
    put_binary<Or, TRIVET_INTS>(column, OpId::bitwise_or);
    put_binary<Xor, TRIVET_INTS>(column, OpId::bitwise_xor);
    put_unary<Invert, TRIVET_INTS>(column, OpId::bitwise_invert);
    put_binary<LeftShift, TRIVET_INTS>(column, OpId::left_shift);
    put_binary<RightShift, TRIVET_INTS>(column, OpId::right_shift);
    for (const OpId id : {OpId::bitwise_and, OpId::logical_and}) {
        slots(column, id)[kKey<bool>] = binary_loop<LogicalAnd, Bool, Bool, Bool>;
    }
    for (const OpId id : {OpId::bitwise_or, OpId::logical_or}) {
        slots(column, id)[kKey<bool>] = binary_loop<LogicalOr, Bool, Bool, Bool>;
    }
    for (const OpId id : {OpId::bitwise_xor, OpId::logical_xor}) {
        slots(column, id)[kKey<bool>] = binary_loop<LogicalXor, Bool, Bool, Bool>;
    }
    for (const OpId id : {OpId::bitwise_invert, OpId::logical_not}) {
        slots(column, id)[kKey<bool>] = unary_loop<LogicalNot, Bool, Bool>;
    }
}

} // namespace trivet::TRIVET_ISA
