// SPDX-License-Identifier: Apache-2.0
// Functions of real numbers that are not worth vectorising: the C library's. Portable; what an
// instruction set's sources also fill, they overwrite.
#include "array/half.h"
#include "kernels/fills.h"

#include <cmath>
#include <concepts>
#include <type_traits>

namespace trivet::portable {
namespace {

template <auto F, class T>
void unary(std::byte* const* data, const std::int64_t* strides, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        *reinterpret_cast<T*>(data[1] + i * strides[1]) =
            F(*reinterpret_cast<const T*>(data[0] + i * strides[0]));
    }
}

template <auto F, class T>
void binary(std::byte* const* data, const std::int64_t* strides, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        *reinterpret_cast<T*>(data[2] + i * strides[2]) =
            F(*reinterpret_cast<const T*>(data[0] + i * strides[0]),
              *reinterpret_cast<const T*>(data[1] + i * strides[1]));
    }
}

template <auto F> void put_unary(KernelColumn& column, OpId id) {
    column.element[static_cast<int>(id)][static_cast<int>(DType::float32)] = unary<F, float>;
    column.element[static_cast<int>(id)][static_cast<int>(DType::float64)] = unary<F, double>;
}
template <auto F> void put_binary(KernelColumn& column, OpId id) {
    column.element[static_cast<int>(id)][static_cast<int>(DType::float32)] = binary<F, float>;
    column.element[static_cast<int>(id)][static_cast<int>(DType::float64)] = binary<F, double>;
}

constexpr auto logaddexp = []<class T>(T a, T b) {
    if (a == b) { // equal infinities too
        return a + static_cast<T>(0.693147180559945309417232121458);
    }
    const T distance = a - b;
    return distance > 0 ? a + std::log1p(std::exp(-distance))
           : distance <= 0 ? b + std::log1p(std::exp(distance))
                           : distance; // NaN
};

constexpr auto elu = []<class T>(T x, T alpha) { return x > 0 ? x : alpha * std::expm1(x); };

constexpr auto selu = []<class T>(T x) {
    constexpr T alpha = static_cast<T>(1.6732632423543772848170429916717);
    constexpr T scale = static_cast<T>(1.0507009873554804934193349852946);
    return scale * (x > 0 ? x : alpha * std::expm1(x));
};

constexpr auto power = [](auto a, auto b) { return std::pow(a, b); };

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
    put_unary<[](auto x) { return std::exp(x); }>(column, OpId::exp);
    put_unary<[](auto x) { return std::exp2(x); }>(column, OpId::exp2);
    put_unary<[](auto x) { return std::expm1(x); }>(column, OpId::expm1);
    put_unary<[](auto x) { return std::log(x); }>(column, OpId::log);
    put_unary<[](auto x) { return std::log2(x); }>(column, OpId::log2);
    put_unary<[](auto x) { return std::log10(x); }>(column, OpId::log10);
    put_unary<[](auto x) { return std::log1p(x); }>(column, OpId::log1p);
    put_unary<[](auto x) { return std::cbrt(x); }>(column, OpId::cbrt);
    put_unary<[](auto x) { return std::sin(x); }>(column, OpId::sin);
    put_unary<[](auto x) { return std::cos(x); }>(column, OpId::cos);
    put_unary<[](auto x) { return std::tan(x); }>(column, OpId::tan);
    put_unary<[](auto x) { return std::asin(x); }>(column, OpId::asin);
    put_unary<[](auto x) { return std::acos(x); }>(column, OpId::acos);
    put_unary<[](auto x) { return std::atan(x); }>(column, OpId::atan);
    put_unary<[](auto x) { return std::sinh(x); }>(column, OpId::sinh);
    put_unary<[](auto x) { return std::cosh(x); }>(column, OpId::cosh);
    put_unary<[](auto x) { return std::tanh(x); }>(column, OpId::tanh);
    put_unary<[](auto x) { return std::asinh(x); }>(column, OpId::asinh);
    put_unary<[](auto x) { return std::acosh(x); }>(column, OpId::acosh);
    put_unary<[](auto x) { return std::atanh(x); }>(column, OpId::atanh);
    put_unary<[](auto x) { return std::erf(x); }>(column, OpId::erf);
    put_unary<[](auto x) { return std::erfc(x); }>(column, OpId::erfc);
    put_unary<selu>(column, OpId::selu);
    put_binary<elu>(column, OpId::elu);
    put_binary<logaddexp>(column, OpId::logaddexp);
    put_binary<power>(column, OpId::pow);
    put_binary<[](auto a, auto b) { return std::atan2(a, b); }>(column, OpId::atan2);
    put_binary<[](auto a, auto b) { return std::hypot(a, b); }>(column, OpId::hypot);
    put_binary<[](auto a, auto b) { return std::nextafter(a, b); }>(column, OpId::nextafter);
    put_integer_power<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
                      std::uint16_t, std::uint32_t, std::uint64_t>(column);
    ElementKernel* next = column.element[static_cast<int>(OpId::nextafter)];
    next[static_cast<int>(DType::float16)] = binary<next_half, Float16>;
    next[static_cast<int>(DType::bfloat16)] = binary<next_half, BFloat16>;
}

} // namespace trivet::portable
