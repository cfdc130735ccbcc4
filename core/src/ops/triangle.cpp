// SPDX-License-Identifier: Apache-2.0
// What lies on, under and over diagonal k of a matrix: the elements (i, i + k).
#include "array/text.h"
#include "trivet/error.h"
#include "trivet/ops.h"
#include "trivet/thread.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace trivet {
namespace {

// Of every row the columns [0, row + k), or else the others; zero elsewhere.
Array triangle(std::string_view op, const Array& a, std::int64_t k, bool keep_low) {
    if (a.ndim() < 2) {
        raise(ErrorKind::value, op, "the array must have at least 2 axes", text(a));
    }
    Array out = Array::empty(a.shape(), a.dtype());
    if (out.size() == 0) {
        return out;
    }
    const Array source = contiguous(a);
    const std::int64_t rows = a.shape()[a.ndim() - 2];
    const std::int64_t columns = a.shape()[a.ndim() - 1];
    const auto item = static_cast<std::int64_t>(item_size(a.dtype()));
    const std::int64_t bytes = columns * item;
    k = std::clamp(k, -rows, columns);
    const auto body = [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
            const std::int64_t edge = std::clamp<std::int64_t>(row % rows + k, 0, columns) * item;
            const std::int64_t from = keep_low ? 0 : edge;
            const std::int64_t to = keep_low ? edge : bytes;
            std::byte* row_out = out.data() + row * bytes;
            std::memset(row_out, 0, static_cast<std::size_t>(from));
            std::memcpy(row_out + from, source.data() + row * bytes + from,
                        static_cast<std::size_t>(to - from));
            std::memset(row_out + to, 0, static_cast<std::size_t>(bytes - to));
        }
    };
    parallel_for(out.size() / columns, std::max<std::int64_t>((1 << 18) / bytes, 1), body);
    return out;
}

} // namespace

Array tril(const Array& a, std::int64_t k) {
    // The columns up to row + k, that one included.
    return triangle("tril", a, k == std::numeric_limits<std::int64_t>::max() ? k : k + 1, true);
}

Array triu(const Array& a, std::int64_t k) { return triangle("triu", a, k, false); }

Array eye(std::int64_t rows, std::int64_t columns, std::int64_t k, DType dtype) {
    Array out = Array::empty({rows, columns}, dtype);
    if (out.size() > 0) {
        std::memset(out.data(), 0, static_cast<std::size_t>(out.nbytes()));
        fill_into(std::int64_t{1}, diagonal(out, std::clamp(k, -rows, columns), 0, 1));
    }
    return out;
}

} // namespace trivet
