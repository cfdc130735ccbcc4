// SPDX-License-Identifier: Apache-2.0
// Comparisons; int64 with uint64 by value, which no common integer type could do.
#include "kernels/elements.h"
#include "kernels/fills.h"

namespace trivet::TRIVET_ISA {
namespace {

struct Equal {
    template <class T> TRIVET_INLINE static Bool run(T a, T b) { return a == b; }
    template <class T> TRIVET_INLINE static Bool run(Complex<T> a, Complex<T> b) {
        return (a.re == b.re) & (a.im == b.im);
    }
    TRIVET_INLINE static Bool run(std::int64_t a, std::uint64_t b) {
        return (a >= 0) & (static_cast<std::uint64_t>(a) == b);
    }
    TRIVET_INLINE static Bool run(std::uint64_t a, std::int64_t b) { return run(b, a); }
};

struct Less {
    template <class T> TRIVET_INLINE static Bool run(T a, T b) { return a < b; }
    TRIVET_INLINE static Bool run(std::int64_t a, std::uint64_t b) {
        return (a < 0) | (static_cast<std::uint64_t>(a) < b);
    }
    TRIVET_INLINE static Bool run(std::uint64_t a, std::int64_t b) {
        return (b > 0) & (a < static_cast<std::uint64_t>(b));
    }
};

struct LessEqual {
    template <class T> TRIVET_INLINE static Bool run(T a, T b) { return a <= b; }
    TRIVET_INLINE static Bool run(std::int64_t a, std::uint64_t b) { return !Less::run(b, a); }
    TRIVET_INLINE static Bool run(std::uint64_t a, std::int64_t b) { return !Less::run(b, a); }
};

struct NotEqual {
    template <class A, class B> TRIVET_INLINE static Bool run(A a, B b) {
        return !Equal::run(a, b);
    }
};
struct Greater {
    template <class A, class B> TRIVET_INLINE static Bool run(A a, B b) { return Less::run(b, a); }
};
struct GreaterEqual {
    template <class A, class B> TRIVET_INLINE static Bool run(A a, B b) {
        return LessEqual::run(b, a);
    }
};

template <class F> void put(KernelColumn& column, OpId id) {
    put_binary_to<F, Bool, TRIVET_INTS, TRIVET_REALS>(column, id);
    slots(column, id)[kKey<bool>] = binary_loop<F, Bool, Bool, Bool>;
    slots(column, id)[kKeySignedUnsigned] = binary_loop<F, std::int64_t, std::uint64_t, Bool>;
    slots(column, id)[kKeyUnsignedSigned] = binary_loop<F, std::uint64_t, std::int64_t, Bool>;
}

} // namespace

void fill_compare(KernelColumn& column) {
    put<Equal>(column, OpId::equal);
    put<NotEqual>(column, OpId::not_equal);
    put<Less>(column, OpId::less);
    put<LessEqual>(column, OpId::less_equal);
    put<Greater>(column, OpId::greater);
    put<GreaterEqual>(column, OpId::greater_equal);
    put_binary_to<Equal, Bool, TRIVET_COMPLEXES>(column, OpId::equal);
    put_binary_to<NotEqual, Bool, TRIVET_COMPLEXES>(column, OpId::not_equal);
}

} // namespace trivet::TRIVET_ISA
