// SPDX-License-Identifier: Apache-2.0
// The rules of a[index] and a[index] = value, one by one.
#include "arrays.h"
#include "index_reference.h"
#include "test.h"

#include <limits>

using namespace trivet;
using Indices = std::vector<Index>;
using reference::List;

namespace {

Index ints(const List& places) { return row<std::int64_t>(places); }
Array bits(const Dims& shape, const std::vector<std::uint8_t>& values) {
    return astype(make<std::uint8_t>(shape, values), DType::bool_);
}
List get(const Array& a, const Indices& index) { return values<std::int64_t>(index_get(a, index)); }

} // namespace

TEST(slices_clamp_as_python_does) {
    std::vector<std::optional<std::int64_t>> bounds = {std::nullopt};
    constexpr std::int64_t kLow = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kHigh = std::numeric_limits<std::int64_t>::max();
    for (std::int64_t i = -7; i <= 7; ++i) {
        bounds.emplace_back(i);
    }
    bounds.insert(bounds.end(), {kLow, kHigh});
    for (const std::int64_t size : {0, 1, 5}) {
        const Array a = counting<std::int64_t>({size});
        for (const auto& start : bounds) {
            for (const auto& stop : bounds) {
                for (const std::int64_t step : {1, 2, 3, 9, -1, -2, -3, -9}) {
                    const Slice slice{start, stop, step};
                    CHECK_EQUAL(reference::slice_places(slice, size), get(a, {slice}));
                }
                const List far = get(a, {Slice{start, stop, kLow}});
                CHECK_EQUAL(get(a, {Slice{start, stop, -100}}), far);
                CHECK_EQUAL(get(a, {Slice{start, stop, 100}}), get(a, {Slice{start, stop, kHigh}}));
            }
        }
    }
    CHECK_RAISES(value, index_get(counting<std::int64_t>({3}), Indices{Slice{{}, {}, 0}}));
}

TEST(basic_indices_make_views_and_arrays_make_copies) {
    const Array a = counting<std::int64_t>({3, 4});
    CHECK(index_get(a, Indices{std::int64_t{1}}).storage() == a.storage());
    CHECK(index_get(a, Indices{Ellipsis{}, NewAxis{}, Slice{}}).storage() == a.storage());
    CHECK(!(index_get(a, Indices{ints({1})}).storage() == a.storage()));
    const Array zero_d = Array::scalar(std::int64_t{1}, DType::int64);
    CHECK(!(index_get(a, Indices{zero_d}).storage() == a.storage()));
    CHECK_EQUAL(List({4, 5, 6, 7}), get(a, {zero_d}));
    CHECK(index_get(a.as_read_only(), Indices{Slice{}}).read_only());
}

TEST(wrong_indices_raise_index_errors) {
    const Array a = counting<std::int64_t>({3, 4});
    constexpr std::int64_t kLow = std::numeric_limits<std::int64_t>::min();
    for (const std::int64_t bad : {std::int64_t{3}, std::int64_t{-4}, kLow}) {
        CHECK_RAISES(index, index_get(a, Indices{bad}));
        CHECK_RAISES(index, index_get(a, Indices{ints({0, bad})}));
        CHECK_RAISES(index, index_get(a, Indices{Array::scalar(bad, DType::int64)}));
    }
    const Array huge = row<std::uint64_t>({std::numeric_limits<std::uint64_t>::max()});
    CHECK_RAISES(index, index_get(a, Indices{huge}));
    CHECK_RAISES(index, index_get(a, Indices{Slice{}, Slice{}, Slice{}}));
    CHECK_RAISES(index, index_get(a, Indices{Ellipsis{}, Ellipsis{}}));
    CHECK_RAISES(index, index_get(a, Indices{ints({0, 1}), ints({0, 1, 2})}));
    CHECK_RAISES(index, index_get(a, Indices{row<double>({1})}));
    CHECK_RAISES(index, index_get(a, Indices{bits({2}, {1, 0})}));
    CHECK_RAISES(index, index_get(a, Indices{bits({3, 5}, std::vector<std::uint8_t>(15, 1))}));
    CHECK_RAISES(index, index_get(counting<std::int64_t>({0}), Indices{ints({0})}));
    CHECK_RAISES(index, index_get(counting<std::int64_t>({0}), Indices{std::int64_t{0}}));
}

TEST(an_index_error_names_axis_size_and_index) {
    try {
        static_cast<void>(
            index_get(counting<std::int64_t>({3, 4}), Indices{Slice{}, ints({0, 7})}));
        CHECK(false);
    } catch (const Error& e) {
        CHECK_EQUAL(std::string("[index] axis 1 has size 4: an index is from -4 to 3; got 7"),
                    std::string(e.what()));
    }
}

TEST(nothing_is_written_on_an_error) {
    const Array a = counting<std::int64_t>({3, 4});
    const List before = values<std::int64_t>(a);
    const Array one = Array::scalar(std::int64_t{-1}, DType::int64);
    CHECK_RAISES(index, (index_set(a, Indices{ints({0, 1, 9})}, one), 0));
    CHECK_RAISES(index, (index_set(a, Indices{ints({0}), ints({9})}, one), 0));
    CHECK_RAISES(value, (index_set(a, Indices{ints({0, 1})}, row<double>({1, 2, 3})), 0));
    CHECK_RAISES(value, (index_set(a, Indices{Slice{}}, counting<std::int64_t>({2, 3, 4})), 0));
    CHECK_RAISES(value, (index_set(a, Indices{bits({3}, {1, 1, 0})}, row<double>({1, 2, 3})), 0));
    CHECK_RAISES(value, (index_set(a.as_read_only(), Indices{std::int64_t{0}}, one), 0));
    CHECK_RAISES(value, (index_set(a.as_read_only(), Indices{ints({0})}, one), 0));
    CHECK_EQUAL(before, values<std::int64_t>(a));
}

TEST(the_last_of_repeated_indices_wins) {
    const Array a = counting<std::int64_t>({4});
    index_set(a, Indices{ints({2, 0, 2, -2})}, row<std::int64_t>({10, 20, 30, 40}));
    CHECK_EQUAL(List({20, 1, 40, 3}), values<std::int64_t>(a));
}

TEST(values_may_share_the_storage) {
    const Array a = counting<std::int64_t>({5});
    index_set(a, Indices{Slice{1, {}, {}}}, index_get(a, Indices{Slice{{}, -1, {}}}));
    CHECK_EQUAL(List({0, 0, 1, 2, 3}), values<std::int64_t>(a));
    const Array b = counting<std::int64_t>({5});
    index_set(b, Indices{ints({4, 3, 2, 1, 0})}, b);
    CHECK_EQUAL(List({4, 3, 2, 1, 0}), values<std::int64_t>(b));
    index_set(b, Indices{bits({5}, {1, 1, 1, 1, 0})}, index_get(b, Indices{Slice{1, {}, {}}}));
    CHECK_EQUAL(List({3, 2, 1, 0, 0}), values<std::int64_t>(b));
}

TEST(values_may_share_memory_that_was_borrowed_twice) {
    List memory = {0, 1, 2, 3, 4};
    const auto borrowed = [&] {
        return Array(StorageRef::borrow(memory.data(), 40, false, [] {}), DType::int64, {5}, {8},
                     0);
    };
    index_set(borrowed(), Indices{ints({4, 3, 2, 1, 0})}, borrowed());
    CHECK_EQUAL(List({4, 3, 2, 1, 0}), memory);
}

TEST(the_index_may_be_the_array_itself) {
    const Array a = row<std::int64_t>({2, 0, 1});
    index_set(a, Indices{a}, row<std::int64_t>({7, 8, 9}));
    CHECK_EQUAL(List({8, 9, 7}), values<std::int64_t>(a));
}

TEST(values_are_cast_as_astype_casts) {
    const Array a = counting<std::int64_t>({4});
    index_set(a, Indices{ints({0, 1})}, row<double>({7.9, -7.9}));
    index_set(a, Indices{std::int64_t{3}}, Array::scalar(2.5, DType::float32));
    CHECK_EQUAL(List({7, -7, 2, 2}), values<std::int64_t>(a));
}

TEST(index_arrays_of_every_integer_type_mean_the_same) {
    const Array a = counting<std::int64_t>({6});
    for (const DType dtype : {DType::int8, DType::int16, DType::int32, DType::int64, DType::uint8,
                              DType::uint16, DType::uint32, DType::uint64}) {
        CHECK_EQUAL(List({5, 0, 3}), get(a, {astype(row<std::int64_t>({5, 0, 3}), dtype)}));
    }
    CHECK_EQUAL(List({5, 4}), get(a, {row<std::int8_t>({-1, -2})}));
}

TEST(elements_of_every_type_are_read_and_written) {
    for (int d = 0; d < kDTypeCount; ++d) {
        const auto dtype = static_cast<DType>(d);
        const Array a = astype(row<std::int64_t>({0, 1, 1, 0, 1, 0, 1}), dtype);
        const Array picked = index_get(a, Indices{ints({6, 0, 4, 3})});
        CHECK_EQUAL(dtype, picked.dtype());
        CHECK_EQUAL(List({1, 0, 1, 0}), values<std::int64_t>(astype(picked, DType::int64)));
        index_set(a, Indices{ints({0, 3})}, row<std::int64_t>({1, 1}));
        CHECK_EQUAL(List({1, 1, 1, 1, 1, 0, 1}), values<std::int64_t>(astype(a, DType::int64)));
    }
}

TEST(large_selections_are_complete) { // several pieces, several threads
    constexpr std::int64_t kSize = 300000;
    const Array a = counting<std::int64_t>({kSize, 2});
    const Array back =
        run("subtract", {Array::scalar(kSize - 1, DType::int64), counting<std::int64_t>({kSize})});
    const Array actual = index_get(a, Indices{back});
    CHECK_EQUAL(values<std::int64_t>(flip(a, Dims({0}))), values<std::int64_t>(actual));
    const Array columns = index_get(a, Indices{Slice{}, ints({1, 0, 1})});
    const auto* c = columns.data_as<std::int64_t>();
    for (std::int64_t i = 0; i < kSize; i += 999) {
        CHECK(c[3 * i] == 2 * i + 1 && c[3 * i + 1] == 2 * i && c[3 * i + 2] == 2 * i + 1);
    }
    *(back.data_as<std::int64_t>() + kSize / 2) = kSize; // one bad index among many
    CHECK_RAISES(index, index_get(a, Indices{back}));
}

TEST(an_index_may_have_no_elements) {
    const Array a = counting<std::int64_t>({3, 4});
    const Index none = Array::empty({0}, DType::int64);
    CHECK_EQUAL(Dims({0, 4}), index_get(a, Indices{none}).shape());
    index_set(a, Indices{none}, Array::scalar(std::int64_t{9}, DType::int64));
    CHECK_EQUAL(values<std::int64_t>(counting<std::int64_t>({3, 4})), values<std::int64_t>(a));
}
