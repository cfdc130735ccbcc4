// SPDX-License-Identifier: Apache-2.0
// Reductions, positions and scans against plain loops in long double.
#include "arrays.h"
#include "test.h"
#include "trivet/thread.h"

#include <cmath>
#include <limits>
#include <random>

using namespace trivet;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();

template <class T> Array noise(const Dims& shape, T low, T high) {
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> pick(static_cast<double>(low),
                                                static_cast<double>(high));
    Array out = Array::empty(shape, kType<T>);
    for (std::int64_t i = 0; i < out.size(); ++i) {
        out.data_as<T>()[i] = static_cast<T>(pick(random));
    }
    return out;
}

// Calls f(position in the kept axes, value) for every element of a 3-d array, `axes` reduced.
template <class T, class F> void each(const Array& a, const Dims& axes, F f) {
    const Dims& s = a.shape();
    for (std::int64_t i = 0; i < s[0]; ++i) {
        for (std::int64_t j = 0; j < s[1]; ++j) {
            for (std::int64_t k = 0; k < s[2]; ++k) {
                const std::int64_t index[] = {i, j, k};
                std::int64_t place = 0;
                for (int axis = 0; axis < 3; ++axis) {
                    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) {
                        place = place * s[axis] + index[axis];
                    }
                }
                const auto offset = i * a.strides()[0] + j * a.strides()[1] + k * a.strides()[2];
                f(static_cast<std::size_t>(place), *reinterpret_cast<const T*>(a.data() + offset));
            }
        }
    }
}

const Dims kAxes[] = {{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}, {}};

template <class T> void check_sums(const Array& a, double tolerance) {
    for (const Dims& axes : kAxes) {
        const auto got = values<T>(sum(a, axes, false));
        std::vector<long double> expected(got.size());
        std::vector<long double> size(got.size());
        each<T>(a, axes, [&](std::size_t place, T value) {
            expected[place] += static_cast<long double>(value);
            size[place] += std::fabs(static_cast<long double>(value));
        });
        long double worst = 0;
        for (std::size_t i = 0; i < got.size(); ++i) {
            const long double error = std::fabs(static_cast<long double>(got[i]) - expected[i]);
            worst = std::max(worst, error == 0 ? 0 : error / size[i]);
        }
        CHECK(worst <= static_cast<long double>(tolerance));
        if (!(worst <= static_cast<long double>(tolerance))) {
            std::printf("  %s over %s: %Lg\n", a.strides().text().c_str(), axes.text().c_str(),
                        worst);
        }
    }
}

} // namespace

TEST(sums_over_any_axes_and_layout_agree_with_long_double) {
    const Array a = noise<float>({33, 70, 130}, -1, 1);
    for (const Dims& order : {Dims{0, 1, 2}, Dims{2, 1, 0}, Dims{1, 2, 0}, Dims{0, 2, 1}}) {
        check_sums<float>(permute_dims(a, order), 4e-7);
        check_sums<float>(permute_dims(flip(a, Dims{2}), order), 4e-7);
        check_sums<double>(permute_dims(astype(a, DType::float64), order), 1e-15);
    }
    check_sums<double>(noise<double>({2, 3, 5}, 0, 1), 1e-15);
    check_sums<double>(noise<double>({700, 2, 300}, 0, 1), 1e-15);
    check_sums<double>(noise<double>({3, 400, 500}, 0, 1), 1e-15);
}

TEST(a_long_float32_sum_is_pairwise_along_every_axis) {
    const Array a = noise<float>({1 << 20}, 0, 1);
    long double exact = 0;
    for (std::int64_t i = 0; i < a.size(); ++i) {
        exact += static_cast<long double>(a.data_as<float>()[i]);
    }
    const auto error = [&](const Array& total) {
        return static_cast<double>(
            std::fabs(static_cast<long double>(total.data_as<float>()[0]) - exact) / exact);
    };
    CHECK(error(sum(a, std::nullopt, false)) < 1.2e-7);
    const Array columns = reshape(a, {1 << 16, 16}); // naive addition would lose 1e-4 here
    CHECK(error(sum(sum(columns, Dims{0}, false), std::nullopt, false)) < 4e-7);
    const Array thin = noise<float>({1 << 20, 2}, 0, 1);
    CHECK(error(sum(multiply(thin, row<float>({0, 0})), Dims{0}, false)) <= 1);
    CHECK(error(sum(reshape(a, {1 << 18, 4}), Dims{0, 1}, false)) < 1.2e-7);
    const Array strided =
        multiply(broadcast_to(reshape(a, {1 << 20, 1}), {1 << 20, 2}), row<float>({1, 1}));
    CHECK(error(sum(strided, Dims{0}, false)) < 4e-7);
}

TEST(sums_do_not_depend_on_the_number_of_threads) {
    const Array a = noise<float>({1500, 1100}, -1, 1);
    const int before = num_threads();
    for (const Axes& axes : {Axes{}, Axes{Dims{0}}, Axes{Dims{1}}}) {
        set_num_threads(1);
        const auto one = values<float>(sum(a, axes, false));
        set_num_threads(3);
        CHECK(one == values<float>(sum(a, axes, false)));
    }
    set_num_threads(before);
}

TEST(sums_of_integers_are_wide_unless_asked) {
    const Array a = row<std::int8_t>({100, 100, 100});
    CHECK_EQUAL(DType::int64, sum(a, std::nullopt, false).dtype());
    CHECK_EQUAL(300, std::get<std::int64_t>(sum(a, std::nullopt, false).item()));
    CHECK_EQUAL(44, std::get<std::int64_t>(sum(a, std::nullopt, false, DType::int8).item()));
    CHECK_EQUAL(DType::uint64, sum(row<std::uint8_t>({200, 200}), std::nullopt, false).dtype());
    CHECK_EQUAL(2,
                std::get<std::int64_t>(
                    sum(astype(row<float>({1, 0, 2}), DType::bool_), std::nullopt, false).item()));
    CHECK_EQUAL(300.0, std::get<double>(sum(a, std::nullopt, false, DType::float32).item()));
}

TEST(half_sums_are_float32_inside) {
    const Array a = Array::full({4096}, DType::float16, 1.0); // would stop at 2048 in float16
    CHECK_EQUAL(DType::float16, sum(a, std::nullopt, false).dtype());
    CHECK_EQUAL(4096.0, std::get<double>(sum(a, std::nullopt, false).item()));
    const Array b = Array::full({600, 40}, DType::bfloat16, 1.0);
    CHECK_EQUAL(600.0, values<double>(astype(sum(b, Dims{0}, false), DType::float64))[39]);
}

TEST(empty_reductions_give_the_identity_or_an_error) {
    const Array none = Array::empty({0, 3}, DType::float32);
    CHECK_EQUAL((std::vector<float>{0, 0, 0}), values<float>(sum(none, Dims{0}, false)));
    CHECK_EQUAL((std::vector<float>{1, 1, 1}),
                values<float>(reduce(op("prod"), none, Dims{0}, false)));
    CHECK_EQUAL(Dims({0}), reduce(op("max"), none, Dims{1}, false).shape());
    CHECK_RAISES(value, reduce(op("max"), none, Dims{0}, false));
    CHECK(std::get<bool>(reduce(op("all"), none, std::nullopt, false).item()));
    CHECK_RAISES(value, arg_reduce(op("argmax"), none, 0, false));
    CHECK(std::isnan(std::get<double>(mean(none, std::nullopt, false).item())));
}

TEST(extremes_propagate_nan_and_agree_on_every_axis) {
    const Array a = noise<float>({20, 30, 40}, -5, 5);
    for (const Dims& axes : kAxes) {
        const auto low = values<float>(reduce(op("min"), a, axes, false));
        const auto high = values<float>(reduce(op("max"), a, axes, false));
        std::vector<float> least(low.size(), inf);
        std::vector<float> most(low.size(), -inf);
        each<float>(a, axes, [&](std::size_t place, float value) {
            least[place] = std::min(least[place], value);
            most[place] = std::max(most[place], value);
        });
        CHECK_EQUAL(least, low);
        CHECK_EQUAL(most, high);
    }
    for (const std::int64_t place : {0, 1, 500, 999}) {
        Array b = noise<float>({1000}, 0, 1);
        b.data_as<float>()[place] = NAN;
        CHECK(std::isnan(std::get<double>(reduce(op("max"), b, std::nullopt, false).item())));
        CHECK(std::isnan(std::get<double>(reduce(op("min"), b, std::nullopt, false).item())));
        CHECK_EQUAL(place, std::get<std::int64_t>(arg_reduce(op("argmax"), b, 0, false).item()));
        CHECK_EQUAL(place, std::get<std::int64_t>(arg_reduce(op("argmin"), b, 0, false).item()));
    }
    CHECK_EQUAL(-inf,
                static_cast<float>(std::get<double>(
                    reduce(op("max"), row<float>({-inf, -inf}), std::nullopt, false).item())));
}

TEST(positions_are_the_first_best_on_every_axis) {
    const Array a = astype(noise<float>({15, 40, 33}, 0, 9), DType::int16); // many equal elements
    for (const Dims& order : {Dims{0, 1, 2}, Dims{2, 0, 1}}) {
        const Array b = permute_dims(a, order);
        for (int axis = 0; axis < 3; ++axis) {
            const auto got = values<std::int64_t>(arg_reduce(op("argmax"), b, axis, false));
            std::vector<std::int64_t> at(got.size(), -1), seen(got.size(), 0);
            std::vector<int> best(got.size(), -1);
            each<std::int16_t>(b, Dims{axis}, [&](std::size_t place, std::int16_t value) {
                const std::int64_t here = seen[place]++;
                if (value > best[place]) {
                    best[place] = value;
                    at[place] = here;
                }
            });
            CHECK_EQUAL(at, got);
        }
    }
    CHECK_EQUAL(Dims({1, 1, 1}), arg_reduce(op("argmin"), a, std::nullopt, true).shape());
    const Array long_one = noise<float>({100000}, 0, 1);
    long_one.data_as<float>()[77777] = 2;
    long_one.data_as<float>()[88888] = 2;
    CHECK_EQUAL(77777, std::get<std::int64_t>(
                           arg_reduce(op("argmax"), long_one, std::nullopt, false).item()));
}

TEST(truth_is_counted_in_every_type) {
    const Array a = row<double>({0, NAN, -0.0, 2});
    CHECK_EQUAL(2,
                std::get<std::int64_t>(reduce(op("count_nonzero"), a, std::nullopt, false).item()));
    CHECK(std::get<bool>(reduce(op("any"), a, std::nullopt, false).item()));
    CHECK(!std::get<bool>(reduce(op("all"), a, std::nullopt, false).item()));
    const Array many = astype(counting<std::int32_t>({300, 200}), DType::bool_);
    CHECK_EQUAL(59999, std::get<std::int64_t>(
                           reduce(op("count_nonzero"), many, std::nullopt, false).item()));
    CHECK_EQUAL(299, values<std::int64_t>(reduce(op("count_nonzero"), many, Dims{0}, false))[0]);
    CHECK_EQUAL(
        199, values<std::int64_t>(reduce(op("count_nonzero"), transpose(many), Dims{0}, false))[0]);
}

TEST(variance_of_numbers_with_a_large_mean_keeps_its_digits) {
    const Array a = add(noise<double>({10000}, 0, 1), Array::scalar(1e9, DType::float64));
    long double middle = 0;
    for (int i = 0; i < 10000; ++i) {
        middle += static_cast<long double>(a.data_as<double>()[i]) / 10000;
    }
    long double square = 0;
    for (int i = 0; i < 10000; ++i) {
        const long double d = static_cast<long double>(a.data_as<double>()[i]) - middle;
        square += d * d;
    }
    const double got = std::get<double>(var(a, std::nullopt, 1, false).item());
    CHECK(std::fabs(static_cast<long double>(got) / (square / 9999) - 1) < 1e-12L);
    CHECK_EQUAL(std::sqrt(got), std::get<double>(std_dev(a, std::nullopt, 1, false).item()));
    CHECK_EQUAL(DType::float64, mean(row<std::int32_t>({1, 2}), std::nullopt, false).dtype());
    CHECK_EQUAL(1.5, std::get<double>(mean(row<std::int32_t>({1, 2}), std::nullopt, false).item()));
    using C = std::complex<double>;
    CHECK_EQUAL(2.0,
                std::get<double>(var(row<C>({{1, 1}, {-1, -1}}), std::nullopt, 0, false).item()));
    CHECK_EQUAL(Dims({1, 3}), var(counting<float>({2, 3}), Dims{0}, 0, true).shape());
}

TEST(logsumexp_neither_overflows_nor_makes_nan_of_infinities) {
    CHECK(std::fabs(
              std::get<double>(logsumexp(row<double>({1000, 1000}), std::nullopt, false).item()) -
              1000.6931471805599) < 1e-12);
    CHECK_EQUAL(-static_cast<double>(inf),
                std::get<double>(logsumexp(row<float>({-inf, -inf}), std::nullopt, false).item()));
    CHECK_EQUAL(static_cast<double>(inf),
                std::get<double>(logsumexp(row<float>({inf, 0}), std::nullopt, false).item()));
    CHECK_EQUAL(Dims({2, 1}), logsumexp(counting<float>({2, 3}), Dims{1}, true).shape());
    CHECK_EQUAL(Dims({2}), logsumexp(counting<float>({2, 1}), Dims{1}, false).shape());
}

TEST(scans_run_along_every_axis) {
    const Array a = counting<std::int32_t>({3, 20, 4});
    for (const Dims& order : {Dims{0, 1, 2}, Dims{2, 1, 0}}) {
        const Array b = permute_dims(a, order);
        for (int axis = 0; axis < 3; ++axis) {
            const Array got = scan(op("cumsum"), b, axis, std::nullopt, false);
            CHECK_EQUAL(DType::int64, got.dtype());
            CHECK_EQUAL(b.shape(), got.shape());
            std::vector<std::int64_t> total(static_cast<std::size_t>(b.size() / b.shape()[axis]));
            std::vector<std::int64_t> running; // in the order of each()
            each<std::int32_t>(b, Dims{axis}, [&](std::size_t place, std::int32_t value) {
                running.push_back(total[place] += value);
            });
            CHECK_EQUAL(running, values<std::int64_t>(got));
        }
    }
    CHECK_EQUAL((std::vector<double>{1, 2, 6, 24}),
                values<double>(scan(op("cumprod"), row<double>({2, 3, 4}), 0, std::nullopt, true)));
    CHECK_EQUAL((std::vector<double>{0, 2, 5}),
                values<double>(scan(op("cumsum"), row<double>({2, 3}), 0, std::nullopt, true)));
    CHECK_EQUAL(
        DType::float16,
        scan(op("cumsum"), Array::full({3}, DType::float16, 1.0), 0, std::nullopt, false).dtype());
}

TEST(complex_sums_and_products) {
    using C = std::complex<float>;
    const Array a = row<C>({{1, 2}, {3, 4}, {0, 1}});
    CHECK(C(4, 7) == values<C>(sum(a, std::nullopt, false))[0]);
    CHECK(C(-10, -5) == values<C>(reduce(op("prod"), a, std::nullopt, false))[0]);
    CHECK(C(30000, 60000) ==
          values<C>(sum(Array::full({300, 100}, DType::complex64, std::complex<double>(1, 2)),
                        std::nullopt, false))[0]);
}
