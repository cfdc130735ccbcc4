// SPDX-License-Identifier: Apache-2.0
// Taking along an axis, joining, repeating, rolling: against a loop over the elements.
#include "arrays.h"
#include "index_reference.h"
#include "test.h"

#include <algorithm>
#include <limits>

using namespace trivet;
using reference::coordinates;
using reference::List;

namespace {

constexpr std::int64_t kHigh = std::numeric_limits<std::int64_t>::max();

Array ints(const List& list) { return row<std::int64_t>(list); }
List flat(const Array& a) { return values<std::int64_t>(a); }

// Element `at` of `a`; a naive read.
std::int64_t element(const Array& a, const List& at) {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < at.size(); ++i) {
        offset += at[i] * a.strides()[static_cast<int>(i)];
    }
    return *reinterpret_cast<const std::int64_t*>(a.data() + offset);
}

// Checks out[at] == expected(at) for all places of `out`.
template <class Expected>
void check_each(const Dims& shape, const Array& out, const Expected& expected) {
    CHECK_EQUAL(shape, out.shape());
    const List sizes(out.shape().begin(), out.shape().end());
    for (std::int64_t i = 0; i < out.size(); ++i) {
        const List at = coordinates(i, sizes);
        CHECK_EQUAL(expected(at), element(out, at));
    }
}

// A (2, 3, 4) array that is not in C order.
Array sample() { return flip(transpose(counting<std::int64_t>({4, 3, 2})), Dims({1})); }

} // namespace

TEST(take_replaces_an_axis_by_the_axes_of_the_indices) {
    const Array a = sample();
    const Array indices = make<std::int64_t>({2, 2}, {2, -3, 0, -1});
    check_each({2, 2, 2, 4}, take(a, indices, 1), [&](const List& at) {
        const std::int64_t places[] = {2, 0, 0, 2};
        return element(a, {at[0], places[at[1] * 2 + at[2]], at[3]});
    });
    check_each({2, 3}, take(a, Array::scalar(std::int64_t{-1}, DType::int32), -1),
               [&](const List& at) { return element(a, {at[0], at[1], 3}); });
    CHECK_EQUAL(List({flat(a)[23], flat(a)[0]}), flat(take(a, ints({-1, 0}), std::nullopt)));
}

TEST(take_checks_its_bounds) {
    CHECK_RAISES(index, take(sample(), ints({3}), 1));
    CHECK_RAISES(index, take(sample(), ints({-4}), 1));
    CHECK_RAISES(index, take(sample(), ints({0}), 3));
    CHECK_RAISES(index, take(sample(), row<double>({0}), 1));
    CHECK_RAISES(index, take(counting<std::int64_t>({0}), ints({0}), 0));
    CHECK_EQUAL(Dims({0}), take(counting<std::int64_t>({0}), ints({}), 0).shape());
}

TEST(take_along_axis_has_one_index_for_each_element) {
    const Array a = sample();
    for (int axis = 0; axis < 3; ++axis) {
        Dims shape = a.shape();
        const std::int64_t size = shape[axis];
        shape[axis] = 5;
        Array indices = counting<std::int64_t>(shape);
        for (std::int64_t i = 0; i < indices.size(); ++i) {
            indices.data_as<std::int64_t>()[i] = i * 7 % (2 * size) - size;
        }
        check_each(shape, take_along_axis(a, indices, axis), [&](List at) {
            const std::int64_t index = element(indices, at);
            at[static_cast<std::size_t>(axis)] = index < 0 ? index + size : index;
            return element(a, at);
        });
    }
}

TEST(take_along_axis_broadcasts_the_other_axes) {
    const Array a = sample();
    const Array indices = make<std::int64_t>({1, 3, 1}, {3, 0, -1});
    check_each({2, 3, 1}, take_along_axis(a, indices, 2), [&](const List& at) {
        const std::int64_t places[] = {3, 0, 3};
        return element(a, {at[0], at[1], places[at[1]]});
    });
    const Array narrow = counting<std::int64_t>({1, 2});
    check_each({2, 1}, take_along_axis(narrow, make<std::int64_t>({2, 1}, {1, 0}), 1),
               [&](const List& at) { return at[0] == 0 ? 1 : 0; });
    CHECK_RAISES(value, take_along_axis(a, ints({0}), 0));
    CHECK_RAISES(value, take_along_axis(a, counting<std::int64_t>({2, 2, 1}), 2));
    CHECK_RAISES(index, take_along_axis(a, make<std::int64_t>({1, 1, 1}, {4}), 2));
}

TEST(nonzero_gives_the_coordinates_in_c_order) {
    const Array a = flip(make<double>({2, 5}, {0, 1.5, 0, 0, -1, 0, -0.0, 2, 0, 0}), Dims({1}));
    const std::vector<Array> found = nonzero(a); // rows: -1 0 0 1.5 0 and 0 0 2 -0 0
    CHECK_EQUAL(List({0, 0, 1}), flat(found[0]));
    CHECK_EQUAL(List({0, 3, 2}), flat(found[1]));
    CHECK_EQUAL(std::size_t{3}, nonzero(counting<std::int64_t>({2, 0, 2})).size());
    CHECK_RAISES(value, nonzero(Array::scalar(std::int64_t{1}, DType::int64)));
}

TEST(nonzero_skips_long_runs_of_zeros) {
    const Array a = Array::full({1000}, DType::bool_, false);
    List expected;
    for (const std::int64_t i : {0, 7, 8, 63, 64, 65, 500, 999}) {
        a.data_as<bool>()[i] = true;
        expected.push_back(i);
    }
    CHECK_EQUAL(expected, flat(nonzero(a)[0]));
}

TEST(concatenate_joins_along_an_axis_and_promotes) {
    const Array a = counting<std::int64_t>({2, 2});
    const Array b = flip(counting<std::int32_t>({2, 3}), Dims({0, 1}));
    const std::vector<Array> both = {a, b, Array::empty({2, 0}, DType::int8)};
    const Array out = concatenate(both, -1);
    CHECK_EQUAL(DType::int64, out.dtype());
    CHECK_EQUAL(Dims({2, 5}), out.shape());
    CHECK_EQUAL(List({0, 1, 5, 4, 3, 2, 3, 2, 1, 0}), flat(out));
    const std::vector<Array> mixed = {row<float>({1}), row<std::int32_t>({2})};
    CHECK_EQUAL(DType::float64, concatenate(mixed, 0).dtype());
    CHECK_EQUAL(List({0, 1, 2, 3, 5, 4, 3, 2, 1, 0}), flat(concatenate(both, std::nullopt)));
}

TEST(concatenate_refuses_what_does_not_fit) {
    const Array a = counting<std::int64_t>({2, 2});
    const Array zero_d = Array::scalar(std::int64_t{1}, DType::int64);
    CHECK_RAISES(value, concatenate(std::vector<Array>{}, 0));
    CHECK_RAISES(value, concatenate(std::vector<Array>{zero_d}, 0));
    CHECK_RAISES(value, concatenate(std::vector<Array>{a, ints({1, 2})}, 0));
    CHECK_RAISES(value, concatenate(std::vector<Array>{a, counting<std::int64_t>({3, 3})}, 0));
    CHECK_RAISES(index, concatenate(std::vector<Array>{a}, 2));
    CHECK_EQUAL(List({1, 1}), flat(concatenate(std::vector<Array>{zero_d, zero_d}, std::nullopt)));
    const Array wide = broadcast_to(zero_d, {kHigh / 2 + 1});
    CHECK_RAISES(memory, concatenate(std::vector<Array>{wide, wide}, 0));
}

TEST(stack_makes_a_new_axis) {
    const std::vector<Array> both = {counting<std::int64_t>({2, 3}),
                                     sample().view({2, 3}, {8, 16}, 0)};
    for (int axis = -3; axis < 3; ++axis) {
        const auto k = static_cast<std::size_t>(axis < 0 ? axis + 3 : axis);
        Dims shape({2, 3});
        shape.insert(static_cast<int>(k), 2);
        check_each(shape, stack(both, axis), [&](List at) {
            const Array& from = both[static_cast<std::size_t>(at[k])];
            at.erase(at.begin() + static_cast<std::ptrdiff_t>(k));
            return element(from, at);
        });
    }
    CHECK_RAISES(index, stack(both, 3));
    CHECK_RAISES(value, stack(std::vector<Array>{both[0], sample()}, 0));
    CHECK_RAISES(value, stack(std::vector<Array>{}, 0));
}

TEST(repeat_takes_one_count_or_one_for_each_place) {
    const Array a = sample();
    check_each({2, 9, 4}, repeat(a, ints({3}), 1),
               [&](const List& at) { return element(a, {at[0], at[1] / 3, at[2]}); });
    const std::int64_t from[] = {0, 2, 2, 2};
    check_each({2, 4, 4}, repeat(a, row<std::uint8_t>({1, 0, 3}), -2),
               [&](const List& at) { return element(a, {at[0], from[at[1]], at[2]}); });
    CHECK_EQUAL(List({0, 0, 1, 1}),
                flat(repeat(counting<std::int64_t>({2, 1}), ints({2}), std::nullopt)));
    CHECK_EQUAL(Dims({2, 0, 4}), repeat(a, ints({0}), 1).shape());
    CHECK_EQUAL(Dims({0, 2}), repeat(counting<std::int64_t>({0, 2}), ints({7}), 0).shape());
}

TEST(repeat_refuses_counts_that_are_negative_too_large_or_too_many) {
    const Array a = sample();
    CHECK_RAISES(value, repeat(a, ints({-1}), 0));
    CHECK_RAISES(value, repeat(a, ints({1, 2}), 1));
    CHECK_RAISES(value, repeat(a, make<std::int64_t>({1, 3}, {1, 2, 3}), 1));
    CHECK_RAISES(type, repeat(a, row<double>({1}), 0));
    CHECK_RAISES(memory, repeat(a, ints({kHigh}), 0));
    CHECK_RAISES(memory, repeat(a, ints({kHigh, kHigh}), 0));
    CHECK_RAISES(value, repeat(a, row<std::uint64_t>({std::uint64_t{1} << 63}), 0));
}

TEST(tile_repeats_the_whole) {
    const Array a = sample();
    check_each({4, 3, 12}, tile(a, {2, 1, 3}),
               [&](const List& at) { return element(a, {at[0] % 2, at[1], at[2] % 4}); });
    check_each({2, 3, 8}, tile(a, {2}),
               [&](const List& at) { return element(a, {at[0], at[1], at[2] % 4}); });
    check_each({3, 4}, tile(ints({5, 6}), {3, 2}),
               [&](const List& at) { return at[1] % 2 == 0 ? 5 : 6; });
    CHECK_EQUAL(Dims({0, 3, 4}), tile(a, {0, 1, 1}).shape());
    CHECK_EQUAL(Dims({2, 3, 4}), tile(a, Dims()).shape());
    CHECK_RAISES(value, tile(a, {-1}));
    CHECK_RAISES(memory, tile(a, {kHigh}));
}

TEST(roll_moves_the_end_to_the_front) {
    const Array a = sample();
    for (const std::int64_t shift : {0, 1, -1, 5, -9}) {
        check_each(a.shape(), roll(a, {shift}, Dims({1})), [&](const List& at) {
            return element(a, {at[0], ((at[1] - shift) % 3 + 3) % 3, at[2]});
        });
    }
    check_each(a.shape(), roll(a, {1, -1}, Dims({0, 2})), [&](const List& at) {
        return element(a, {(at[0] + 1) % 2, at[1], (at[2] + 1) % 4});
    });
    check_each(a.shape(), roll(a, {1}, Dims({1, 1, 2})), [&](const List& at) { // shifts add up
        return element(a, {at[0], (at[1] + 1) % 3, (at[2] + 3) % 4});
    });
    List all = flat(a);
    std::rotate(all.begin(), all.end() - 5, all.end());
    CHECK_EQUAL(all, flat(roll(a, {5}, std::nullopt)));
    CHECK_EQUAL(all, flat(roll(a, {-19}, std::nullopt)));
}

TEST(roll_takes_any_shift_and_any_size) {
    const Array a = counting<std::int64_t>({5}); // the largest shifts are 2 and -3 modulo 5
    CHECK_EQUAL(flat(roll(a, {2}, Dims({0}))), flat(roll(a, {kHigh}, Dims({0}))));
    CHECK_EQUAL(flat(roll(a, {-3}, Dims({0}))), flat(roll(a, {-kHigh - 1}, Dims({0}))));
    CHECK_EQUAL(Dims({0, 2}), roll(counting<std::int64_t>({0, 2}), {1}, std::nullopt).shape());
    CHECK_EQUAL(Dims({0, 2}), roll(counting<std::int64_t>({0, 2}), {1, 1}, Dims({0, 1})).shape());
    CHECK_RAISES(index, roll(a, {1}, Dims({1})));
    CHECK_RAISES(value, roll(sample(), {1, 2}, Dims({0, 1, 2})));
}
