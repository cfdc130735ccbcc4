// SPDX-License-Identifier: Apache-2.0
// Rows of the table that the core itself calls often, under their names.
#include "trivet/ops.h"

namespace trivet {
namespace {

template <class... A> Array call(OpId id, const A&... args) {
    const Array list[] = {args...};
    return elementwise(op(id), list);
}

} // namespace

Array add(const Array& a, const Array& b) { return call(OpId::add, a, b); }
Array subtract(const Array& a, const Array& b) { return call(OpId::subtract, a, b); }
Array multiply(const Array& a, const Array& b) { return call(OpId::multiply, a, b); }
Array divide(const Array& a, const Array& b) { return call(OpId::divide, a, b); }
Array where(const Array& condition, const Array& a, const Array& b) {
    return call(OpId::where, condition, a, b);
}

} // namespace trivet
