// SPDX-License-Identifier: Apache-2.0
// A column of the op table: the kernels of one device, by row and element type. On the CPU it is
// filled once, by the portable sources and then by those of the best instruction set that this CPU
// has. Kernels allocate nothing, never throw, and see only typed elements and byte strides.
#pragma once

#include "trivet/op_id.h"

#include <cstddef>
#include <cstdint>

namespace trivet {

// data: the arguments, then the result; strides in bytes. The result may be the same elements as an
// argument, and overlaps none otherwise.
using ElementKernel = void (*)(std::byte* const* data, const std::int64_t* strides,
                               std::int64_t count);

struct ReduceKernel {
    // acc[0] <- acc[0] op data[0] op data[1] ... (`count` elements, `stride` bytes apart)
    void (*fold)(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t count);
    // acc[j] <- acc[j] op data[0][j] op data[1][j] ... (`rows` rows `stride` bytes apart, each of
    // `count` contiguous elements)
    void (*rows)(std::byte* acc, const std::byte* data, std::int64_t stride, std::int64_t rows,
                 std::int64_t count);
};

struct ArgKernel {
    // The position of the first best of `count` > 0 elements.
    std::int64_t (*find)(const std::byte* data, std::int64_t stride, std::int64_t count);
    // Where data[j] is better than best[j]: best[j] <- data[j], position[j] <- row.
    void (*rows)(std::byte* best, std::int64_t* position, const std::byte* data, std::int64_t row,
                 std::int64_t count);
};

struct KernelColumn {
    ElementKernel element[kOpCount][kKeyCount]; // elementwise rows; scans with data = {in, out}
    ReduceKernel reduce[kOpCount][kDTypeCount];
    ArgKernel arg[kOpCount][kDTypeCount];
    ElementKernel cast[kDTypeCount][kDTypeCount]; // from, to; the diagonal copies
};

[[nodiscard]] const KernelColumn& cpu_kernels();

} // namespace trivet
