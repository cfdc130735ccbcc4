// SPDX-License-Identifier: Apache-2.0
// Conversions and copies: the cast kernels over the common walk, tiles where the orders differ.
#include "array/text.h"
#include "kernels/column.h"
#include "ops/broadcast.h"
#include "ops/iteration.h"
#include "ops/tiles.h"
#include "trivet/error.h"
#include "trivet/ops.h"
#include "trivet/thread.h"

namespace trivet {
namespace {

constexpr std::int64_t kGrain = 65536;
constexpr std::int64_t kTile = 32; // elements on a side

// Source and output disagree on which axis is contiguous: square tiles use every cache line that
// they touch.
bool wants_tiles(const Iteration& walk) {
    if (walk.ndim < 2) {
        return false;
    }
    const auto& inner = walk.strides[walk.ndim - 1];
    const auto& outer = walk.strides[walk.ndim - 2];
    return outer[0] != 0 && std::abs(outer[0]) < std::abs(inner[0]) &&
           walk.shape[walk.ndim - 1] >= 8 && walk.shape[walk.ndim - 2] >= 8;
}

// One plane of the last two axes, rows [first, last) of it.
void copy_tiles(ElementKernel cast, const Iteration& walk, std::byte* const* base,
                std::int64_t first, std::int64_t last) {
    const std::int64_t columns = walk.inner();
    const auto& inner = walk.strides[walk.ndim - 1];
    const auto& outer = walk.strides[walk.ndim - 2];
    for (std::int64_t i = first; i < last; i += kTile) {
        for (std::int64_t j = 0; j < columns; j += kTile) {
            const std::int64_t width = std::min(kTile, columns - j);
            for (std::int64_t r = i; r < std::min(i + kTile, last); ++r) {
                std::byte* at[] = {base[0] + r * outer[0] + j * inner[0],
                                   base[1] + r * outer[1] + j * inner[1]};
                cast(at, inner, width);
            }
        }
    }
}

// `item`: bytes of an element when the types are the same, otherwise 0.
void walk_tiles(ElementKernel cast, const Iteration& walk, std::size_t item) {
    Iteration planes = walk; // the walk without its last axis: its inner runs are the rows
    planes.ndim = walk.ndim - 1;
    planes.size = walk.size / walk.inner();
    const std::int64_t* inner = walk.strides[walk.ndim - 1];
    const std::int64_t* outer = walk.strides[walk.ndim - 2];
    const auto step = static_cast<std::int64_t>(item);
    const bool plain = item != 0 && outer[0] == step && inner[1] == step;
    const std::int64_t grain = std::max<std::int64_t>(64, kGrain / walk.inner() / 64 * 64);
    parallel_for(planes.size, grain, [&](std::int64_t begin, std::int64_t end) {
        planes.walk(begin, end, [&](std::byte* const* at, const std::int64_t*, std::int64_t rows) {
            if (plain) {
                transpose_plane(item, at[0], inner[0], at[1], outer[1], rows, walk.inner());
            } else {
                copy_tiles(cast, walk, at, 0, rows);
            }
        });
    });
}

void copy_elements(const Array& source, const Array& out) {
    const ElementKernel cast =
        cpu_kernels().cast[static_cast<int>(source.dtype())][static_cast<int>(out.dtype())];
    Iteration walk(out.shape());
    walk.add(source);
    walk.add(out);
    walk.finish();
    if (walk.size == 0) {
        return;
    }
    if (wants_tiles(walk)) {
        return walk_tiles(cast, walk, source.dtype() == out.dtype() ? item_size(out.dtype()) : 0);
    }
    parallel_for(walk.size, kGrain,
                 [&](std::int64_t begin, std::int64_t end) { walk.walk(begin, end, cast); });
}

} // namespace

void copy_into(const Array& source, const Array& out) {
    require_writable("copy_into", out);
    Dims shape = out.shape();
    if (!broadcast_with(shape, source.shape()) || shape != out.shape()) {
        raise(ErrorKind::value, "copy_into", "the source must broadcast to the output's shape",
              source.shape().text() + " into " + out.shape().text());
    }
    copy_elements(unsafe_overlap(source, out) ? copy(source) : source, out);
}

void fill_into(const Scalar& value, const Array& out) {
    copy_into(Array::scalar(value, out.dtype()), out);
}

Array copy(const Array& a) {
    Array out = Array::empty(a.shape(), a.dtype());
    copy_elements(a, out);
    return out;
}

Array astype(const Array& a, DType dtype, bool copy) {
    if (!copy && a.dtype() == dtype) {
        return a;
    }
    Array out = Array::empty(a.shape(), dtype);
    out = out.view(a.shape(), strides_like(a.shape(), std::span(&a, 1), item_size(dtype)), 0);
    copy_elements(a, out);
    return out;
}

Array contiguous(const Array& a) { return a.is_c_contiguous() ? a : copy(a); }

Array copy_fortran(const Array& a) {
    Dims shape = a.shape();
    const int n = a.ndim();
    if (n < 2) {
        return copy(a);
    }
    std::swap(shape[n - 2], shape[n - 1]);
    const Array out = matrix_transpose(Array::empty(shape, a.dtype()));
    copy_elements(a, out);
    return out;
}

} // namespace trivet
