// SPDX-License-Identifier: Apache-2.0
#include "arrays.h"
#include "test.h"

using namespace trivet;

TEST(dims_print_as_python_tuples) {
    CHECK_EQUAL("()", Dims().text());
    CHECK_EQUAL("(2,)", Dims({2}).text());
    CHECK_EQUAL("(2, 3)", Dims({2, 3}).text());
}

TEST(dims_keep_64_axes_and_refuse_65) {
    Dims many(64, 1);
    const Dims copied = many;
    CHECK_EQUAL(64, copied.size());
    CHECK(copied == many);
    CHECK_RAISES(value, (many.push_back(1), 0));
}

TEST(a_product_that_overflows_is_refused) {
    const std::int64_t big = std::int64_t{1} << 40;
    CHECK_RAISES(value, Dims({big, big}).product());
    CHECK_EQUAL(0, Dims({big, big, 0}).product());
    CHECK_RAISES(memory, Array::empty({std::int64_t{1} << 61}, DType::float64));
    CHECK_RAISES(memory, Array::empty({std::int64_t{1} << 57}, DType::float64));
    CHECK_RAISES(value, Array::empty({-1}, DType::float64));
}

TEST(promotion_is_symmetric_and_as_numpy) {
    for (int a = 0; a < kDTypeCount; ++a) {
        for (int b = 0; b < kDTypeCount; ++b) {
            const DType x = static_cast<DType>(a);
            const DType y = static_cast<DType>(b);
            CHECK_EQUAL(promote(x, y), promote(y, x));
        }
    }
    CHECK_EQUAL(DType::float64, promote(DType::int64, DType::uint64));
    CHECK_EQUAL(DType::int16, promote(DType::int8, DType::uint8));
    CHECK_EQUAL(DType::int64, promote(DType::int64, DType::uint32));
    CHECK_EQUAL(DType::float16, promote(DType::uint8, DType::float16));
    CHECK_EQUAL(DType::float32, promote(DType::int16, DType::float16));
    CHECK_EQUAL(DType::float64, promote(DType::int32, DType::float32));
    CHECK_EQUAL(DType::float32, promote(DType::float16, DType::bfloat16));
    CHECK_EQUAL(DType::complex64, promote(DType::int16, DType::complex64));
    CHECK_EQUAL(DType::complex128, promote(DType::int32, DType::complex64));
    CHECK_EQUAL(DType::complex128, promote(DType::float64, DType::complex64));
}

TEST(scalars_are_weak) {
    CHECK_EQUAL(DType::float32, promote_weak(DType::float32, ScalarKind::real));
    CHECK_EQUAL(DType::float64, promote_weak(DType::int8, ScalarKind::real));
    CHECK_EQUAL(DType::int64, promote_weak(DType::bool_, ScalarKind::integer));
    CHECK_EQUAL(DType::complex64, promote_weak(DType::bfloat16, ScalarKind::complex));
    CHECK_RAISES(overflow, weak_scalar(std::int64_t{300}, DType::uint8));
    CHECK_RAISES(overflow, weak_scalar(std::int64_t{-1}, DType::uint64));
}

TEST(same_kind_casts_follow_numpy) {
    CHECK(can_cast_same_kind(DType::float64, DType::float16));
    CHECK(can_cast_same_kind(DType::uint64, DType::int8));
    CHECK(!can_cast_same_kind(DType::int8, DType::uint64));
    CHECK(!can_cast_same_kind(DType::float16, DType::int64));
    CHECK(can_cast_safely(DType::int32, DType::float64));
    CHECK(!can_cast_safely(DType::int64, DType::float32));
}

TEST(reshape_is_a_view_where_strides_allow) {
    const Array a = counting<float>({2, 3, 4});
    CHECK(reshape(a, {6, 4}).storage() == a.storage());
    CHECK(reshape(a, {-1}).storage() == a.storage());
    const Array t = transpose(a);
    CHECK(!(reshape(t, {24}).storage() == a.storage()));
    CHECK_RAISES(value, reshape(t, {24}, false));
    CHECK_RAISES(value, reshape(a, {5, -1}));
    CHECK(!(reshape(a, {24}, true).storage() == a.storage()));
    CHECK_EQUAL(values<float>(t), values<float>(reshape(t, {24})));
}

TEST(copies_handle_every_order_of_axes) {
    const Array a = counting<double>({3, 70, 65});
    for (const Dims& axes : {Dims{0, 2, 1}, Dims{2, 1, 0}, Dims{1, 0, 2}, Dims{2, 0, 1}}) {
        const Array view = permute_dims(a, axes);
        const Array c = copy(view);
        CHECK(c.is_c_contiguous());
        bool same = true;
        for (std::int64_t i = 0; i < view.shape()[0]; ++i) {
            for (std::int64_t j = 0; j < view.shape()[1]; ++j) {
                for (std::int64_t k = 0; k < view.shape()[2]; ++k) {
                    const Dims& s = view.strides();
                    const auto at = i * s[0] + j * s[1] + k * s[2];
                    const auto place = (i * view.shape()[1] + j) * view.shape()[2] + k;
                    same &=
                        *reinterpret_cast<double*>(view.data() + at) == c.data_as<double>()[place];
                }
            }
        }
        CHECK(same);
    }
}

TEST(fortran_copies_have_column_major_matrices) {
    const Array a = counting<float>({2, 3, 4});
    const Array f = copy_fortran(a);
    CHECK_EQUAL(Dims({48, 4, 12}), f.strides());
    CHECK_EQUAL(values<float>(a), values<float>(f));
    CHECK(Array::empty_fortran({3, 4}, DType::float32).is_f_contiguous());
}

TEST(flip_and_diagonal_and_real_are_views) {
    const Array a = counting<std::int64_t>({3, 4});
    CHECK_EQUAL((std::vector<std::int64_t>{3, 2, 1, 0}),
                values<std::int64_t>(flip(a, Dims{1}).view({4}, {-8}, 24)));
    CHECK_EQUAL((std::vector<std::int64_t>{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}),
                values<std::int64_t>(flip(a, std::nullopt)));
    CHECK_EQUAL((std::vector<std::int64_t>{1, 6, 11}), values<std::int64_t>(diagonal(a, 1, 0, 1)));
    CHECK_EQUAL((std::vector<std::int64_t>{4, 9}), values<std::int64_t>(diagonal(a, -1, 0, 1)));
    CHECK_EQUAL(Dims({0}), diagonal(a, 9, 0, 1).shape());
    const Array z = row<std::complex<float>>({{1, 2}, {3, 4}});
    CHECK_EQUAL((std::vector<float>{2, 4}), values<float>(imag(z)));
    CHECK(real(z).storage() == z.storage());
}

TEST(broadcast_views_are_read_only) {
    const Array a = broadcast_to(counting<float>({3}), {2, 3});
    CHECK_EQUAL(Dims({0, 4}), a.strides());
    CHECK(a.read_only());
    CHECK_RAISES(value, (fill_into(1.0, a), 0));
    CHECK_RAISES(value, broadcast_to(a, {3, 2}));
}

TEST(a_bad_axis_is_an_index_error) {
    const Array a = counting<float>({2, 3});
    CHECK_RAISES(index, swap_axes(a, 0, 2));
    CHECK_RAISES(index, sum(a, Dims{2}, false));
    CHECK_RAISES(value, sum(a, Dims{0, -2}, false));
    CHECK_RAISES(value, squeeze(a, Dims{0}));
}

TEST(overlapping_copies_act_as_if_the_source_were_read_first) {
    const Array a = counting<std::int32_t>({6});
    copy_into(a.view({5}, {4}, 0), a.view({5}, {4}, 4));
    CHECK_EQUAL((std::vector<std::int32_t>{0, 0, 1, 2, 3, 4}), values<std::int32_t>(a));
    const Array m = counting<std::int32_t>({3, 3});
    copy_into(transpose(m), m);
    CHECK_EQUAL((std::vector<std::int32_t>{0, 3, 6, 1, 4, 7, 2, 5, 8}), values<std::int32_t>(m));
}

TEST(item_and_scalar_are_inverse) {
    CHECK_EQUAL(2.5, std::get<double>(Array::scalar(2.5, DType::float16).item()));
    CHECK_EQUAL(-7, std::get<std::int64_t>(Array::scalar(std::int64_t{-7}, DType::int8).item()));
    CHECK(std::get<bool>(Array::scalar(true, DType::bool_).item()));
    CHECK_RAISES(overflow, Array::scalar(std::int64_t{128}, DType::int8));
    CHECK_RAISES(value, counting<float>({2}).item());
    CHECK_EQUAL(~std::uint64_t{0},
                std::get<std::uint64_t>(Array::scalar(~std::uint64_t{0}, DType::uint64).item()));
}

TEST(an_operation_has_one_row_and_a_typo_names_the_nearest) {
    CHECK_EQUAL(static_cast<std::size_t>(kOpCount), op_table().size());
    for (const Op& row : op_table()) {
        CHECK(&op(row.name) == &row && &op(row.id) == &row);
    }
    try {
        static_cast<void>(op("subtrct"));
        CHECK(false);
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("subtract") != std::string::npos);
    }
}
