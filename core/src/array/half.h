// SPDX-License-Identifier: Apache-2.0
// float16 and bfloat16 as stored: bits, and their exact or nearest-even conversions from and to
// float. The functions are branch-free so that loops over them vectorise, and have internal linkage
// so that the kernels' objects can use them.
#pragma once

#include <cstdint>

namespace trivet {

struct Float16 {
    std::uint16_t bits;
};
struct BFloat16 {
    std::uint16_t bits;
};

static inline float to_float(Float16 h) {
    const std::uint32_t sign = static_cast<std::uint32_t>(h.bits & 0x8000u) << 16;
    const std::uint32_t magnitude = h.bits & 0x7fffu;
    // Normal numbers: rebias the exponent; 2^112 does it for subnormal ones too, exactly.
    const float scaled = __builtin_bit_cast(float, magnitude << 13) * 0x1p112f;
    const std::uint32_t infinite = (magnitude << 13) | 0x7f800000u;
    const std::uint32_t finite = __builtin_bit_cast(std::uint32_t, scaled);
    return __builtin_bit_cast(float, sign | (magnitude >= 0x7c00u ? infinite : finite));
}

static inline float to_float(BFloat16 h) {
    return __builtin_bit_cast(float, static_cast<std::uint32_t>(h.bits) << 16);
}

static inline Float16 to_float16(float value) {
    const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, value);
    const std::uint32_t sign = (bits >> 16) & 0x8000u;
    const std::uint32_t magnitude = bits & 0x7fffffffu;
    // Normal results: round to nearest even at bit 13; the carry may reach infinity, as it should.
    const std::uint32_t normal =
        (magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
    // Subnormal results: adding 0.5 leaves the rounded multiple of 2^-24 in the low bits.
    const std::uint32_t tiny =
        __builtin_bit_cast(std::uint32_t, __builtin_bit_cast(float, magnitude) + 0.5f) -
        0x3f000000u;
    const std::uint32_t nan = 0x7e00u | ((magnitude >> 13) & 0x3ffu);
    std::uint32_t out = magnitude < 0x38800000u ? tiny : normal;
    out = magnitude >= 0x47800000u ? 0x7c00u : out; // 65536 and more
    out = magnitude > 0x7f800000u ? nan : out;
    return {static_cast<std::uint16_t>(sign | out)};
}

static inline BFloat16 to_bfloat16(float value) {
    const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, value);
    const std::uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    const std::uint32_t nan = (bits >> 16) | 0x40u;
    return {static_cast<std::uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? nan : rounded)};
}

// A double rounded to odd in float keeps what a second rounding to a narrower type needs, so that
// double -> half rounds once.
static inline float to_odd_float(double value) {
    const float nearest = static_cast<float>(value);
    const double back = static_cast<double>(nearest);
    const std::uint32_t bits = __builtin_bit_cast(std::uint32_t, nearest);
    // Inexact and even: step one unit towards the true value, which makes the last bit odd.
    const std::uint32_t inward = bits - 1u;
    const std::uint32_t outward = bits + 1u;
    const bool too_far = value < 0 ? back < value : back > value;
    const bool change = back != value && value == value && (bits & 1u) == 0;
    return __builtin_bit_cast(float, !change ? bits : too_far ? inward : outward);
}

} // namespace trivet
