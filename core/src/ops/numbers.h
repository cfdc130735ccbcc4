// SPDX-License-Identifier: Apache-2.0
// What the makers of number sequences share: scalars read as numbers, elements filled in.
#pragma once

#include "array/visit.h"
#include "trivet/array.h"
#include "trivet/thread.h"

#include <complex>
#include <limits>
#include <string>
#include <type_traits>

namespace trivet {

__extension__ using Wide = __int128; // holds every difference of two 64-bit integers

// The real part of a complex number.
[[nodiscard]] inline double to_double(const Scalar& value) {
    return std::visit(
        [](auto v) {
            if constexpr (is_complex_v<decltype(v)>) {
                return v.real();
            } else {
                return static_cast<double>(v);
            }
        },
        value);
}

// 0 for fractions.
[[nodiscard]] inline Wide to_wide(const Scalar& value) {
    return std::visit(
        [](auto v) {
            if constexpr (std::is_integral_v<decltype(v)>) {
                return static_cast<Wide>(v);
            } else {
                return Wide{};
            }
        },
        value);
}

[[nodiscard]] inline bool is_whole(const Scalar& value) {
    return scalar_kind(value) == ScalarKind::boolean || scalar_kind(value) == ScalarKind::integer;
}

[[nodiscard]] inline std::string text(const Scalar& value) {
    if (is_whole(value)) {
        return std::holds_alternative<std::uint64_t>(value)
                   ? std::to_string(std::get<std::uint64_t>(value))
                   : std::to_string(static_cast<std::int64_t>(to_wide(value)));
    }
    return std::to_string(to_double(value));
}

// out[i] <- element(i)
template <class T, class Element> void fill(const Array& out, const Element& element) {
    T* data = out.data_as<T>();
    constexpr std::int64_t kGrain = 1 << 16; // elements per piece
    parallel_for(out.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            data[i] = element(i);
        }
    });
}

// The nearest number of a real or complex type.
template <class T> [[nodiscard]] T rounded(double value) {
    if constexpr (std::is_same_v<T, Float16>) {
        return to_float16(to_odd_float(value));
    } else if constexpr (std::is_same_v<T, BFloat16>) {
        return to_bfloat16(to_odd_float(value));
    } else if constexpr (is_complex_v<T>) {
        return T(static_cast<typename T::value_type>(value));
    } else {
        return static_cast<T>(value);
    }
}

template <class T> [[nodiscard]] bool fits(Wide value) {
    return value >= static_cast<Wide>(std::numeric_limits<T>::min()) &&
           value <= static_cast<Wide>(std::numeric_limits<T>::max());
}

} // namespace trivet
