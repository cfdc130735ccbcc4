// SPDX-License-Identifier: Apache-2.0
// Vectors of the compiler's vector extension, as wide as the instruction set's registers.
#pragma once

#include "kernels/elements.h"

namespace trivet::TRIVET_ISA {
namespace {

#if defined(TRIVET_ISA_avx512)
constexpr int kVectorBytes = 64;
#elif defined(TRIVET_ISA_avx2)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

template <class T> struct Vector {
    typedef T type __attribute__((vector_size(kVectorBytes)));
    static constexpr int width = kVectorBytes / static_cast<int>(sizeof(T));
    TRIVET_INLINE static type load(const T* from) {
        type v;
        __builtin_memcpy(&v, from, sizeof(v));
        return v;
    }
};

// One element of a vector's lanes.
template <class F, class T> TRIVET_INLINE T across(typename Vector<T>::type v) {
    T lanes[Vector<T>::width];
    __builtin_memcpy(lanes, &v, sizeof(lanes));
    for (int width = Vector<T>::width / 2; width > 0; width /= 2) {
        for (int k = 0; k < width; ++k) {
            lanes[k] = F::run(lanes[k], lanes[k + width]);
        }
    }
    return lanes[0];
}

// `vectors` > 0 of them into one element, eight in flight.
template <class F, class T> TRIVET_INLINE T block(const T* data, std::int64_t vectors) {
    using V = Vector<T>;
    if (vectors < 8) {
        typename V::type acc = V::load(data);
        for (std::int64_t i = 1; i < vectors; ++i) {
            acc = F::run(acc, V::load(data + i * V::width));
        }
        return across<F, T>(acc);
    }
    typename V::type acc[8];
    for (int k = 0; k < 8; ++k) {
        acc[k] = V::load(data + k * V::width);
    }
    std::int64_t i = 8;
    for (; i + 8 <= vectors; i += 8) {
        for (int k = 0; k < 8; ++k) {
            acc[k] = F::run(acc[k], V::load(data + (i + k) * V::width));
        }
    }
    for (; i < vectors; ++i) {
        acc[0] = F::run(acc[0], V::load(data + i * V::width));
    }
    return across<F, T>(F::run(F::run(F::run(acc[0], acc[1]), F::run(acc[2], acc[3])),
                               F::run(F::run(acc[4], acc[5]), F::run(acc[6], acc[7]))));
}

} // namespace
} // namespace trivet::TRIVET_ISA
