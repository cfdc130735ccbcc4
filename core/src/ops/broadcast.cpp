// SPDX-License-Identifier: Apache-2.0
#include "ops/broadcast.h"

#include "trivet/error.h"
#include "trivet/ops.h"

namespace trivet {

bool broadcast_with(Dims& shape, const Dims& other) {
    while (shape.size() < other.size()) {
        shape.insert(0, 1);
    }
    const int skip = shape.size() - other.size();
    for (int i = 0; i < other.size(); ++i) {
        std::int64_t& size = shape[skip + i];
        if (size == 1) {
            size = other[i];
        } else if (other[i] != 1 && other[i] != size) {
            return false;
        }
    }
    return true;
}

std::string text(std::span<const Dims> shapes) {
    std::string out;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        out += (i == 0 ? "" : i + 1 == shapes.size() ? " and " : ", ") + shapes[i].text();
    }
    return out;
}

Dims broadcast_shapes(std::span<const Dims> shapes) {
    Dims shape;
    for (const Dims& other : shapes) {
        if (!broadcast_with(shape, other)) {
            raise(ErrorKind::value, "broadcast", "sizes of an axis must be equal or 1",
                  text(shapes));
        }
    }
    return shape;
}

} // namespace trivet
