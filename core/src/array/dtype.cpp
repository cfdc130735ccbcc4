// SPDX-License-Identifier: Apache-2.0
#include "trivet/dtype.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace trivet {
namespace {

struct Row {
    DType dtype;
    Kind kind;
    std::uint8_t size;
    std::string_view name;
};

constexpr std::array<Row, kDTypeCount> kRows{{
    {DType::bool_, Kind::boolean, 1, "bool"},
    {DType::int8, Kind::signed_int, 1, "int8"},
    {DType::int16, Kind::signed_int, 2, "int16"},
    {DType::int32, Kind::signed_int, 4, "int32"},
    {DType::int64, Kind::signed_int, 8, "int64"},
    {DType::uint8, Kind::unsigned_int, 1, "uint8"},
    {DType::uint16, Kind::unsigned_int, 2, "uint16"},
    {DType::uint32, Kind::unsigned_int, 4, "uint32"},
    {DType::uint64, Kind::unsigned_int, 8, "uint64"},
    {DType::float16, Kind::real, 2, "float16"},
    {DType::bfloat16, Kind::real, 2, "bfloat16"},
    {DType::float32, Kind::real, 4, "float32"},
    {DType::float64, Kind::real, 8, "float64"},
    {DType::complex64, Kind::complex, 8, "complex64"},
    {DType::complex128, Kind::complex, 16, "complex128"},
}};

constexpr bool rows_follow_the_enum() {
    for (int i = 0; i < kDTypeCount; ++i) {
        if (kRows[static_cast<std::size_t>(i)].dtype != static_cast<DType>(i)) {
            return false;
        }
    }
    return true;
}
static_assert(rows_follow_the_enum());

constexpr const Row& row(DType dtype) { return kRows[static_cast<std::size_t>(dtype)]; }

constexpr DType real_part(DType d) {
    return d == DType::complex64 ? DType::float32 : d == DType::complex128 ? DType::float64 : d;
}

constexpr DType with_imaginary(DType d) {
    return d == DType::float64 || d == DType::complex128 ? DType::complex128 : DType::complex64;
}

constexpr DType signed_of_size(int bytes) {
    return bytes == 1   ? DType::int8
           : bytes == 2 ? DType::int16
           : bytes == 4 ? DType::int32
                        : DType::int64;
}

constexpr DType join_integers(const Row& a, const Row& b) {
    if (a.kind == b.kind) {
        return a.size >= b.size ? a.dtype : b.dtype;
    }
    const Row& with_sign = a.kind == Kind::signed_int ? a : b;
    const Row& without = a.kind == Kind::signed_int ? b : a;
    if (with_sign.size > without.size) {
        return with_sign.dtype;
    }
    return without.size == 8 ? DType::float64 : signed_of_size(2 * without.size);
}

constexpr DType join_reals(const Row& a, const Row& b) {
    if (a.size == b.size) { // float16 and bfloat16: neither holds the other
        return a.dtype == b.dtype ? a.dtype : DType::float32;
    }
    return a.size > b.size ? a.dtype : b.dtype;
}

constexpr DType join_integer_real(const Row& integer, const Row& real) {
    if (integer.size == 1 || real.size == 8 || (integer.size == 2 && real.size == 4)) {
        return real.dtype;
    }
    return integer.size == 2 ? DType::float32 : DType::float64;
}

constexpr DType join(DType first, DType second) {
    const Row& a = row(std::min(first, second)); // the enum is ordered by kind
    const Row& b = row(std::max(first, second));
    if (a.kind == Kind::boolean || a.dtype == b.dtype) {
        return b.dtype;
    }
    if (b.kind == Kind::complex) {
        return with_imaginary(join(real_part(a.dtype), real_part(b.dtype)));
    }
    if (b.kind == Kind::real) {
        return a.kind == Kind::real ? join_reals(a, b) : join_integer_real(a, b);
    }
    return join_integers(a, b);
}

using Table = std::array<std::array<DType, kDTypeCount>, kDTypeCount>;

constexpr Table make_table() {
    Table table{};
    for (std::size_t a = 0; a < kDTypeCount; ++a) {
        for (std::size_t b = 0; b < kDTypeCount; ++b) {
            table[a][b] = join(static_cast<DType>(a), static_cast<DType>(b));
        }
    }
    return table;
}
constexpr Table kJoin = make_table();

} // namespace

Kind kind_of(DType dtype) { return row(dtype).kind; }
std::size_t item_size(DType dtype) { return row(dtype).size; }
std::string_view dtype_name(DType dtype) { return row(dtype).name; }

std::optional<DType> dtype_from_name(std::string_view name) {
    for (const Row& candidate : kRows) {
        if (candidate.name == name) {
            return candidate.dtype;
        }
    }
    return std::nullopt;
}

DType real_type(DType dtype) { return real_part(dtype); }
DType complex_type(DType dtype) { return with_imaginary(dtype); }

DType promote(DType a, DType b) {
    return kJoin[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)];
}

DType promote_weak(DType array, ScalarKind scalar) {
    const Kind kind = kind_of(array);
    switch (scalar) {
    case ScalarKind::boolean:
        return array;
    case ScalarKind::integer:
        return kind == Kind::boolean ? DType::int64 : array;
    case ScalarKind::real:
        return is_inexact(array) ? array : DType::float64;
    case ScalarKind::complex:
        return is_complex(array)      ? array
               : is_real_float(array) ? complex_type(array)
                                      : DType::complex128;
    }
    return array;
}

bool can_cast_safely(DType from, DType to) { return promote(from, to) == to; }

bool can_cast_same_kind(DType from, DType to) {
    constexpr auto order = [](Kind kind) { // NumPy's: bool < unsigned < signed < real < complex
        return kind == Kind::boolean        ? 0
               : kind == Kind::unsigned_int ? 1
               : kind == Kind::signed_int   ? 2
               : kind == Kind::real         ? 3
                                            : 4;
    };
    return order(kind_of(from)) <= order(kind_of(to)) || can_cast_safely(from, to);
}

} // namespace trivet
