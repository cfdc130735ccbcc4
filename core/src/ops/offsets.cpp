// SPDX-License-Identifier: Apache-2.0
#include "ops/offsets.h"

#include "array/text.h"
#include "array/visit.h"
#include "ops/loops.h"
#include "trivet/error.h"
#include "trivet/ops.h"
#include "trivet/thread.h"

#include <cstring>
#include <string>

namespace trivet {
namespace {

constexpr std::int64_t kGrain = 1 << 15; // indices per piece of a parallel loop

[[noreturn]] void out_of_bounds(std::string_view op, const std::string& index,
                                const IndexedAxis& axis) {
    const std::string size = std::to_string(axis.size);
    const std::string rule = axis.size == 0 ? " is empty: no index is in bounds"
                                            : " has size " + size + ": an index is from -" + size +
                                                  " to " + std::to_string(axis.size - 1);
    raise(ErrorKind::index, op, "axis " + std::to_string(axis.number) + rule, index);
}

template <class T> T load(const std::byte* at) { // indices may lie at any address
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
}

// From the end when negative. What is out of bounds stays so, read as unsigned.
template <class T> std::uint64_t wrapped(T index, std::int64_t size) {
    if constexpr (std::is_unsigned_v<T>) {
        return static_cast<std::uint64_t>(index);
    } else {
        const auto wide = static_cast<std::int64_t>(index);
        return static_cast<std::uint64_t>(wide) +
               (wide < 0 ? static_cast<std::uint64_t>(size) : 0u);
    }
}

template <class T>
void fill_offsets(std::string_view op, const std::byte* index, const IndexedAxis& axis,
                  std::int64_t* out, std::int64_t count) {
    const auto size = static_cast<std::uint64_t>(axis.size);
    const auto stride = static_cast<std::uint64_t>(axis.stride);
    bool bad = false;
    for (std::int64_t i = 0; i < count; ++i) {
        const std::uint64_t at =
            wrapped(load<T>(index + i * static_cast<std::int64_t>(sizeof(T))), axis.size);
        bad |= at >= size;
        out[i] = static_cast<std::int64_t>(at * stride);
    }
    for (std::int64_t i = 0; bad && i < count; ++i) {
        const T value = load<T>(index + i * static_cast<std::int64_t>(sizeof(T)));
        if (wrapped(value, axis.size) >= size) {
            out_of_bounds(op, std::to_string(value), axis);
        }
    }
}

// The positions of the true bytes of a row, times `step`, plus `first`; writes one beyond them.
std::int64_t* fill_row(const std::byte* mask, std::int64_t mask_stride, std::int64_t count,
                       std::int64_t first, std::int64_t step, std::int64_t* out) {
    constexpr std::int64_t kWord = 8;
    for (std::int64_t j = 0; j < count;) {
        if (mask_stride == 1 && count - j >= kWord && load<std::uint64_t>(mask + j) == 0) {
            j += kWord;
            continue;
        }
        for (const std::int64_t end = std::min(count, j + kWord); j < end; ++j) {
            *out = first + j * step;
            out += mask[j * mask_stride] != std::byte{0} ? 1 : 0;
        }
    }
    return out;
}

} // namespace

Array integer_offsets(std::string_view op, const Array& index, const IndexedAxis& axis) {
    if (!is_integer(index.dtype())) {
        raise(ErrorKind::index, op, "an index array must be of an integer type or bool",
              text(index));
    }
    const Array packed = contiguous(index);
    Array out = Array::empty(index.shape(), DType::int64);
    visit(index.dtype(), [&]<class T>(std::type_identity<T>) {
        if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
            parallel_for(index.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
                fill_offsets<T>(op, packed.data() + begin * static_cast<std::int64_t>(sizeof(T)),
                                axis, out.data_as<std::int64_t>() + begin, end - begin);
            });
        }
    });
    return out;
}

std::int64_t integer_offset(std::string_view op, std::int64_t index, const IndexedAxis& axis) {
    const std::uint64_t at = wrapped(index, axis.size);
    if (at >= static_cast<std::uint64_t>(axis.size)) {
        out_of_bounds(op, std::to_string(index), axis);
    }
    return static_cast<std::int64_t>(at) * axis.stride;
}

std::int64_t count_true(const Array& mask) {
    Loops<1> loops;
    for (int i = 0; i < mask.ndim(); ++i) {
        loops.add(mask.shape()[i], {mask.strides()[i]});
    }
    const auto row = loops.take_last();
    std::int64_t count = 0;
    loops.run([&](const auto& at) {
        const std::byte* data = mask.data() + at[0];
        const std::int64_t stride = row.strides[0];
        if (stride == 1) {
            for (std::int64_t j = 0; j < row.size; ++j) {
                count += data[j] != std::byte{0} ? 1 : 0;
            }
        } else {
            for (std::int64_t j = 0; j < row.size; ++j) {
                count += data[j * stride] != std::byte{0} ? 1 : 0;
            }
        }
    });
    return count;
}

Array mask_offsets(const Array& mask, std::int64_t count, const std::int64_t* strides) {
    const Array out = Array::empty({count + 1}, DType::int64); // one to spare for fill_row
    Loops<2> loops;
    for (int i = 0; i < mask.ndim(); ++i) {
        loops.add(mask.shape()[i], {mask.strides()[i], strides[i]});
    }
    const auto row = loops.take_last();
    auto* next = out.data_as<std::int64_t>();
    loops.run([&](const auto& at) {
        next = fill_row(mask.data() + at[0], row.strides[0], row.size, at[1], row.strides[1], next);
    });
    return out.view({count}, out.strides(), 0);
}

} // namespace trivet
