// SPDX-License-Identifier: Apache-2.0
// Sums in blocks that are combined pairwise, products, extremes, truth.
#include "kernels/elements.h"
#include "kernels/fills.h"

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

struct Plus {
    template <class V> TRIVET_INLINE static V run(V a, V b) { return a + b; }
};
struct Times {
    template <class V> TRIVET_INLINE static V run(V a, V b) { return a * b; }
};
// The comparison is false for a NaN in b; a NaN in a is kept, and one in b is taken by `b != b`.
struct Least {
    template <class V> TRIVET_INLINE static V run(V a, V b) { return ((b < a) | (b != b)) ? b : a; }
};
struct Greatest {
    template <class V> TRIVET_INLINE static V run(V a, V b) { return ((b > a) | (b != b)) ? b : a; }
};

// Eight vectors in flight over `count` elements, a multiple of 8 * width and not 0.
template <class F, class T> TRIVET_INLINE T block(const T* data, std::int64_t count) {
    using V = Vector<T>;
    typename V::type acc[8];
    for (int k = 0; k < 8; ++k) {
        acc[k] = V::load(data + k * V::width);
    }
    for (std::int64_t i = 8 * V::width; i < count; i += 8 * V::width) {
        for (int k = 0; k < 8; ++k) {
            acc[k] = F::run(acc[k], V::load(data + i + k * V::width));
        }
    }
    acc[0] = F::run(F::run(F::run(acc[0], acc[1]), F::run(acc[2], acc[3])),
                    F::run(F::run(acc[4], acc[5]), F::run(acc[6], acc[7])));
    T lanes[V::width];
    __builtin_memcpy(lanes, &acc[0], sizeof(lanes));
    for (int width = V::width / 2; width > 0; width /= 2) {
        for (int k = 0; k < width; ++k) {
            lanes[k] = F::run(lanes[k], lanes[k + width]);
        }
    }
    return lanes[0];
}

// Blocks of at most 2048 elements, combined like the carries of a binary counter: the error of a
// sum grows with the logarithm of the count. The blocks do not depend on the instruction set's
// vector width, only the order inside them does.
template <class F, class T> T contiguous(const T* data, std::int64_t count, T start) {
    constexpr std::int64_t step = 8 * Vector<T>::width;
    constexpr std::int64_t longest = 2048;
    T level[64];
    std::uint64_t blocks = 0;
    int depth = 0;
    while (count >= step) {
        const std::int64_t length = (count < longest ? count : longest) / step * step;
        T total = block<F>(data, length);
        for (std::uint64_t carry = blocks++; carry & 1; carry >>= 1) {
            total = F::run(level[--depth], total);
        }
        level[depth++] = total;
        data += length;
        count -= length;
    }
    T rest = start;
    for (std::int64_t i = 0; i < count; ++i) {
        rest = F::run(rest, data[i]);
    }
    while (depth > 0) {
        rest = F::run(level[--depth], rest);
    }
    return rest;
}

constexpr std::int64_t kChunk = 1024;

template <class F, class T>
void fold(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t count) {
    T* out = reinterpret_cast<T*>(acc);
    if (stride == sizeof(T)) {
        *out = contiguous<F>(reinterpret_cast<const T*>(data), count, *out);
        return;
    }
    T gathered[kChunk]; // strided: gather, so that the same order of operations follows
    for (std::int64_t i = 0; i < count; i += kChunk) {
        const std::int64_t length = count - i < kChunk ? count - i : kChunk;
        for (std::int64_t j = 0; j < length; ++j) {
            gathered[j] = *reinterpret_cast<const T*>(data + (i + j) * stride);
        }
        *out = contiguous<F>(gathered, length, *out);
    }
}

template <class F, class T>
void rows(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t row_count,
          std::int64_t count) {
    T* out = reinterpret_cast<T*>(acc);
    std::int64_t r = 0;
    for (; r + 4 <= row_count; r += 4) {
        const T* a = reinterpret_cast<const T*>(data + r * stride);
        const T* b = reinterpret_cast<const T*>(data + (r + 1) * stride);
        const T* c = reinterpret_cast<const T*>(data + (r + 2) * stride);
        const T* d = reinterpret_cast<const T*>(data + (r + 3) * stride);
        TRIVET_LOOP
        for (std::int64_t j = 0; j < count; ++j) {
            out[j] = F::run(out[j], F::run(F::run(a[j], b[j]), F::run(c[j], d[j])));
        }
    }
    for (; r < row_count; ++r) {
        const T* a = reinterpret_cast<const T*>(data + r * stride);
        TRIVET_LOOP
        for (std::int64_t j = 0; j < count; ++j) {
            out[j] = F::run(out[j], a[j]);
        }
    }
}

template <class F, class... T> void put_reduce(KernelColumn& column, OpId id) {
    ((column.reduce[static_cast<int>(id)][kKey<T>] = {fold<F, T>, rows<F, T>}), ...);
}

} // namespace

void fill_reduce(KernelColumn& column) {
    put_reduce<Plus, std::uint64_t, TRIVET_REALS>(column, OpId::sum);
}

} // namespace trivet::TRIVET_ISA
