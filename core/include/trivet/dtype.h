// SPDX-License-Identifier: Apache-2.0
// The element types of an array, and the promotion rules of the array API standard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trivet {

// The order is part of the promotion table; new types go to the end of their kind.
enum class DType : std::uint8_t {
    bool_,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    float16,
    bfloat16,
    float32,
    float64,
    complex64,
    complex128,
};
inline constexpr int kDTypeCount = 15;

enum class Kind : std::uint8_t { boolean, signed_int, unsigned_int, real, complex };

[[nodiscard]] Kind kind_of(DType dtype);
[[nodiscard]] std::size_t item_size(DType dtype);                     // bytes
[[nodiscard]] std::string_view dtype_name(DType dtype);               // "float32"; "bool" for bool_
[[nodiscard]] std::optional<DType> dtype_from_name(std::string_view); // also "bool"
[[nodiscard]] inline bool is_integer(DType d) {
    return kind_of(d) == Kind::signed_int || kind_of(d) == Kind::unsigned_int;
}
[[nodiscard]] inline bool is_real_float(DType d) { return kind_of(d) == Kind::real; }
[[nodiscard]] inline bool is_complex(DType d) { return kind_of(d) == Kind::complex; }
[[nodiscard]] inline bool is_inexact(DType d) { return is_real_float(d) || is_complex(d); }
[[nodiscard]] DType real_type(DType dtype);    // complex64 -> float32; others unchanged
[[nodiscard]] DType complex_type(DType dtype); // float32 -> complex64, float64 -> complex128

// Array-API promotion, extended as NumPy 2 does (int + float -> float64 or float32 by NumPy's
// table; float16 + bfloat16 -> float32; uint64 + int64 -> float64).
[[nodiscard]] DType promote(DType a, DType b);

// A Python scalar is weak (NEP 50): it takes the array's type unless its kind is higher.
enum class ScalarKind : std::uint8_t { boolean, integer, real, complex };
[[nodiscard]] DType promote_weak(DType array, ScalarKind scalar);
[[nodiscard]] bool can_cast_safely(DType from, DType to);    // numpy "safe"
[[nodiscard]] bool can_cast_same_kind(DType from, DType to); // numpy "same_kind"

} // namespace trivet
