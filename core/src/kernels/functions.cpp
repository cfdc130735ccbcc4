// SPDX-License-Identifier: Apache-2.0
// Functions of real numbers and integers that are not worth vectorising. Portable.
#include "array/half.h"
#include "kernels/fills.h"

#include <cmath>
#include <concepts>

namespace trivet::portable {
namespace {

template <auto F, class T>
void binary(std::byte* const* data, const std::int64_t* strides, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        *reinterpret_cast<T*>(data[2] + i * strides[2]) =
            F(*reinterpret_cast<const T*>(data[0] + i * strides[0]),
              *reinterpret_cast<const T*>(data[1] + i * strides[1]));
    }
}

// Integers wrap; the exponents are not negative (the engine has looked).
template <std::integral T> T integer_power(T base, T exponent) {
    using Wide = std::uint64_t;
    Wide out = 1;
    Wide square = static_cast<Wide>(base);
    for (auto left = static_cast<Wide>(exponent); left != 0; left >>= 1) {
        out *= left & 1 ? square : 1;
        square *= square;
    }
    return static_cast<T>(out);
}

template <class... T> void put_integer_power(KernelColumn& column) {
    int key = static_cast<int>(DType::int8);
    ((column.element[static_cast<int>(OpId::pow)][key++] = binary<integer_power<T>, T>), ...);
}

constexpr auto next_real = [](auto a, auto b) { return std::nextafter(a, b); };

// The next half number towards b, by its bits: they are ordered like the numbers, sign aside.
constexpr auto next_half = []<class T>(T a, T b) -> T {
    const float x = to_float(a);
    const float y = to_float(b);
    if (x != x || y != y) {
        return x != x ? a : b;
    }
    if (x == y) {
        return b;
    }
    if (x == 0) {
        return {static_cast<std::uint16_t>((b.bits & 0x8000u) | 1u)};
    }
    const bool away = (y > x) == (x > 0); // from zero
    return {static_cast<std::uint16_t>(away ? a.bits + 1u : a.bits - 1u)};
};

} // namespace

void fill_functions(KernelColumn& column) {
    put_integer_power<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
                      std::uint16_t, std::uint32_t, std::uint64_t>(column);
    ElementKernel* next = column.element[static_cast<int>(OpId::nextafter)];
    next[static_cast<int>(DType::float32)] = binary<next_real, float>;
    next[static_cast<int>(DType::float64)] = binary<next_real, double>;
    next[static_cast<int>(DType::float16)] = binary<next_half, Float16>;
    next[static_cast<int>(DType::bfloat16)] = binary<next_half, BFloat16>;
}

} // namespace trivet::portable
