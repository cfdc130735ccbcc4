// SPDX-License-Identifier: Apache-2.0
// Random indices of every kind, mixed, into arrays of every layout: against index_reference.h.
#include "arrays.h"
#include "index_reference.h"
#include "test.h"

#include <random>

using namespace trivet;
using Indices = std::vector<Index>;
using reference::List;

namespace {

class Random {
  public:
    explicit Random(unsigned seed) : engine_(seed) {}
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(engine_() % static_cast<unsigned>(high - low + 1));
    }
    bool one_in(std::int64_t n) { return between(1, n) == 1; }

    // Counting in C order, but laid out with permuted axes, gaps and negative strides.
    Array array(const List& shape) {
        Dims wide;
        Dims order;
        for (std::size_t i = 0; i < shape.size(); ++i) {
            wide.insert(0, shape[i] * 2);
            order.insert(0, static_cast<std::int64_t>(i));
        }
        Array out = permute_dims(Array::full(wide, DType::int64, std::int64_t{-1}), order);
        Dims size = out.shape();
        Dims strides = out.strides();
        std::int64_t offset = 0;
        for (int i = 0; i < size.size(); ++i) {
            size[i] /= 2;
            const bool back = size[i] > 0 && one_in(2);
            offset += back ? (size[i] - 1) * 2 * strides[i] : 0;
            strides[i] *= back ? -2 : 2;
        }
        out = out.view(size, strides, reference::product(shape) > 0 ? offset : 0);
        copy_into(counting<std::int64_t>(size), out);
        return out;
    }
    List shape() {
        List out(static_cast<std::size_t>(between(0, 4)));
        for (std::int64_t& n : out) {
            n = one_in(8) ? 0 : between(1, 4);
        }
        return out;
    }
    Indices index(const List& shape) {
        Indices out;
        bool ellipsis = false;
        for (std::size_t axis = 0; axis < shape.size() && !one_in(8);) {
            if (one_in(7)) {
                out.emplace_back(NewAxis{});
            } else if (!ellipsis && one_in(8)) {
                out.emplace_back(Ellipsis{});
                ellipsis = true;
                axis += static_cast<std::size_t>(
                    between(0, static_cast<std::int64_t>(shape.size() - axis)));
            } else if (one_in(6)) {
                out.emplace_back(mask({}));
            } else {
                axis += consume(out, shape, axis, ellipsis);
            }
        }
        return out;
    }

  private:
    // An index for one or more axes; the number of them. After an ellipsis the axes are not known:
    // only what is always in bounds.
    std::size_t consume(Indices& out, const List& shape, std::size_t axis, bool ellipsis) {
        const std::int64_t size = shape[axis];
        const auto bound = [&]() -> std::optional<std::int64_t> {
            return one_in(3) ? std::nullopt : std::optional(between(-size - 2, size + 2));
        };
        const std::int64_t kind = between(0, 3);
        if (kind == 0 || ellipsis || (size == 0 && kind != 3)) {
            const std::int64_t step = between(1, 3) * (one_in(2) ? 1 : -1);
            out.emplace_back(Slice{bound(), bound(), step});
        } else if (kind == 1) {
            out.emplace_back(between(-size, size - 1));
        } else if (kind == 2) {
            out.emplace_back(integers(size));
        } else {
            const std::size_t axes = static_cast<std::size_t>(
                between(1, static_cast<std::int64_t>(shape.size() - axis)));
            const auto first = shape.begin() + static_cast<std::ptrdiff_t>(axis);
            out.emplace_back(mask(List(first, first + static_cast<std::ptrdiff_t>(axes))));
            return axes;
        }
        return 1;
    }
    Array integers(std::int64_t size) {
        Dims shape({2, 3});
        for (int i = 0; i < 2; ++i) {
            shape[i] = one_in(3) ? 1 : shape[i];
        }
        for (std::int64_t drop = between(0, 2); drop > 0; --drop) {
            shape.erase(0);
        }
        Array out = Array::empty(shape, DType::int64);
        for (std::int64_t i = 0; i < out.size(); ++i) {
            out.data_as<std::int64_t>()[i] = between(-size, size - 1);
        }
        return out;
    }
    Array mask(const List& shape) {
        Array out = Array::empty(Dims(shape), DType::bool_);
        for (std::int64_t i = 0; i < out.size(); ++i) {
            out.data_as<bool>()[i] = one_in(2);
        }
        return out;
    }
    std::mt19937 engine_;
};

List list(const Dims& dims) { return List(dims.begin(), dims.end()); }

} // namespace

TEST(indexing_reads_what_the_naive_loop_reads) {
    Random random(1);
    for (int round = 0; round < 4000; ++round) {
        const List shape = random.shape();
        const Array a = random.array(shape);
        const Indices index = random.index(shape);
        if (const auto expected = reference::select(shape, index)) {
            const Array actual = index_get(a, index);
            CHECK_EQUAL(expected->shape, list(actual.shape()));
            CHECK_EQUAL(expected->source, values<std::int64_t>(actual));
        } else {
            CHECK_RAISES(index, index_get(a, index));
        }
    }
}

TEST(indexing_writes_what_the_naive_loop_writes) {
    Random random(2);
    for (int round = 0; round < 4000; ++round) {
        const List shape = random.shape();
        const Array a = random.array(shape);
        const Indices index = random.index(shape);
        const auto where = reference::select(shape, index);
        if (!where) {
            continue;
        }
        Dims value_shape(where->shape); // a random part of it: the value broadcasts
        for (std::int64_t& size : value_shape) {
            size = random.one_in(4) ? 1 : size;
        }
        while (!value_shape.empty() && value_shape[0] == 1 && random.one_in(2)) {
            value_shape.erase(0);
        }
        if (random.one_in(4) && value_shape.size() == static_cast<int>(where->shape.size())) {
            value_shape.insert(0, 1); // NumPy lets axes of size 1 stand in front
        }
        const Array value = run("negative", {random.array(list(value_shape))});
        Dims spread = value_shape;
        while (spread.size() > static_cast<int>(where->shape.size())) {
            spread.erase(0);
        }
        const List all =
            values<std::int64_t>(broadcast_to(reshape(value, spread), Dims(where->shape)));
        List expected = values<std::int64_t>(a);
        for (std::size_t i = 0; i < where->source.size(); ++i) {
            expected[static_cast<std::size_t>(where->source[i])] = all[i];
        }
        index_set(a, index, value);
        CHECK_EQUAL(expected, values<std::int64_t>(a));
    }
}
