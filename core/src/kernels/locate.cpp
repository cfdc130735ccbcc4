// SPDX-License-Identifier: Apache-2.0
// Where the least or greatest element is: first its value, in vectors, then the first place that
// holds it. A NaN is better than everything.
#include "kernels/extremes.h"
#include "kernels/fills.h"

namespace trivet::TRIVET_ISA {
namespace {

constexpr std::int64_t kBlockLength = 2048;

// The first place of an element that is there.
template <class T>
TRIVET_INLINE std::int64_t first_equal(const T* data, std::int64_t count, T value) {
    constexpr int step = 64;
    std::int64_t i = 0;
    if (value != value) {
        while (i < count && data[i] == data[i]) {
            ++i;
        }
        return i;
    }
    for (; i + step <= count; i += step) {
        int found = 0;
        for (int k = 0; k < step; ++k) {
            found |= data[i + k] == value;
        }
        if (found) {
            break;
        }
    }
    while (i < count - 1 && data[i] != value) {
        ++i;
    }
    return i;
}

template <class F, class T> std::int64_t find_contiguous(const T* data, std::int64_t count) {
    std::int64_t block = 0;
    T best = data[0];
    for (std::int64_t i = 0; i < count && best == best; i += kBlockLength) {
        const std::int64_t length = count - i < kBlockLength ? count - i : kBlockLength;
        const T here = extreme_of<F>(data + i, length, best);
        const bool improved = F::better(here, best) | (here != here);
        block = improved ? i : block;
        best = here;
    }
    const std::int64_t length = count - block < kBlockLength ? count - block : kBlockLength;
    return block + first_equal(data + block, length, best);
}

template <class F, class T>
std::int64_t find(const std::byte* data, std::int64_t stride, std::int64_t count) {
    if (stride == sizeof(T)) {
        return find_contiguous<F>(reinterpret_cast<const T*>(data), count);
    }
    std::int64_t at = 0;
    T best = *reinterpret_cast<const T*>(data);
    for (std::int64_t i = 1; i < count && best == best; ++i) {
        const T x = *reinterpret_cast<const T*>(data + i * stride);
        if (F::better(x, best) || x != x) {
            best = x;
            at = i;
        }
    }
    return at;
}

template <class F, class T>
void find_rows(std::byte* best, std::int64_t* position, const std::byte* data, std::int64_t row,
               std::int64_t count) {
    T* top = reinterpret_cast<T*>(best);
    const T* x = reinterpret_cast<const T*>(data);
    TRIVET_LOOP
    for (std::int64_t j = 0; j < count; ++j) {
        const bool take = (F::better(x[j], top[j]) | (x[j] != x[j])) & (top[j] == top[j]);
        top[j] = take ? x[j] : top[j];
        position[j] = take ? row : position[j];
    }
}

template <class F, class... T> void put(KernelColumn& column, OpId id) {
    ((column.arg[static_cast<int>(id)][kKey<T>] = {find<F, T>, find_rows<F, T>}), ...);
}

} // namespace

void fill_locate(KernelColumn& column) {
    put<Least, TRIVET_INTS, TRIVET_REALS>(column, OpId::argmin);
    put<Greatest, TRIVET_INTS, TRIVET_REALS>(column, OpId::argmax);
    column.arg[static_cast<int>(OpId::argmin)][kKey<bool>] = {find<Least, Bool>,
                                                              find_rows<Least, Bool>};
    column.arg[static_cast<int>(OpId::argmax)][kKey<bool>] = {find<Greatest, Bool>,
                                                              find_rows<Greatest, Bool>};
}

} // namespace trivet::TRIVET_ISA
