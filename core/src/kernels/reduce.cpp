// SPDX-License-Identifier: Apache-2.0
// Sums in blocks that are combined pairwise, products, extremes, truth.
#include "kernels/extremes.h"
#include "kernels/fills.h"

namespace trivet::TRIVET_ISA {
namespace {

// On vectors and on elements; small integers are promoted, so they are cast back.
struct Plus {
    template <class V> TRIVET_INLINE static V run(V a, V b) { return static_cast<V>(a + b); }
};
struct Times {
    template <class V> TRIVET_INLINE static V run(V a, V b) { return static_cast<V>(a * b); }
    TRIVET_INLINE static std::uint16_t run(std::uint16_t a, std::uint16_t b) {
        return static_cast<std::uint16_t>(unsigned{a} * unsigned{b}); // int would overflow
    }
};

// Blocks of at most 2048 elements, combined like the carries of a binary counter: the error of a
// sum grows with the logarithm of the count. The blocks do not depend on the instruction set's
// vector width, only the order inside them does.
template <class F, class T> T contiguous(const T* data, std::int64_t count, T start) {
    constexpr std::int64_t width = Vector<T>::width;
    constexpr std::int64_t longest = 2048;
    T level[64];
    std::uint64_t blocks = 0;
    int depth = 0;
    while (count >= width) {
        const std::int64_t length = (count < longest ? count : longest) / width * width;
        T total = block<F>(data, length / width);
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

constexpr std::int64_t kGathered = 1024;

template <class F, class T> struct Whole { // how a contiguous run is reduced
    TRIVET_INLINE static T run(const T* data, std::int64_t count, T start) {
        return contiguous<F>(data, count, start);
    }
};
template <class T> struct Whole<Least, T> {
    TRIVET_INLINE static T run(const T* data, std::int64_t count, T start) {
        return extreme_of<Least>(data, count, start);
    }
};
template <class T> struct Whole<Greatest, T> {
    TRIVET_INLINE static T run(const T* data, std::int64_t count, T start) {
        return extreme_of<Greatest>(data, count, start);
    }
};

template <class F, class T>
void fold(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t count) {
    T* out = reinterpret_cast<T*>(acc);
    if (stride == sizeof(T)) {
        *out = Whole<F, T>::run(reinterpret_cast<const T*>(data), count, *out);
        return;
    }
    T gathered[kGathered]; // strided: gather, so that the same loop serves it
    for (std::int64_t i = 0; i < count; i += kGathered) {
        const std::int64_t length = count - i < kGathered ? count - i : kGathered;
        for (std::int64_t j = 0; j < length; ++j) {
            gathered[j] = *reinterpret_cast<const T*>(data + (i + j) * stride);
        }
        *out = Whole<F, T>::run(gathered, length, *out);
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

// Complex sums and products; integers of any sign wrap as unsigned ones.
struct ComplexPlus {
    template <class T> TRIVET_INLINE static Complex<T> run(Complex<T> a, Complex<T> b) {
        return {a.re + b.re, a.im + b.im};
    }
};
struct ComplexTimes {
    template <class T> TRIVET_INLINE static Complex<T> run(Complex<T> a, Complex<T> b) {
        return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    }
};

// Pairwise over pieces of 8 by halving: short code, and the accuracy of the vectors' way.
template <class F, class T>
T halved(const std::byte* data, std::int64_t stride, std::int64_t count) {
    if (count > 64) {
        const std::int64_t half = count / 2;
        return F::run(halved<F, T>(data, stride, half),
                      halved<F, T>(data + half * stride, stride, count - half));
    }
    T total = *reinterpret_cast<const T*>(data);
    for (std::int64_t i = 1; i < count; ++i) {
        total = F::run(total, *reinterpret_cast<const T*>(data + i * stride));
    }
    return total;
}

template <class F, class T>
void fold_halved(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t count) {
    if (count > 0) {
        T* out = reinterpret_cast<T*>(acc);
        *out = F::run(*out, halved<F, T>(data, stride, count));
    }
}

// Truth: bytes that are 0 or not.
template <bool Any>
void fold_truth(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t count) {
    Bool* out = reinterpret_cast<Bool*>(acc);
    const Bool* in = reinterpret_cast<const Bool*>(data);
    for (std::int64_t i = 0; i < count && (*out != 0) != Any;
         i += kGathered) { // stops when decided
        const std::int64_t length = count - i < kGathered ? count - i : kGathered;
        int found = 0;
        for (std::int64_t j = i; j < i + length; ++j) {
            found |= (in[j * stride] != 0) == Any;
        }
        *out = found ? Any : *out;
    }
}

template <bool Any>
void rows_truth(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t row_count,
                std::int64_t count) {
    Bool* out = reinterpret_cast<Bool*>(acc);
    for (std::int64_t r = 0; r < row_count; ++r) {
        const Bool* in = reinterpret_cast<const Bool*>(data + r * stride);
        TRIVET_LOOP
        for (std::int64_t j = 0; j < count; ++j) {
            out[j] = Any ? (out[j] | (in[j] != 0)) : (out[j] & (in[j] != 0));
        }
    }
}

void fold_count(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t count) {
    const Bool* in = reinterpret_cast<const Bool*>(data);
    std::int64_t total = 0;
    for (std::int64_t i = 0; i < count; i += 255 * 64) { // bytes count to 255 in each of 64 lanes
        const std::int64_t length = count - i < 255 * 64 ? count - i : 255 * 64;
        Bool lanes[64] = {};
        std::int64_t j = 0;
        for (; stride == 1 && j + 64 <= length; j += 64) {
            for (int k = 0; k < 64; ++k) {
                lanes[k] = static_cast<Bool>(lanes[k] + (in[i + j + k] != 0));
            }
        }
        for (; j < length; ++j) {
            total += in[(i + j) * stride] != 0;
        }
        for (int k = 0; k < 64; ++k) {
            total += lanes[k];
        }
    }
    *reinterpret_cast<std::int64_t*>(acc) += total;
}

void rows_count(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t row_count,
                std::int64_t count) {
    std::int64_t* out = reinterpret_cast<std::int64_t*>(acc);
    for (std::int64_t r = 0; r < row_count; ++r) {
        const Bool* in = reinterpret_cast<const Bool*>(data + r * stride);
        TRIVET_LOOP
        for (std::int64_t j = 0; j < count; ++j) {
            out[j] += in[j] != 0;
        }
    }
}

TRIVET_INLINE ReduceKernel* kernels(KernelColumn& column, OpId id) {
    return column.reduce[static_cast<int>(id)];
}

template <class F, class... T> void put_reduce(KernelColumn& column, OpId id) {
    ((kernels(column, id)[kKey<T>] = {fold<F, T>, rows<F, T>}), ...);
}
// As unsigned integers, which wrap, under the signed types' slots too.
template <class F, class Unsigned, class... T> void put_wrapping(KernelColumn& column, OpId id) {
    ((kernels(column, id)[kKey<T>] = {fold<F, Unsigned>, rows<F, Unsigned>}), ...);
}
template <class F, class... T> void put_halved(KernelColumn& column, OpId id) {
    ((kernels(column, id)[kKey<T>] = {fold_halved<F, T>, rows<F, T>}), ...);
}
template <class F, class ComplexF> void put_numbers(KernelColumn& column, OpId id) {
    put_wrapping<F, std::uint8_t, std::int8_t, std::uint8_t>(column, id);
    put_wrapping<F, std::uint16_t, std::int16_t, std::uint16_t>(column, id);
    put_wrapping<F, std::uint32_t, std::int32_t, std::uint32_t>(column, id);
    put_wrapping<F, std::uint64_t, std::int64_t, std::uint64_t>(column, id);
    put_reduce<F, TRIVET_REALS>(column, id);
    put_halved<ComplexF, TRIVET_COMPLEXES>(column, id);
}

} // namespace

void fill_reduce(KernelColumn& column) {
    put_numbers<Plus, ComplexPlus>(column, OpId::sum);
    put_numbers<Times, ComplexTimes>(column, OpId::prod);
    put_reduce<Least, TRIVET_INTS, TRIVET_REALS>(column, OpId::min);
    put_reduce<Greatest, TRIVET_INTS, TRIVET_REALS>(column, OpId::max);
    kernels(column, OpId::min)[kKey<bool>] = {fold_truth<false>, rows_truth<false>};
    kernels(column, OpId::max)[kKey<bool>] = {fold_truth<true>, rows_truth<true>};
    kernels(column, OpId::all)[kKey<bool>] = {fold_truth<false>, rows_truth<false>};
    kernels(column, OpId::any)[kKey<bool>] = {fold_truth<true>, rows_truth<true>};
    kernels(column, OpId::count_nonzero)[kKey<bool>] = {fold_count, rows_count};
}

} // namespace trivet::TRIVET_ISA
