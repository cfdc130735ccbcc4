// SPDX-License-Identifier: Apache-2.0
// Element types and loops of the kernels that are compiled per instruction set. Everything here has
// internal linkage: a weak symbol in an object built for AVX-512 could be the one the linker keeps
// for a CPU without it. So: no templates of std::, no inline functions with external linkage.
#pragma once

#include "array/half.h"
#include "kernels/column.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed"
#define TRIVET_LOOP _Pragma("clang loop vectorize(assume_safety)")
#else
#define TRIVET_LOOP _Pragma("GCC ivdep")
#endif
#define TRIVET_INLINE __attribute__((always_inline)) inline

namespace trivet::TRIVET_ISA {
namespace {

using Bool = unsigned char; // 0 or 1, as stored

template <class T> struct Complex {
    T re, im;
};
using Complex64 = Complex<float>;
using Complex128 = Complex<double>;

template <class T> constexpr int kKey = -1;
template <> constexpr int kKey<bool> = static_cast<int>(DType::bool_);
template <> constexpr int kKey<std::int8_t> = static_cast<int>(DType::int8);
template <> constexpr int kKey<std::int16_t> = static_cast<int>(DType::int16);
template <> constexpr int kKey<std::int32_t> = static_cast<int>(DType::int32);
template <> constexpr int kKey<std::int64_t> = static_cast<int>(DType::int64);
template <> constexpr int kKey<std::uint8_t> = static_cast<int>(DType::uint8);
template <> constexpr int kKey<std::uint16_t> = static_cast<int>(DType::uint16);
template <> constexpr int kKey<std::uint32_t> = static_cast<int>(DType::uint32);
template <> constexpr int kKey<std::uint64_t> = static_cast<int>(DType::uint64);
template <> constexpr int kKey<Float16> = static_cast<int>(DType::float16);
template <> constexpr int kKey<BFloat16> = static_cast<int>(DType::bfloat16);
template <> constexpr int kKey<float> = static_cast<int>(DType::float32);
template <> constexpr int kKey<double> = static_cast<int>(DType::float64);
template <> constexpr int kKey<Complex64> = static_cast<int>(DType::complex64);
template <> constexpr int kKey<Complex128> = static_cast<int>(DType::complex128);

// The unsigned type in which sums, products and shifts of T wrap without undefined behaviour.
template <class T> struct WrapType {
    using type = T;
};
template <> struct WrapType<std::int8_t> {
    using type = std::uint32_t;
};
template <> struct WrapType<std::int16_t> {
    using type = std::uint32_t;
};
template <> struct WrapType<std::int32_t> {
    using type = std::uint32_t;
};
template <> struct WrapType<std::int64_t> {
    using type = std::uint64_t;
};
template <> struct WrapType<std::uint8_t> {
    using type = std::uint32_t;
};
template <> struct WrapType<std::uint16_t> {
    using type = std::uint32_t;
};
template <class T> using Wrap = typename WrapType<T>::type;

template <class T> constexpr bool kIsReal = false;
template <> constexpr bool kIsReal<float> = true;
template <> constexpr bool kIsReal<double> = true;
template <class T> constexpr bool kIsComplex = false;
template <class T> constexpr bool kIsComplex<Complex<T>> = true;
template <class T> constexpr bool kIsSigned = static_cast<T>(-1) < static_cast<T>(1);

// --- loops: F::run on every element; contiguous data takes the first branch and vectorises
// --------
template <class F, class A, class O>
void unary_loop(std::byte* const* data, const std::int64_t* strides, std::int64_t count) {
    const std::int64_t sa = strides[0];
    const std::int64_t so = strides[1];
    if (sa == sizeof(A) && so == sizeof(O)) {
        const A* a = reinterpret_cast<const A*>(data[0]);
        O* o = reinterpret_cast<O*>(data[1]);
        TRIVET_LOOP
        for (std::int64_t i = 0; i < count; ++i) {
            o[i] = F::run(a[i]);
        }
        return;
    }
    const std::byte* a = data[0];
    std::byte* o = data[1];
    for (std::int64_t i = 0; i < count; ++i, a += sa, o += so) {
        *reinterpret_cast<O*>(o) = F::run(*reinterpret_cast<const A*>(a));
    }
}

template <class F, class A, class B, class O>
void binary_loop(std::byte* const* data, const std::int64_t* strides, std::int64_t count) {
    const std::int64_t sa = strides[0];
    const std::int64_t sb = strides[1];
    const std::int64_t so = strides[2];
    if (so == sizeof(O)) {
        const A* a = reinterpret_cast<const A*>(data[0]);
        const B* b = reinterpret_cast<const B*>(data[1]);
        O* o = reinterpret_cast<O*>(data[2]);
        if (sa == sizeof(A) && sb == sizeof(B)) {
            TRIVET_LOOP
            for (std::int64_t i = 0; i < count; ++i) {
                o[i] = F::run(a[i], b[i]);
            }
            return;
        }
        if (sa == sizeof(A) && sb == 0) {
            const B fixed = *b;
            TRIVET_LOOP
            for (std::int64_t i = 0; i < count; ++i) {
                o[i] = F::run(a[i], fixed);
            }
            return;
        }
        if (sa == 0 && sb == sizeof(B)) {
            const A fixed = *a;
            TRIVET_LOOP
            for (std::int64_t i = 0; i < count; ++i) {
                o[i] = F::run(fixed, b[i]);
            }
            return;
        }
    }
    const std::byte* a = data[0];
    const std::byte* b = data[1];
    std::byte* o = data[2];
    for (std::int64_t i = 0; i < count; ++i, a += sa, b += sb, o += so) {
        *reinterpret_cast<O*>(o) =
            F::run(*reinterpret_cast<const A*>(a), *reinterpret_cast<const B*>(b));
    }
}

constexpr int kChunk = 256;

// A repeated element as `kChunk` of them, so that the contiguous loop serves it.
template <class T>
TRIVET_INLINE const T* spread(const std::byte* from, std::int64_t stride, T* buffer) {
    if (stride != 0) {
        return reinterpret_cast<const T*>(from);
    }
    const T value = *reinterpret_cast<const T*>(from);
    for (int i = 0; i < kChunk; ++i) {
        buffer[i] = value;
    }
    return buffer;
}

template <class T> TRIVET_INLINE bool contiguous_or_repeated(std::int64_t stride) {
    return stride == sizeof(T) || stride == 0;
}

template <class F, class A, class B, class C, class O>
void ternary_loop(std::byte* const* data, const std::int64_t* strides, std::int64_t count) {
    if (contiguous_or_repeated<A>(strides[0]) && contiguous_or_repeated<B>(strides[1]) &&
        contiguous_or_repeated<C>(strides[2]) && strides[3] == sizeof(O) && count > 0) {
        A as[kChunk];
        B bs[kChunk];
        C cs[kChunk];
        const A* a = spread(data[0], strides[0], as);
        const B* b = spread(data[1], strides[1], bs);
        const C* c = spread(data[2], strides[2], cs);
        O* o = reinterpret_cast<O*>(data[3]);
        for (std::int64_t done = 0; done < count; done += kChunk) {
            const std::int64_t length = count - done < kChunk ? count - done : kChunk;
            TRIVET_LOOP
            for (std::int64_t i = 0; i < length; ++i) {
                o[i] = F::run(a[i], b[i], c[i]);
            }
            a += strides[0] ? length : 0;
            b += strides[1] ? length : 0;
            c += strides[2] ? length : 0;
            o += length;
        }
        return;
    }
    for (std::int64_t i = 0; i < count; ++i) {
        *reinterpret_cast<O*>(data[3] + i * strides[3]) =
            F::run(*reinterpret_cast<const A*>(data[0] + i * strides[0]),
                   *reinterpret_cast<const B*>(data[1] + i * strides[1]),
                   *reinterpret_cast<const C*>(data[2] + i * strides[2]));
    }
}

// --- filling the column: the same functor for every type of a list
// ----------------------------------
TRIVET_INLINE ElementKernel* slots(KernelColumn& column, OpId id) {
    return column.element[static_cast<int>(id)];
}

template <class F, class... T> void put_unary(KernelColumn& column, OpId id) {
    ((slots(column, id)[kKey<T>] = unary_loop<F, T, T>), ...);
}
template <class F, class... T> void put_binary(KernelColumn& column, OpId id) {
    ((slots(column, id)[kKey<T>] = binary_loop<F, T, T, T>), ...);
}
template <class F, class O, class... T> void put_unary_to(KernelColumn& column, OpId id) {
    ((slots(column, id)[kKey<T>] = unary_loop<F, T, O>), ...);
}
template <class F, class O, class... T> void put_binary_to(KernelColumn& column, OpId id) {
    ((slots(column, id)[kKey<T>] = binary_loop<F, T, T, O>), ...);
}
template <class F, class... T> void put_ternary(KernelColumn& column, OpId id) {
    ((slots(column, id)[kKey<T>] = ternary_loop<F, T, T, T, T>), ...);
}

} // namespace
} // namespace trivet::TRIVET_ISA

#define TRIVET_INTS                                                                                \
    std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,            \
        std::uint32_t, std::uint64_t
#define TRIVET_REALS float, double
#define TRIVET_COMPLEXES Complex64, Complex128
