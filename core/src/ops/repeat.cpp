// SPDX-License-Identifier: Apache-2.0
// Elements and whole arrays, several times.
#include "array/text.h"
#include "ops/index_blocks.h"
#include "ops/slice.h"
#include "trivet/error.h"
#include "trivet/ops.h"

#include <algorithm>
#include <limits>

namespace trivet {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

[[noreturn]] void too_long(std::string_view op, const std::string& got) {
    raise(ErrorKind::memory, op, "the size of the result must fit 63 bits", got);
}

// int64, C order, one count or one per place of the axis; none negative.
Array checked_counts(const Array& counts, std::int64_t places) {
    if (is_inexact(counts.dtype())) {
        raise(ErrorKind::type, "repeat", "counts must be integers", text(counts));
    }
    if (counts.ndim() > 1 || (counts.size() != 1 && counts.size() != places)) {
        raise(ErrorKind::value, "repeat",
              "counts must be one, or one for each of " + std::to_string(places) + " places",
              text(counts));
    }
    Array out = contiguous(astype(counts, DType::int64, false));
    const auto* n = out.data_as<std::int64_t>();
    for (std::int64_t i = 0; i < out.size(); ++i) {
        if (n[i] < 0) { // also uint64 counts that int64 cannot hold
            raise(ErrorKind::value, "repeat", "counts must be from 0 to 2^63 - 1",
                  std::to_string(n[i]));
        }
    }
    return out;
}

// Every place `count` times: the copy of a view with one more axis.
Array repeat_all(const Array& a, std::int64_t count, int axis) {
    Dims shape = a.shape();
    if (shape[axis] > 0 && count > kMax / shape[axis]) {
        too_long("repeat", std::to_string(count) + " times " + text(a));
    }
    shape[axis] *= count;
    Array out = Array::empty(shape, a.dtype());
    if (out.size() == 0) {
        return out;
    }
    Dims from = a.shape();
    from.insert(axis + 1, count);
    Dims strides = a.strides();
    strides.insert(axis + 1, 0);
    copy_into(a.view(from, strides, a.offset()), reshape(out, from, false));
    return out;
}

Array repeat_each(const Array& a, const Array& counts, int axis) {
    const auto* n = counts.data_as<std::int64_t>();
    std::int64_t total = 0;
    for (std::int64_t i = 0; i < counts.size(); ++i) {
        if (n[i] > kMax - total) {
            too_long("repeat", text(counts));
        }
        total += n[i];
    }
    const Array offsets = Array::empty({total}, DType::int64);
    auto* out = offsets.data_as<std::int64_t>();
    const std::int64_t stride = a.strides()[axis];
    for (std::int64_t i = 0; i < counts.size(); ++i) {
        out = std::fill_n(out, n[i], i * stride);
    }
    return gather_blocks(without_axis(a, axis), axis, offsets);
}

} // namespace

Array repeat(const Array& a, const Array& counts, std::optional<int> axis) {
    if (!axis) {
        return repeat(reshape(a, {a.size()}), counts, 0);
    }
    const int k = canonical_axis("repeat", *axis, a.ndim());
    const Array checked = checked_counts(counts, a.shape()[k]);
    if (checked.size() == 1) {
        return repeat_all(a, *checked.data_as<std::int64_t>(), k);
    }
    return repeat_each(a, checked, k);
}

Array tile(const Array& a, const Dims& repetitions) {
    Dims times = repetitions;
    Dims part = a.shape();
    Dims part_strides = a.strides();
    while (times.size() < part.size()) {
        times.insert(0, 1);
    }
    while (part.size() < times.size()) {
        part.insert(0, 1);
        part_strides.insert(0, 0);
    }
    Dims shape = part;
    Dims split, strides; // the result with two axes for each of its own: which tile, where in it
    for (int i = 0; i < part.size(); ++i) {
        if (times[i] < 0) {
            raise(ErrorKind::value, "tile", "repetitions must not be negative", repetitions.text());
        }
        if (part[i] > 0 && times[i] > kMax / part[i]) {
            too_long("tile", repetitions.text() + " times " + text(a));
        }
        shape[i] = part[i] * times[i];
        if (times[i] != 1) {
            split.push_back(times[i]);
            strides.push_back(0);
        }
        if (part[i] != 1) {
            split.push_back(part[i]);
            strides.push_back(part_strides[i]);
        }
    }
    Array out = Array::empty(shape, a.dtype());
    if (out.size() > 0) {
        copy_into(a.view(split, strides, a.offset()), reshape(out, split, false));
    }
    return out;
}

} // namespace trivet
