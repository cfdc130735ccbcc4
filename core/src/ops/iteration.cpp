// SPDX-License-Identifier: Apache-2.0
#include "ops/iteration.h"

#include <cstdlib>
#include <utility>

namespace trivet {

Iteration::Iteration(const Dims& common) : ndim(common.size()), size(1) {
    for (int i = 0; i < ndim; ++i) {
        shape[i] = common[i];
        size *= common[i];
    }
}

void Iteration::add(std::byte* first, const Dims& own_shape, const Dims& own_strides) {
    const int missing = ndim - own_shape.size();
    for (int i = 0; i < ndim; ++i) {
        const bool repeated = i < missing || (own_shape[i - missing] == 1 && shape[i] != 1);
        strides[i][operands] = repeated ? 0 : own_strides[i - missing];
    }
    data[operands++] = first;
}

bool Iteration::before(int i, int j) const { // axis i goes outside axis j
    for (int k = operands; k-- > 0;) {
        const std::int64_t a = std::abs(strides[i][k]);
        const std::int64_t b = std::abs(strides[j][k]);
        if (a != b && a != 0 && b != 0) {
            return a > b;
        }
    }
    return false;
}

void Iteration::merge() {
    int last = 0; // the axis that later ones are merged into
    for (int i = 1; i < ndim; ++i) {
        bool whole = true;
        for (int k = 0; k < operands; ++k) {
            whole &= strides[last][k] == strides[i][k] * shape[i];
        }
        if (whole) {
            shape[last] *= shape[i];
        } else {
            shape[++last] = shape[i];
        }
        std::copy_n(strides[i], operands, strides[last]);
    }
    ndim = last + 1;
}

void Iteration::finish() {
    int kept = 0;
    for (int i = 0; i < ndim; ++i) { // axes of length 1 do not matter
        if (shape[i] != 1) {
            shape[kept] = shape[i];
            std::copy_n(strides[i], operands, strides[kept]);
            ++kept;
        }
    }
    ndim = kept;
    if (ndim == 0) {
        ndim = 1;
        shape[0] = 1;
        std::fill_n(strides[0], operands, std::int64_t{0});
        return;
    }
    for (int i = 1; i < ndim; ++i) { // insertion sort: stable, and short lists
        for (int j = i; j > 0 && before(j, j - 1); --j) {
            std::swap(shape[j], shape[j - 1]);
            std::swap(strides[j], strides[j - 1]);
        }
    }
    merge();
}

void Iteration::start(std::int64_t position, std::int64_t* index, std::byte** at) const {
    std::copy_n(data, operands, at);
    if (size == 0) {
        return;
    }
    for (int i = ndim; i-- > 0;) {
        index[i] = position % shape[i];
        position /= shape[i];
        for (int k = 0; k < operands; ++k) {
            at[k] += index[i] * strides[i][k];
        }
    }
}

void Iteration::next(std::int64_t* index, std::byte** at) const {
    for (int k = 0; k < operands; ++k) {
        at[k] -= index[ndim - 1] * strides[ndim - 1][k];
    }
    index[ndim - 1] = 0;
    for (int i = ndim - 1; i-- > 0;) {
        for (int k = 0; k < operands; ++k) {
            at[k] += strides[i][k];
        }
        if (++index[i] < shape[i]) {
            return;
        }
        for (int k = 0; k < operands; ++k) {
            at[k] -= shape[i] * strides[i][k];
        }
        index[i] = 0;
    }
}

Dims strides_like(const Dims& shape, std::span<const Array> args, std::size_t item) {
    Iteration walk(shape);
    for (const Array& a : args) {
        walk.add(a);
    }
    int order[kMaxDims]; // outermost first
    for (int i = 0; i < shape.size(); ++i) {
        order[i] = i;
    }
    const auto before = [&](int i, int j) {
        for (int k = 0; k < walk.operands; ++k) {
            const std::int64_t a = std::abs(walk.strides[i][k]);
            const std::int64_t b = std::abs(walk.strides[j][k]);
            if (a != b && a != 0 && b != 0 && shape[i] != 1 && shape[j] != 1) {
                return a > b;
            }
        }
        return i < j;
    };
    for (int i = 1; i < shape.size(); ++i) {
        for (int j = i; j > 0 && before(order[j], order[j - 1]); --j) {
            std::swap(order[j], order[j - 1]);
        }
    }
    Dims strides(shape.size(), 0);
    auto stride = static_cast<std::int64_t>(item);
    for (int i = shape.size(); i-- > 0;) {
        strides[order[i]] = stride;
        stride *= walk.size == 0 ? 1 : shape[order[i]];
    }
    return strides;
}

namespace {

struct Extent {
    const std::byte* begin;
    const std::byte* end;
};

Extent extent(const Array& a) {
    const std::byte* low = a.data();
    const std::byte* high = low + item_size(a.dtype());
    for (int i = 0; i < a.ndim(); ++i) {
        const std::int64_t reach = (a.shape()[i] - 1) * a.strides()[i];
        (reach < 0 ? low : high) += reach;
    }
    return {low, high};
}

} // namespace

bool unsafe_overlap(const Array& in, const Array& out) {
    if (in.size() == 0 || out.size() == 0) {
        return false;
    }
    const Extent a = extent(in);
    const Extent b = extent(out);
    if (a.end <= b.begin || b.end <= a.begin) {
        return false;
    }
    return in.data() != out.data() || in.shape() != out.shape() || in.strides() != out.strides() ||
           item_size(in.dtype()) != item_size(out.dtype());
}

} // namespace trivet
