// SPDX-License-Identifier: Apache-2.0
// Linear algebra by the backend that was built beside the tests: residuals against products in
// long double, the thresholds of the reference LAPACK's own tests, and what is refused.
#include "arrays.h"
#include "test.h"
#include "trivet/blas.h"
#include "trivet/linalg.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

using namespace trivet;

namespace {

using Wide = std::complex<long double>;

// The test's own environment names the backend; it is loaded by the first case that asks.
void need_backend() {
    if (!blas::has_backend()) {
        const char* path = std::getenv("TRIVET_TEST_BACKEND");
        blas::load_backend(path ? path : "TRIVET_TEST_BACKEND is not set");
    }
}

template <class T> long double eps() {
    return std::numeric_limits<decltype(std::abs(T{}))>::epsilon();
}

// A matrix in long double, column by column.
struct Matrix {
    std::int64_t rows, columns;
    std::vector<Wide> elements;
    Matrix(std::int64_t m, std::int64_t n)
        : rows(m), columns(n), elements(static_cast<std::size_t>(m * n)) {}
    Wide& at(std::int64_t i, std::int64_t j) {
        return elements[static_cast<std::size_t>(i + j * rows)];
    }
    [[nodiscard]] Wide at(std::int64_t i, std::int64_t j) const {
        return elements[static_cast<std::size_t>(i + j * rows)];
    }
};

template <class T> Matrix widen(const Array& a) {
    const std::vector<T> list = values<T>(a);
    const std::int64_t columns = a.ndim() == 1 ? 1 : a.shape()[1];
    Matrix out(a.shape()[0], columns);
    for (std::int64_t i = 0; i < out.rows; ++i) {
        for (std::int64_t j = 0; j < columns; ++j) {
            const T value = list[static_cast<std::size_t>(i * columns + j)];
            out.at(i, j) = Wide(std::real(value), std::imag(value));
        }
    }
    return out;
}

Matrix times(const Matrix& a, const Matrix& b) {
    Matrix out(a.rows, b.columns);
    for (std::int64_t j = 0; j < b.columns; ++j) {
        for (std::int64_t k = 0; k < a.columns; ++k) {
            for (std::int64_t i = 0; i < a.rows; ++i) {
                out.at(i, j) += a.at(i, k) * b.at(k, j);
            }
        }
    }
    return out;
}

Matrix adjoint(const Matrix& a) {
    Matrix out(a.columns, a.rows);
    for (std::int64_t i = 0; i < a.rows; ++i) {
        for (std::int64_t j = 0; j < a.columns; ++j) {
            out.at(j, i) = std::conj(a.at(i, j));
        }
    }
    return out;
}

Matrix identity(std::int64_t n) {
    Matrix out(n, n);
    for (std::int64_t i = 0; i < n; ++i) {
        out.at(i, i) = 1;
    }
    return out;
}

Matrix diagonal(const std::vector<long double>& entries) {
    Matrix out = identity(static_cast<std::int64_t>(entries.size()));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto place = static_cast<std::int64_t>(i);
        out.at(place, place) = entries[i];
    }
    return out;
}

// The greatest sum of magnitudes of a column.
long double norm1(const Matrix& a) {
    long double most = 0;
    for (std::int64_t j = 0; j < a.columns; ++j) {
        long double sum = 0;
        for (std::int64_t i = 0; i < a.rows; ++i) {
            sum += std::abs(a.at(i, j));
        }
        most = std::max(most, sum);
    }
    return most;
}

// |a - b| / (n |a| eps), the ratio that LAPACK's tests hold against 30, 35 and 60.
template <class T> long double ratio(const Matrix& a, const Matrix& b) {
    CHECK_EQUAL(a.rows, b.rows);
    CHECK_EQUAL(a.columns, b.columns);
    Matrix rest = a;
    for (std::size_t i = 0; i < rest.elements.size(); ++i) {
        rest.elements[i] -= b.elements[i];
    }
    const auto n = static_cast<long double>(std::max(a.rows, a.columns));
    return norm1(rest) / (n * std::max(norm1(a), eps<T>()) * eps<T>());
}

// Elements in (-1, 1) of a fixed sequence; complex ones have both parts.
template <class T> Array random(const Dims& shape, std::uint64_t seed) {
    std::uint64_t state = seed * 2 + 1;
    const auto next = [&state] {
        state = state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<double>(state >> 11) / 9007199254740992.0 * 2 - 1;
    };
    std::vector<T> list(static_cast<std::size_t>(shape.product()));
    for (T& value : list) {
        if constexpr (std::is_floating_point_v<T>) {
            value = static_cast<T>(next());
        } else {
            value = T(static_cast<typename T::value_type>(next()),
                      static_cast<typename T::value_type>(next()));
        }
    }
    return make(shape, list);
}

// a^H a + n: Hermitian and positive definite.
template <class T> Array definite(std::int64_t n, std::uint64_t seed) {
    const Matrix a = widen<T>(random<T>({n, n}, seed));
    const Matrix square = times(adjoint(a), a);
    std::vector<T> list;
    for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t j = 0; j < n; ++j) {
            const Wide value = square.at(i, j) + Wide(i == j ? static_cast<long double>(n) : 0);
            if constexpr (std::is_floating_point_v<T>) {
                list.push_back(static_cast<T>(value.real()));
            } else {
                list.push_back(static_cast<T>(value));
            }
        }
    }
    return make({n, n}, list);
}

template <class T> std::vector<long double> reals(const Array& a) {
    using Real = decltype(std::abs(T{}));
    std::vector<long double> out;
    for (const Real value : values<Real>(a)) {
        out.push_back(value);
    }
    return out;
}

constexpr std::int64_t kSizes[] = {1, 2, 3, 5, 9, 33, 65};
constexpr std::pair<std::int64_t, std::int64_t> kShapes[] = {{1, 1},  {5, 5},  {9, 3},   {3, 9},
                                                             {65, 1}, {1, 65}, {65, 20}, {20, 65}};

// Runs `rule(T{})` for the four types of BLAS.
template <class Rule> void for_types(Rule rule) {
    need_backend();
    rule(float{});
    rule(double{});
    rule(std::complex<float>{});
    rule(std::complex<double>{});
}

} // namespace

TEST(the_loaded_backend_names_its_library) {
    need_backend();
    CHECK(!blas::current().library.empty());
    CHECK_EQUAL(TRIVET_BACKEND_ABI, blas::current().abi_version);
}

TEST(matmul_is_the_product_for_every_layout) {
    for_types([](auto type) {
        using T = decltype(type);
        for (const auto& [m, n] : kShapes) {
            const Array a = random<T>({m, n}, 1);
            const Array b = random<T>({n, m}, 2);
            const Matrix expected = times(widen<T>(a), widen<T>(b));
            CHECK(ratio<T>(expected, widen<T>(linalg::matmul(a, b))) < 16);
            const Array turned = transpose(linalg::matmul(transpose(b), transpose(a)));
            CHECK(ratio<T>(expected, widen<T>(turned)) < 16);
            const Array flipped = linalg::matmul(flip(flip(a, Dims{0}), Dims{0}), b);
            CHECK(ratio<T>(expected, widen<T>(flipped)) < 16);
        }
    });
}

TEST(solve_and_inv_undo_the_product) {
    for_types([](auto type) {
        using T = decltype(type);
        for (const std::int64_t n : kSizes) {
            const Array a = definite<T>(n, 3);
            const Array b = random<T>({n, 4}, 4);
            const Matrix back = times(widen<T>(a), widen<T>(linalg::solve(a, b)));
            CHECK(ratio<T>(widen<T>(b), back) < 30);
            const Matrix one = times(widen<T>(a), widen<T>(linalg::inv(a)));
            CHECK(ratio<T>(identity(n), one) < 30);
        }
    });
}

TEST(lu_is_p_times_l_times_u) {
    for_types([](auto type) {
        using T = decltype(type);
        for (const auto& [m, n] : kShapes) {
            const Array a = random<T>({m, n}, 5);
            const auto [p, l, u] = linalg::lu(a);
            const Matrix product =
                times(widen<T>(astype(p, a.dtype())), times(widen<T>(l), widen<T>(u)));
            CHECK(ratio<T>(widen<T>(a), product) < 30);
        }
    });
}

TEST(cholesky_takes_either_triangle_and_reads_only_that) {
    for_types([](auto type) {
        using T = decltype(type);
        for (const std::int64_t n : kSizes) {
            const Array a = definite<T>(n, 6);
            const Array nan = Array::full({n, n}, a.dtype(), std::nan(""));
            const Array low = linalg::cholesky(add(tril(a, 0), triu(nan, 1)), false);
            const Matrix l = widen<T>(low);
            CHECK(ratio<T>(widen<T>(a), times(l, adjoint(l))) < 30);
            const Matrix u = widen<T>(linalg::cholesky(a, true));
            CHECK(ratio<T>(widen<T>(a), times(adjoint(u), u)) < 30);
        }
    });
}

TEST(qr_has_orthonormal_columns) {
    for_types([](auto type) {
        using T = decltype(type);
        for (const auto& [m, n] : kShapes) {
            const Array a = random<T>({m, n}, 7);
            for (const bool complete : {false, true}) {
                const auto [q, r] = linalg::qr(a, complete);
                const Matrix wide = widen<T>(q);
                CHECK_EQUAL(complete ? m : std::min(m, n), wide.columns);
                CHECK(ratio<T>(widen<T>(a), times(wide, widen<T>(r))) < 30);
                CHECK(ratio<T>(identity(wide.columns), times(adjoint(wide), wide)) < 30);
            }
        }
    });
}

TEST(svd_is_u_times_s_times_vh_in_falling_order) {
    for_types([](auto type) {
        using T = decltype(type);
        for (const auto& [m, n] : kShapes) {
            const Array a = random<T>({m, n}, 8);
            const auto [u, s, vh] = linalg::svd(a, false);
            const std::vector<long double> found = reals<T>(s);
            CHECK(std::is_sorted(found.rbegin(), found.rend()));
            const Matrix product = times(widen<T>(u), times(diagonal(found), widen<T>(vh)));
            CHECK(ratio<T>(widen<T>(a), product) < 35);
            const Matrix v = widen<T>(vh);
            CHECK(ratio<T>(identity(v.rows), times(v, adjoint(v))) < 35);
        }
    });
}

TEST(eigh_is_v_times_w_times_its_adjoint_in_rising_order) {
    for_types([](auto type) {
        using T = decltype(type);
        for (const std::int64_t n : kSizes) {
            const Array a = definite<T>(n, 9);
            const auto [w, v] = linalg::eigh(a, false);
            const std::vector<long double> found = reals<T>(w);
            CHECK(std::is_sorted(found.begin(), found.end()));
            const Matrix wide = widen<T>(v);
            const Matrix product = times(wide, times(diagonal(found), adjoint(wide)));
            CHECK(ratio<T>(widen<T>(a), product) < 60);
        }
    });
}

TEST(what_has_no_answer_raises_linalg_errors) {
    need_backend();
    const Array zero = Array::full({2, 2}, DType::float64, 0.0);
    const Array minus = Array::full({2, 2}, DType::float64, -1.0);
    const Array nan = Array::full({2, 2}, DType::float64, std::nan(""));
    CHECK_RAISES(linalg, linalg::solve(zero, zero));
    CHECK_RAISES(linalg, linalg::inv(zero));
    CHECK_RAISES(linalg, linalg::cholesky(minus, false));
    CHECK_RAISES(linalg, linalg::svd(nan, true));
    CHECK_RAISES(linalg, linalg::eigh(nan, false));
}

TEST(wrong_shapes_raise_value_errors) {
    need_backend();
    const Array wide = random<double>({2, 3}, 1);
    CHECK_RAISES(value, linalg::matmul(wide, wide));
    CHECK_RAISES(value, linalg::solve(wide, wide));
    CHECK_RAISES(value, linalg::inv(wide));
    CHECK_RAISES(value, linalg::cholesky(random<double>({3}, 1), false));
}

TEST(inputs_stay_as_they_were) {
    for_types([](auto type) {
        using T = decltype(type);
        const Array a = definite<T>(9, 10);
        const std::vector<T> before = values<T>(a);
        static_cast<void>(linalg::solve(a, a));
        static_cast<void>(linalg::lu(a));
        static_cast<void>(linalg::cholesky(a, false));
        static_cast<void>(linalg::qr(a, true));
        static_cast<void>(linalg::svd(a, true));
        static_cast<void>(linalg::eigh(a, true));
        CHECK(before == values<T>(a));
    });
}

TEST(matrices_without_elements_have_results) {
    need_backend();
    const Array none = Array::empty({0, 0}, DType::float64);
    CHECK_EQUAL(Dims({0, 0}), linalg::inv(none).shape());
    CHECK_EQUAL(1.0, values<double>(linalg::det(none)).at(0));
    const Array zeros =
        linalg::matmul(Array::empty({2, 0}, DType::float64), Array::empty({0, 3}, DType::float64));
    CHECK_EQUAL(std::vector<double>(6, 0.0), values<double>(zeros));
}
