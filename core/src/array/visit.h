// SPDX-License-Identifier: Apache-2.0
// From a dtype at run time to a C++ type at compile time.
#pragma once

#include "array/half.h"
#include "trivet/dtype.h"

#include <complex>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace trivet {

template <class T> inline constexpr bool is_half_v = false;
template <> inline constexpr bool is_half_v<Float16> = true;
template <> inline constexpr bool is_half_v<BFloat16> = true;
template <class T> inline constexpr bool is_complex_v = false;
template <class T> inline constexpr bool is_complex_v<std::complex<T>> = true;

// Calls f(std::type_identity<T>{}) with the element type of `dtype`.
template <class F> decltype(auto) visit(DType dtype, F&& f) {
    switch (dtype) {
    case DType::bool_:
        return f(std::type_identity<bool>{});
    case DType::int8:
        return f(std::type_identity<std::int8_t>{});
    case DType::int16:
        return f(std::type_identity<std::int16_t>{});
    case DType::int32:
        return f(std::type_identity<std::int32_t>{});
    case DType::int64:
        return f(std::type_identity<std::int64_t>{});
    case DType::uint8:
        return f(std::type_identity<std::uint8_t>{});
    case DType::uint16:
        return f(std::type_identity<std::uint16_t>{});
    case DType::uint32:
        return f(std::type_identity<std::uint32_t>{});
    case DType::uint64:
        return f(std::type_identity<std::uint64_t>{});
    case DType::float16:
        return f(std::type_identity<Float16>{});
    case DType::bfloat16:
        return f(std::type_identity<BFloat16>{});
    case DType::float32:
        return f(std::type_identity<float>{});
    case DType::float64:
        return f(std::type_identity<double>{});
    case DType::complex64:
        return f(std::type_identity<std::complex<float>>{});
    case DType::complex128:
        return f(std::type_identity<std::complex<double>>{});
    }
    __builtin_unreachable();
}

} // namespace trivet
