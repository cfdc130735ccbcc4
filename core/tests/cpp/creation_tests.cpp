// SPDX-License-Identifier: Apache-2.0
// arange, linspace, eye, tril, triu, and shapes broadcast together.
#include "arrays.h"
#include "test.h"

#include <cmath>
#include <limits>

using namespace trivet;

namespace {

constexpr std::int64_t kHigh = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLow = std::numeric_limits<std::int64_t>::min();
constexpr DType kInt = DType::int64;
using List = std::vector<std::int64_t>;

Array whole_range(std::int64_t start, std::int64_t stop, std::int64_t step, DType dtype = kInt) {
    return arange(start, stop, step, dtype);
}
List whole_line(double start, double stop, std::int64_t count, bool endpoint = true) {
    return values<std::int64_t>(linspace(start, stop, count, kInt, endpoint));
}

} // namespace

TEST(arange_of_integers_is_a_loop) {
    for (std::int64_t start = -4; start <= 4; ++start) {
        for (std::int64_t stop = -4; stop <= 4; ++stop) {
            for (const std::int64_t step : {1, 2, 3, 7, -1, -2, -3, -7}) {
                List expected;
                for (std::int64_t i = start; step > 0 ? i < stop : i > stop; i += step) {
                    expected.push_back(i);
                }
                CHECK_EQUAL(expected, values<std::int64_t>(whole_range(start, stop, step)));
            }
        }
    }
}

TEST(arange_of_integers_is_exact_at_the_ends_of_int64) {
    CHECK_EQUAL(List({kHigh - 2, kHigh - 1}),
                values<std::int64_t>(whole_range(kHigh - 2, kHigh, 1)));
    CHECK_EQUAL(List({kLow, -1, kHigh - 1}), values<std::int64_t>(whole_range(kLow, kHigh, kHigh)));
    CHECK_EQUAL(List({kHigh, -1}), values<std::int64_t>(whole_range(kHigh, kLow, kLow)));
    const std::uint64_t top = std::numeric_limits<std::uint64_t>::max();
    const Array high = arange(top - 1, top, std::int64_t{1}, DType::uint64);
    CHECK_EQUAL(top - 1, values<std::uint64_t>(high).at(0));
}

TEST(arange_has_as_many_numbers_as_numpy) {
    struct Row {
        double start, stop, step;
        std::int64_t length;
    };
    for (const Row& r : {Row{0, 1, 0.1, 10}, Row{0, 1.05, 0.1, 11}, Row{1, 1.3, 0.1, 4},
                         Row{5, 1, -0.5, 8}, Row{0, 1, -1, 0}, Row{0, 5e-324, 1e300, 1},
                         Row{0, 5e-324, -1e300, 0}, Row{0.5, 3, 1, 3}}) {
        CHECK_EQUAL(r.length, arange(r.start, r.stop, r.step, DType::float64).size());
    }
}

TEST(arange_of_fractions_is_start_plus_i_times_step) {
    const auto list = values<double>(arange(0.5, 2.5, 0.25, DType::float64));
    for (std::size_t i = 0; i < list.size(); ++i) {
        CHECK_EQUAL(0.5 + 0.25 * static_cast<double>(i), list[i]);
    }
    const auto wide = values<float>(arange(0.0, 1e5, 0.1, DType::float32));
    for (std::size_t i = 0; i < wide.size(); i += 997) { // rounded once, not step by step
        CHECK_EQUAL(static_cast<float>(0.1 * static_cast<double>(i)), wide[i]);
    }
    CHECK_EQUAL(List({4, 5, 6}), values<std::int64_t>(arange(4.5, 7.0, std::int64_t{1}, kInt)));
    CHECK_EQUAL(List({0, 0, 0, 0}), values<std::int64_t>(arange(0.0, 2.0, 0.5, kInt)));
}

TEST(arange_makes_every_type) {
    for (int d = 1; d < kDTypeCount; ++d) {
        const Array out = whole_range(1, 9, 3, static_cast<DType>(d));
        CHECK_EQUAL(static_cast<DType>(d), out.dtype());
        CHECK_EQUAL(List({1, 4, 7}), values<std::int64_t>(astype(out, kInt)));
    }
    CHECK_EQUAL(std::int64_t{2}, whole_range(0, 2, 1, DType::bool_).size());
    CHECK_RAISES(type, whole_range(0, 3, 1, DType::bool_));
}

TEST(arange_refuses_what_has_no_length_or_does_not_fit) {
    CHECK_RAISES(value, whole_range(0, 1, 0));
    CHECK_RAISES(value, arange(0.0, 1.0, 0.0, DType::float64));
    CHECK_RAISES(value, arange(0.0, std::nan(""), 1.0, DType::float64));
    CHECK_RAISES(value, arange(0.0, HUGE_VAL, 1.0, DType::float64));
    CHECK_RAISES(value, arange(kLow, kHigh, std::int64_t{1}, kInt));
    CHECK_RAISES(memory, whole_range(0, kHigh, 1));
    CHECK_RAISES(overflow, whole_range(0, 300, 1, DType::int8));
    CHECK_RAISES(overflow, whole_range(-1, 3, 1, DType::uint8));
    CHECK_RAISES(overflow, arange(1e300, 2e300, 0.5e300, kInt));
    CHECK_RAISES(type, arange(std::complex<double>(0, 1), 3.0, 1.0, DType::complex128));
}

TEST(linspace_has_exact_ends) {
    for (const std::int64_t count : {2, 3, 7, 50, 1001}) {
        const auto list = values<double>(linspace(0.1, 0.7, count, DType::float64, true));
        CHECK_EQUAL(0.1, list.front());
        CHECK_EQUAL(0.7, list.back());
        for (std::size_t i = 1; i + 1 < list.size(); ++i) {
            const double step = (0.7 - 0.1) / static_cast<double>(count - 1);
            CHECK_EQUAL(static_cast<double>(i) * step + 0.1, list[i]);
        }
    }
    const std::int64_t odd = (std::int64_t{1} << 53) + 1; // no double
    const Array whole = linspace(odd, kHigh, 3, kInt, true);
    CHECK_EQUAL(odd, values<std::int64_t>(whole).front());
    CHECK_EQUAL(kHigh, values<std::int64_t>(whole).back());
}

TEST(linspace_without_end_point_stops_one_step_before) {
    CHECK_EQUAL(std::vector<double>({0, 0.25, 0.5, 0.75}),
                values<double>(linspace(0.0, 1.0, 4, DType::float64, false)));
    CHECK_EQUAL(std::vector<double>({3}),
                values<double>(linspace(3.0, 9.0, 1, DType::float64, true)));
    CHECK_EQUAL(std::int64_t{0}, linspace(3.0, 9.0, 0, DType::float64, true).size());
    const Array bytes = linspace(std::int64_t{0}, std::int64_t{256}, 256, DType::uint8, false);
    CHECK_EQUAL(255, values<std::uint8_t>(bytes).back());
}

TEST(linspace_of_integers_rounds_down) {
    CHECK_EQUAL(List({0, 3, 6, 10}), whole_line(0, 10, 4));
    CHECK_EQUAL(List({-10, -7, -4, 0}), whole_line(-10, 0, 4));
    CHECK_EQUAL(List({-1, 0, 0}), whole_line(-0.5, 0.5, 3));
}

TEST(linspace_divides_last_where_the_step_underflows) {
    const auto list = values<double>(linspace(0.0, 5e-324, 3, DType::float64, true));
    CHECK_EQUAL(std::vector<double>({0, 0.5 * 5e-324, 5e-324}), list);
}

TEST(linspace_makes_complex_numbers_and_refuses_what_does_not_fit) {
    using Complex = std::complex<double>;
    const Array line = linspace(Complex(0, 2), Complex(2, 0), 3, DType::complex128, true);
    CHECK_EQUAL(std::vector<Complex>({{0, 2}, {1, 1}, {2, 0}}) == values<Complex>(line), true);
    CHECK_RAISES(type, linspace(Complex(0, 2), 1.0, 3, DType::float64, true));
    CHECK_RAISES(value, linspace(0.0, 1.0, -1, DType::float64, true));
    CHECK_RAISES(overflow, linspace(0.0, 256.0, 3, DType::uint8, true));
    CHECK_RAISES(overflow, linspace(-1.0, 3.0, 3, DType::uint8, true));
    CHECK_RAISES(overflow, linspace(0.0, 1e30, 3, kInt, true));
    CHECK_RAISES(overflow, linspace(0.0, std::nan(""), 3, kInt, true));
}

TEST(eye_has_ones_on_diagonal_k) {
    for (const std::int64_t k : {kLow, std::int64_t{-3}, std::int64_t{-1}, std::int64_t{0},
                                 std::int64_t{2}, std::int64_t{4}, kHigh}) {
        for (int d = 0; d < kDTypeCount; ++d) {
            const auto list =
                values<std::int64_t>(astype(eye(3, 4, k, static_cast<DType>(d)), kInt));
            for (std::int64_t i = 0; i < 12; ++i) {
                const bool on = i % 4 - i / 4 == k;
                CHECK_EQUAL(on ? 1 : 0, list[static_cast<std::size_t>(i)]);
            }
        }
    }
    CHECK_EQUAL(Dims({0, 3}), eye(0, 3, 0, kInt).shape());
    CHECK_RAISES(value, eye(-1, 3, 0, kInt));
}

TEST(triangles_keep_their_side_of_diagonal_k) {
    const Array sources[] = {counting<std::int64_t>({2, 3, 4}),
                             transpose(counting<std::int64_t>({4, 3, 2}))};
    for (const Array& a : sources) {
        const auto all = values<std::int64_t>(a);
        for (const std::int64_t k :
             {kLow, std::int64_t{-2}, std::int64_t{0}, std::int64_t{1}, std::int64_t{3}, kHigh}) {
            const auto low = values<std::int64_t>(tril(a, k));
            const auto high = values<std::int64_t>(triu(a, k));
            for (std::size_t i = 0; i < all.size(); ++i) {
                const auto n = static_cast<std::int64_t>(i);
                const std::int64_t diagonal = n % 4 - n / 4 % 3;
                CHECK_EQUAL(diagonal <= k ? all[i] : 0, low[i]);
                CHECK_EQUAL(diagonal >= k ? all[i] : 0, high[i]);
            }
        }
    }
    CHECK_EQUAL(Dims({2, 0, 3}), tril(counting<std::int64_t>({2, 0, 3}), 0).shape());
    CHECK_RAISES(value, triu(counting<std::int64_t>({3}), 0));
}

TEST(shapes_broadcast_as_numpy_has_it) {
    const auto joint = [](const std::vector<Dims>& shapes) { return broadcast_shapes(shapes); };
    CHECK_EQUAL(Dims(), joint({}));
    CHECK_EQUAL(Dims({4, 3, 2}), joint({{3, 1}, {2}, {4, 1, 1}}));
    CHECK_EQUAL(Dims({0, 3}), joint({{0, 1}, {1, 3}}));
    CHECK_RAISES(value, joint({{0}, {3}}));
    CHECK_RAISES(value, joint({{2, 3}, {2}}));
}
