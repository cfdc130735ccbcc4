// SPDX-License-Identifier: Apache-2.0
// The least or greatest of contiguous elements. Vectors compare without regard to NaNs, whose
// presence is summed up beside (0 * x is NaN for a NaN, and for an infinity, which then costs a
// second look).
#pragma once

#include "kernels/vectors.h"

namespace trivet::TRIVET_ISA {
namespace {

struct Least {
    template <class V> TRIVET_INLINE static V plain(V a, V b) { return b < a ? b : a; }
    template <class T> TRIVET_INLINE static bool better(T a, T b) { return a < b; }
    // With NaNs: one in `a` stays, one in `b` is taken.
    template <class T> TRIVET_INLINE static T run(T a, T b) { return ((b < a) | (b != b)) ? b : a; }
};
struct Greatest {
    template <class V> TRIVET_INLINE static V plain(V a, V b) { return b > a ? b : a; }
    template <class T> TRIVET_INLINE static bool better(T a, T b) { return a > b; }
    template <class T> TRIVET_INLINE static T run(T a, T b) { return ((b > a) | (b != b)) ? b : a; }
};

template <class F> struct Plain {
    template <class V> TRIVET_INLINE static V run(V a, V b) { return F::plain(a, b); }
};
struct AddUp {
    template <class V> TRIVET_INLINE static V run(V a, V b) { return a + b; }
};

template <class F, class T> TRIVET_INLINE T careful(const T* data, std::int64_t count, T start) {
    for (std::int64_t i = 0; i < count && start == start; ++i) {
        start = F::run(start, data[i]);
    }
    return start;
}

// `groups` > 0 of four vectors.
template <class F, class T>
TRIVET_INLINE T extreme_of_groups(const T* data, std::int64_t groups, T start) {
    using V = Vector<T>;
    typename V::type best[4];
    typename V::type odd[4]; // stays 0 without NaNs and infinities
    for (int k = 0; k < 4; ++k) {
        best[k] = V::load(data + k * V::width);
        odd[k] = best[k] * T{0};
    }
    for (std::int64_t g = 1; g < groups; ++g) {
        for (int k = 0; k < 4; ++k) {
            const typename V::type x = V::load(data + (4 * g + k) * V::width);
            best[k] = F::plain(best[k], x);
            if constexpr (kIsReal<T>) {
                odd[k] += x * T{0};
            }
        }
    }
    if constexpr (kIsReal<T>) {
        const T sum = across<AddUp, T>((odd[0] + odd[1]) + (odd[2] + odd[3]));
        if (sum != sum) {
            return careful<F>(data, groups * 4 * V::width, start);
        }
    }
    return F::plain(start, across<Plain<F>, T>(
                               F::plain(F::plain(best[0], best[1]), F::plain(best[2], best[3]))));
}

template <class F, class T> T extreme_of(const T* data, std::int64_t count, T start) {
    constexpr std::int64_t group = 4 * Vector<T>::width;
    constexpr std::int64_t longest = 4096 / group * group; // a second look costs no more than this
    if (count < group) {
        return careful<F>(data, count, start);
    }
    while (count >= group && start == start) {
        const std::int64_t length = (count < longest ? count : longest) / group * group;
        start = extreme_of_groups<F>(data, length / group, start);
        data += length;
        count -= length;
    }
    // The last group again, as far back as it takes: seeing an element twice changes nothing.
    return count > 0 && start == start ? extreme_of_groups<F>(data + count - group, 1, start)
                                       : start;
}

} // namespace
} // namespace trivet::TRIVET_ISA
