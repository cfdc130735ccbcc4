// SPDX-License-Identifier: Apache-2.0
// Loops for functions with long bodies: one contiguous loop each; strided and repeated elements are
// gathered in chunks and go through the same loop.
#pragma once

#include "kernels/elements.h"
#include "kernels/vecmath.h"

namespace trivet::TRIVET_ISA {
namespace {

template <class F, class T> void contiguous_unary(const T* a, T* o, std::int64_t count) {
    TRIVET_LOOP
    for (std::int64_t i = 0; i < count; ++i) {
        o[i] = F::run(a[i]);
    }
}

template <class F, class T>
void contiguous_binary(const T* a, const T* b, T* o, std::int64_t count) {
    TRIVET_LOOP
    for (std::int64_t i = 0; i < count; ++i) {
        o[i] = F::run(a[i], b[i]);
    }
}

template <class T>
TRIVET_INLINE const T* gather(const std::byte* from, std::int64_t stride, std::int64_t count,
                              T* buffer) {
    if (stride == sizeof(T)) {
        return reinterpret_cast<const T*>(from);
    }
    for (std::int64_t i = 0; i < count; ++i) {
        buffer[i] = *reinterpret_cast<const T*>(from + i * stride);
    }
    return buffer;
}

template <class T>
TRIVET_INLINE void scatter(const T* buffer, std::byte* to, std::int64_t stride,
                           std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        *reinterpret_cast<T*>(to + i * stride) = buffer[i];
    }
}

template <auto Loop, class T>
void math_unary(std::byte* const* data, const std::int64_t* s, std::int64_t count) {
    if (s[0] == sizeof(T) && s[1] == sizeof(T)) {
        return Loop(reinterpret_cast<const T*>(data[0]), reinterpret_cast<T*>(data[1]), count);
    }
    T in[kChunk];
    T out[kChunk];
    for (std::int64_t i = 0; i < count; i += kChunk) {
        const std::int64_t length = count - i < kChunk ? count - i : kChunk;
        Loop(gather(data[0] + i * s[0], s[0], length, in), out, length);
        scatter(out, data[1] + i * s[1], s[1], length);
    }
}

template <auto Loop, class T>
void math_binary(std::byte* const* data, const std::int64_t* s, std::int64_t count) {
    if (s[0] == sizeof(T) && s[1] == sizeof(T) && s[2] == sizeof(T)) {
        return Loop(reinterpret_cast<const T*>(data[0]), reinterpret_cast<const T*>(data[1]),
                    reinterpret_cast<T*>(data[2]), count);
    }
    T first[kChunk];
    T second[kChunk];
    T out[kChunk];
    for (std::int64_t i = 0; i < count; i += kChunk) {
        const std::int64_t length = count - i < kChunk ? count - i : kChunk;
        Loop(gather(data[0] + i * s[0], s[0], length, first),
             gather(data[1] + i * s[1], s[1], length, second), out, length);
        scatter(out, data[2] + i * s[2], s[2], length);
    }
}

template <class F> void put_math(KernelColumn& column, OpId id) {
    slots(column, id)[kKey<float>] = math_unary<contiguous_unary<F, float>, float>;
    slots(column, id)[kKey<double>] = math_unary<contiguous_unary<F, double>, double>;
}
template <class F> void put_math_binary(KernelColumn& column, OpId id) {
    slots(column, id)[kKey<float>] = math_binary<contiguous_binary<F, float>, float>;
    slots(column, id)[kKey<double>] = math_binary<contiguous_binary<F, double>, double>;
}

} // namespace
} // namespace trivet::TRIVET_ISA

// struct Name whose run is vecmath's function.
#define TRIVET_MATH(Name, function)                                                                \
    struct Name {                                                                                  \
        template <class T> TRIVET_INLINE static T run(T x) { return vecmath::function(x); }        \
    };
