// SPDX-License-Identifier: Apache-2.0
// The engine and the kernels that are not transcendental (those: vecmath_tests.cpp).
#include "arrays.h"
#include "test.h"

#include <cfenv>
#include <cmath>
#include <limits>

using namespace trivet;
using Flags = std::vector<bool>;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double NaN = std::numeric_limits<double>::quiet_NaN();

Flags flags(const Array& a) {
    Flags out;
    for (const std::uint8_t each : values<std::uint8_t>(a)) {
        out.push_back(each != 0);
    }
    return out;
}

bool same_bits(double a, double b) {
    return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

double at(const Array& a, std::int64_t i) { return a.data_as<double>()[i]; }

} // namespace

TEST(broadcasting_repeats_axes_of_length_one) {
    const Array sum = add(counting<float>({2, 1, 3}), counting<float>({4, 1}));
    CHECK_EQUAL(Dims({2, 4, 3}), sum.shape());
    bool right = true;
    for (int i = 0; i < 24; ++i) {
        const int expected = i / 12 * 3 + i % 3 + i / 3 % 4;
        right &= sum.data_as<float>()[i] == static_cast<float>(expected);
    }
    CHECK(right);
    CHECK_RAISES(value, add(counting<float>({2}), counting<float>({3})));
}

TEST(every_layout_gives_the_same_sum) {
    const Array a = counting<double>({5, 7, 6});
    const Array b = multiply(a, row<double>({10}));
    const Array layouts[] = {b, copy(transpose(copy(transpose(b)))), transpose(copy(transpose(b))),
                             flip(copy(flip(b, std::nullopt)), std::nullopt)};
    for (const Array& x : layouts) {
        for (const Array& y : layouts) {
            CHECK_EQUAL(values<double>(multiply(a, row<double>({20}))), values<double>(add(x, y)));
        }
    }
    const Array f = transpose(copy(transpose(a)));
    CHECK(add(f, f).is_f_contiguous()); // results keep the arguments' order in memory
    CHECK_EQUAL(Dims({0, 3}),
                add(Array::empty({0, 3}, DType::float32), counting<float>({3})).shape());
}

TEST(large_arrays_are_cut_into_pieces_that_fit_together) {
    const Array a = counting<double>({1000, 700});
    const Array total = add(transpose(a), transpose(a));
    bool right = true;
    const auto list = values<double>(transpose(total));
    for (std::size_t i = 0; i < list.size(); ++i) {
        right &= list[i] == 2.0 * static_cast<double>(i);
    }
    CHECK(right);
}

TEST(types_are_cast_on_the_way) {
    const Array a = row<std::int8_t>({1, -2, 3});
    const Array b = row<float>({0.5F, 0.5F, 0.5F});
    CHECK_EQUAL(DType::float32, add(a, b).dtype());
    CHECK_EQUAL((std::vector<float>{1.5F, -1.5F, 3.5F}), values<float>(add(a, b)));
    const Array out = row<float>({0, 0, 0});
    elementwise_into(op("add"), std::vector<Array>{a, row<double>({1, 2, 3})}, out);
    CHECK_EQUAL((std::vector<float>{2, 0, 6}), values<float>(out));
    CHECK_RAISES(type, (elementwise_into(op("add"), std::vector<Array>{b, b}, a), 0));
}

TEST(half_types_round_once_to_nearest_even) {
    const Array one = Array::scalar(1.0, DType::float16);
    const Array tiny = Array::scalar(0x1p-11, DType::float16); // half a unit in the last place of 1
    CHECK_EQUAL(1.0, std::get<double>(add(one, tiny).item()));
    CHECK_EQUAL(1.0 + 0x1p-9,
                std::get<double>(add(Array::scalar(1.0 + 0x1p-10, DType::float16), tiny).item()));
    CHECK_EQUAL(DType::float16, add(one, tiny).dtype());
    CHECK(std::isinf(std::get<double>(
        add(Array::scalar(65504.0, DType::float16), Array::scalar(16.0, DType::float16)).item())));
    CHECK_EQUAL(65504.0, std::get<double>(add(Array::scalar(65504.0, DType::float16),
                                              Array::scalar(15.0, DType::float16))
                                              .item()));
    // A double just above the middle must not be rounded to float first.
    CHECK_EQUAL(1.0 + 0x1p-10,
                std::get<double>(Array::scalar(1.0 + 0x1p-11 + 0x1p-40, DType::float16).item()));
    CHECK_EQUAL(0x1p-24, std::get<double>(Array::scalar(0x1p-24, DType::float16).item()));
    CHECK_EQUAL(0.0, std::get<double>(Array::scalar(0x1p-25, DType::float16).item()));
}

TEST(every_half_number_survives_the_way_through_float) {
    for (const DType type : {DType::float16, DType::bfloat16}) {
        Array bits = Array::empty({65536}, DType::uint16);
        for (int i = 0; i < 65536; ++i) {
            bits.data_as<std::uint16_t>()[i] = static_cast<std::uint16_t>(i);
        }
        const Array halves = bits.view_as(type, {65536}, {2}, 0);
        const Array back = astype(astype(halves, DType::float32), type);
        const int nan_from = type == DType::float16 ? 0x7c00 : 0x7f80;
        int wrong = 0;
        for (int i = 0; i < 65536; ++i) {
            const int j = back.data_as<std::uint16_t>()[i];
            wrong += (i & 0x7fff) > nan_from ? (j & 0x7fff) <= nan_from : i != j;
        }
        CHECK_EQUAL(0, wrong);
    }
}

TEST(integers_wrap) {
    CHECK_EQUAL((std::vector<std::int8_t>{-128, -2}),
                values<std::int8_t>(add(row<std::int8_t>({127, -1}), row<std::int8_t>({1, -1}))));
    CHECK_EQUAL(
        (std::vector<std::uint16_t>{1}),
        values<std::uint16_t>(multiply(row<std::uint16_t>({65535}), row<std::uint16_t>({65535}))));
    const auto least = std::numeric_limits<std::int64_t>::min();
    CHECK_EQUAL((std::vector<std::int64_t>{least}),
                values<std::int64_t>(run("abs", {row<std::int64_t>({least})})));
    CHECK_EQUAL((std::vector<std::int64_t>{least}),
                values<std::int64_t>(run("negative", {row<std::int64_t>({least})})));
}

TEST(integer_division_is_floor_and_zero_by_zero) {
    const auto least = std::numeric_limits<std::int32_t>::min();
    const Array a = row<std::int32_t>({7, -7, 7, -7, 5, least, 0});
    const Array b = row<std::int32_t>({2, 2, -2, -2, 0, -1, 0});
    CHECK_EQUAL((std::vector<std::int32_t>{3, -4, -4, 3, 0, least, 0}),
                values<std::int32_t>(run("floor_divide", {a, b})));
    CHECK_EQUAL((std::vector<std::int32_t>{1, 1, -1, -1, 0, 0, 0}),
                values<std::int32_t>(run("remainder", {a, b})));
    CHECK_EQUAL((std::vector<std::int32_t>{1, -1, 1, -1, 0, 0, 0}),
                values<std::int32_t>(run("fmod", {a, b})));
    CHECK_EQUAL(DType::float64, divide(a, b).dtype());
}

TEST(real_floor_division_has_the_standards_special_cases) {
    const double cases[][4] = {// a, b, a // b, a % b
                               {7, 2, 3, 1},         {-7, 2, -4, 1},
                               {7, -2, -4, -1},      {-7, -2, 3, -1},
                               {1, inf, 0, 1},       {-1, inf, -1, inf},
                               {1, -inf, -1, -inf},  {0.0, 5, 0.0, 0.0},
                               {-0.0, 5, -0.0, 0.0}, {6, -3, -2, -0.0},
                               {inf, 2, NaN, NaN},   {1, 0.0, inf, NaN},
                               {NaN, 1, NaN, NaN},   {1, 0.1, 9, 0.09999999999999995}};
    for (const auto& c : cases) {
        const Array a = row<double>({c[0]});
        const Array b = row<double>({c[1]});
        const double quotient = at(run("floor_divide", {a, b}), 0);
        const double rest = at(run("remainder", {a, b}), 0);
        CHECK(same_bits(c[2], quotient));
        CHECK(same_bits(c[3], rest));
        if (!same_bits(c[2], quotient) || !same_bits(c[3], rest)) {
            std::printf("  %g, %g: %g, %g\n", c[0], c[1], quotient, rest);
        }
    }
}

TEST(signed_and_unsigned_integers_compare_by_value) {
    const auto most = ~std::uint64_t{0};
    const Array a = row<std::int64_t>({-1, -1, 5, 1});
    const Array b = row<std::uint64_t>({most, 0, 5, most});
    CHECK_EQUAL((Flags{false, false, true, false}), flags(run("equal", {a, b})));
    CHECK_EQUAL((Flags{true, true, false, true}), flags(run("not_equal", {b, a})));
    CHECK_EQUAL((Flags{true, true, false, true}), flags(run("less", {a, b})));
    CHECK_EQUAL((Flags{true, true, true, true}), flags(run("less_equal", {a, b})));
    CHECK_EQUAL((Flags{true, true, false, true}), flags(run("greater", {b, a})));
    CHECK_EQUAL((Flags{false, false, true, false}), flags(run("greater_equal", {a, b})));
    CHECK_EQUAL((Flags{true}),
                flags(run("less", {row<std::int8_t>({-1}), row<std::uint64_t>({0})})));
}

TEST(comparisons_with_nan_are_false_but_not_equal) {
    const Array a = row<double>({NaN, 1, 2});
    const Array b = row<double>({NaN, NaN, 2});
    CHECK_EQUAL((Flags{false, false, true}), flags(run("equal", {a, b})));
    CHECK_EQUAL((Flags{true, true, false}), flags(run("not_equal", {a, b})));
    CHECK_EQUAL((Flags{false, false, true}), flags(run("greater_equal", {a, b})));
}

TEST(maximum_takes_the_nan_and_fmax_leaves_it) {
    const Array a = row<double>({NaN, 1, -inf, 3});
    const Array b = row<double>({1, NaN, -5, 2});
    CHECK(std::isnan(at(run("maximum", {a, b}), 0)) && std::isnan(at(run("maximum", {a, b}), 1)));
    CHECK(std::isnan(at(run("minimum", {a, b}), 0)) && std::isnan(at(run("minimum", {a, b}), 1)));
    CHECK_EQUAL((std::vector<double>{1, 1, -5, 3}), values<double>(run("fmax", {a, b})));
    CHECK_EQUAL((std::vector<double>{1, 1, -inf, 2}), values<double>(run("fmin", {a, b})));
    const Array low = row<double>({0});
    const Array high = row<double>({2});
    CHECK(std::isnan(at(run("clip", {a, low, high}), 0)));
    CHECK_EQUAL(2.0, at(run("clip", {a, low, high}), 3));
}

TEST(where_takes_every_type_and_repeats) {
    const Array condition = row<std::int32_t>({1, 0, 2});
    CHECK_EQUAL((std::vector<double>{1, 9, 3}),
                values<double>(
                    where(condition, row<double>({1, 2, 3}), Array::scalar(9.0, DType::float64))));
    for (int t = 0; t < kDTypeCount; ++t) {
        const DType type = static_cast<DType>(t);
        const Array picked =
            where(condition, Array::scalar(true, type), Array::scalar(false, type));
        CHECK_EQUAL(type, picked.dtype());
        CHECK_EQUAL((std::vector<std::int64_t>{1, 0, 1}),
                    values<std::int64_t>(astype(picked, DType::int64)));
    }
}

TEST(shifts_past_the_width_leave_nothing) {
    const Array a = row<std::int8_t>({1, -128, 1, -1});
    const Array by = row<std::int8_t>({7, 1, 8, -1});
    CHECK_EQUAL((std::vector<std::int8_t>{-128, 0, 0, 0}),
                values<std::int8_t>(run("left_shift", {a, by})));
    CHECK_EQUAL((std::vector<std::int8_t>{0, -64, 0, -1}),
                values<std::int8_t>(run("right_shift", {a, by})));
    CHECK_EQUAL((std::vector<std::uint64_t>{0}),
                values<std::uint64_t>(
                    run("right_shift", {row<std::uint64_t>({5}), row<std::uint64_t>({64})})));
    CHECK_RAISES(type, run("bitwise_and", {row<float>({1}), row<float>({1})}));
}

TEST(complex_division_and_length_do_not_overflow_early) {
    using C = std::complex<double>;
    const Array big = row<C>({{1e300, 1e300}});
    const C one = values<C>(divide(big, big))[0];
    CHECK(std::abs(one - C(1, 0)) < 1e-15);
    CHECK(std::abs(at(run("abs", {big}), 0) / (std::sqrt(2.0) * 1e300) - 1) < 1e-15);
    const C small = values<C>(divide(row<C>({{1e-300, 0}}), row<C>({{1e-300, 1e-300}})))[0];
    CHECK(std::abs(small - C(0.5, -0.5)) < 1e-15);
    CHECK(std::isinf(at(run("abs", {row<C>({{inf, NaN}})}), 0)));
    CHECK_RAISES(type, run("less", {big, big}));
}

TEST(whole_powers_of_integers_wrap_and_negative_ones_are_refused) {
    const Array a = row<std::int64_t>({2, -3, 10});
    CHECK_EQUAL((std::vector<std::int64_t>{1024, 59049, 10000000000}),
                values<std::int64_t>(run("pow", {a, row<std::int64_t>({10})})));
    CHECK_EQUAL((std::vector<std::uint8_t>{0}),
                values<std::uint8_t>(run("pow", {row<std::uint8_t>({2}), row<std::uint8_t>({8})})));
    CHECK_RAISES(value, run("pow", {a, row<std::int64_t>({-1})}));
}

TEST(nextafter_knows_the_half_types_own_steps) {
    const Array one = Array::scalar(1.0, DType::float16);
    const Array two = Array::scalar(2.0, DType::float16);
    const Array zero = Array::scalar(0.0, DType::float16);
    CHECK_EQUAL(1.0 + 0x1p-10, std::get<double>(run("nextafter", {one, two}).item()));
    CHECK_EQUAL(1.0 - 0x1p-11, std::get<double>(run("nextafter", {one, zero}).item()));
    CHECK_EQUAL(0x1p-24, std::get<double>(run("nextafter", {zero, one}).item()));
    CHECK_EQUAL(1.0 + 0x1p-52,
                std::get<double>(run("nextafter", {row<double>({1}), row<double>({2})}).item()));
}

TEST(rounding_keeps_signed_zeros_and_halves_to_even) {
    const Array a = row<double>({-0.5, 0.5, 1.5, 2.5, -2.5, -0.0, inf});
    const std::pair<const char*, std::vector<double>> cases[] = {
        {"floor", {-1, 0, 1, 2, -3, -0.0, inf}},
        {"ceil", {-0.0, 1, 2, 3, -2, -0.0, inf}},
        {"trunc", {-0.0, 0, 1, 2, -2, -0.0, inf}},
        {"round", {-0.0, 0, 2, 2, -2, -0.0, inf}}};
    for (const auto& [name, expected] : cases) {
        const Array got = run(name, {a});
        for (std::size_t i = 0; i < expected.size(); ++i) {
            CHECK(same_bits(expected[i], at(got, static_cast<std::int64_t>(i))));
        }
    }
    CHECK_EQUAL(DType::int16, run("floor", {row<std::int16_t>({3})}).dtype());
}

TEST(kinds_of_numbers_are_told_apart_in_every_type) {
    const Array a = row<double>({NaN, inf, -inf, 0, -0.0, 5e-324});
    CHECK_EQUAL((Flags{1, 0, 0, 0, 0, 0}), flags(run("isnan", {a})));
    CHECK_EQUAL((Flags{0, 1, 1, 0, 0, 0}), flags(run("isinf", {a})));
    CHECK_EQUAL((Flags{0, 0, 0, 1, 1, 1}), flags(run("isfinite", {a})));
    CHECK_EQUAL((Flags{0, 0, 1, 0, 1, 0}),
                flags(run("signbit", {row<double>({1, inf, -inf, 0, -0.0, 5e-324})})));
    CHECK_EQUAL((Flags{true}), flags(run("isfinite", {row<std::int32_t>({3})})));
    CHECK_EQUAL((Flags{true}), flags(run("isnan", {row<std::complex<float>>({{0, NAN}})})));
}

TEST(casts_out_of_range_have_one_answer) {
    const Array a = row<double>({NaN, 1e30, -1e30, 300.7, -1, 3e9});
    const auto least = std::numeric_limits<std::int64_t>::min();
    CHECK_EQUAL((std::vector<std::int64_t>{least, least, least, 300, -1, 3000000000}),
                values<std::int64_t>(astype(a, DType::int64)));
    const auto least32 = std::numeric_limits<std::int32_t>::min();
    CHECK_EQUAL((std::vector<std::int32_t>{least32, least32, least32, 300, -1, least32}),
                values<std::int32_t>(astype(a, DType::int32)));
    CHECK_EQUAL((std::vector<std::uint8_t>{0, 0, 0, 44, 255, 0}),
                values<std::uint8_t>(astype(a, DType::uint8)));
    CHECK_EQUAL((Flags{1, 1, 1, 1, 1, 1}), flags(astype(a, DType::bool_)));
}

TEST(in_place_and_overlapping_outputs_are_safe) {
    const Array a = counting<float>({1000});
    elementwise_into(op("add"), std::vector<Array>{a, a}, a);
    CHECK_EQUAL(1998.0F, a.data_as<float>()[999]);
    const Array head = a.view({999}, {4}, 0);
    const Array tail = a.view({999}, {4}, 4);
    elementwise_into(op("add"), std::vector<Array>{head, tail}, tail); // as if read first
    CHECK_EQUAL(2.0F, a.data_as<float>()[1]);
    CHECK_EQUAL(3994.0F, a.data_as<float>()[999]);
    CHECK_RAISES(value,
                 (elementwise_into(op("add"), std::vector<Array>{a, a}, a.as_read_only()), 0));
    CHECK_RAISES(value, (elementwise_into(op("add"), std::vector<Array>{a, a}, head), 0));
}

TEST(an_empty_slot_names_op_dtype_and_device) {
    try {
        static_cast<void>(run(
            "fmax", {Array::full({1}, DType::bool_, true), Array::full({1}, DType::bool_, true)}));
        static_cast<void>(run("leaky_relu", {row<float>({1}), row<float>({1})}));
        raise_unimplemented(op("leaky_relu"), DType::float64, Device::cpu);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::unimplemented);
        CHECK_EQUAL("[leaky_relu] no kernel for this dtype on this device; got float64 on cpu",
                    std::string(error.what()));
    }
}

TEST(no_row_is_without_kernels_for_what_its_rule_admits) {
    for (const Op& row_of : op_table()) {
        for (int t = 0; t < kDTypeCount && row_of.op_class == OpClass::elementwise; ++t) {
            const Array one = Array::scalar(true, static_cast<DType>(t));
            try {
                static_cast<void>(elementwise(row_of, std::vector<Array>(row_of.arity, one)));
            } catch (const Error& error) {
                if (error.kind() == ErrorKind::unimplemented) {
                    std::printf("  %s\n", error.what());
                }
                CHECK(error.kind() == ErrorKind::type);
            }
        }
    }
}
