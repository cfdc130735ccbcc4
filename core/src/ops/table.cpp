// SPDX-License-Identifier: Apache-2.0
// The table itself: op_rows.inc becomes constant data.
#include "ops/type_rules.h"
#include "trivet/error.h"
#include "trivet/op.h"

#include <algorithm>
#include <string>
#include <vector>

namespace trivet {
namespace {

constexpr Op kRows[] = {
#define TRIVET_OP(name, op_class, arity, shape, types)                                             \
    {OpId::name, #name, OpClass::op_class, arity, ShapeRule::shape, rules::types},
#include "trivet/op_rows.inc"
#undef TRIVET_OP
};

// Letters to insert, delete or replace to get from one word to the other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[b.size()];
}

} // namespace

std::span<const Op> op_table() { return kRows; }

const Op& op(OpId id) noexcept { return kRows[static_cast<std::size_t>(id)]; }

const Op& op(std::string_view name) {
    const Op* nearest = kRows;
    for (const Op& row : kRows) {
        if (row.name == name) {
            return row;
        }
        if (distance(row.name, name) < distance(nearest->name, name)) {
            nearest = &row;
        }
    }
    raise(ErrorKind::value, "op",
          "no such operation, the nearest name is \"" + std::string(nearest->name) + "\"", name);
}

void raise_unimplemented(const Op& op, DType dtype, Device device) {
    const std::string where = device == Device::cpu ? "cpu" : "unknown";
    raise(ErrorKind::unimplemented, op.name, "no kernel for this dtype on this device",
          std::string(dtype_name(dtype)) + " on " + where);
}

} // namespace trivet
