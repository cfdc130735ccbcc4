// SPDX-License-Identifier: Apache-2.0
// The op table: one row per operation (op_rows.inc). A column of kernels belongs to a device (see
// core/src/kernels/column.h); a later feature (gradient, graph capture, another device) is a
// further column; a slot left empty raises one generic error that names op, dtype and device.
#pragma once

#include "trivet/array.h"
#include "trivet/op_id.h"

#include <array>
#include <span>
#include <string_view>

namespace trivet {

enum class OpClass : std::uint8_t { elementwise, reduction, arg_reduction, scan };

// What the shape of the result is.
enum class ShapeRule : std::uint8_t {
    broadcast, // of all arguments
    reduce,    // without the reduced axes
    same,      // as the argument's
};

inline constexpr int kMaxArity = 3;

// How a row runs for given argument types: every argument is cast to `in`, the kernel of slot `key`
// computes, its result is of type `out`. A float16 or bfloat16 slot that is empty stands for the
// float32 kernel: the engine casts on the way in and rounds once on the way out.
struct Loop {
    std::array<DType, kMaxArity> in{};
    DType out{};
    int key = 0; // a DType, or one of the two mixed keys of op_id.h
};
struct Op {
    OpId id;
    std::string_view name;
    OpClass op_class;
    std::uint8_t arity;
    ShapeRule shape;
    // The dtype rule; raises ErrorKind::type when the operation has no meaning for the types.
    Loop (*types)(const Op& op, const DType* args);
    // Further columns go here: vjp, capture, ... (a function pointer, nullptr = not there yet).
};

// All rows, in the order of the table.
[[nodiscard]] std::span<const Op> op_table();
[[nodiscard]] const Op& op(OpId id) noexcept;
// By name; raises ErrorKind::value with the nearest name.
[[nodiscard]] const Op& op(std::string_view name);

// The one error for an empty slot: ErrorKind::unimplemented with op, dtype and device.
[[noreturn]] void raise_unimplemented(const Op& op, DType dtype, Device device);

} // namespace trivet
