// SPDX-License-Identifier: Apache-2.0
// The argument types of bound functions. Each keeps the Python object and is read in the function's
// body, so that a wrong argument gets an error in the core's words; each has its name in the stubs.
#pragma once

#include "bindings.h"

namespace trivet::python {

using nb::detail::const_name;

struct Argument {
    nb::handle object{};
    [[nodiscard]] bool given() const { return object.is_valid() && !object.is_none(); }
};

// An Array or what asarray takes.
struct ArrayLike : Argument {
    static constexpr auto kName = const_name("trivet._typing.ArrayLike");
    [[nodiscard]] Array array() const { return to_array(object); }
};
// A dtype, its name, Python's or NumPy's type of that name; or None.
struct DTypeLike : Argument {
    static constexpr auto kName = const_name("trivet._typing.DTypeLike | None");
    [[nodiscard]] std::optional<DType> optional() const {
        return given() ? std::optional(to_dtype(object)) : std::nullopt;
    }
    [[nodiscard]] DType value_or(DType otherwise) const { return optional().value_or(otherwise); }
};
struct RequiredDType : Argument {
    static constexpr auto kName = const_name("trivet._typing.DTypeLike");
};
struct DTypeOrArray : Argument {
    static constexpr auto kName = const_name("trivet._typing.DTypeLike | trivet._core.Array");
};
// int, sequence of int, or None: all axes.
struct AxisLike : Argument {
    static constexpr auto kName = const_name("int | collections.abc.Sequence[int] | None");
    [[nodiscard]] Axes axes() const;
    [[nodiscard]] std::optional<int> one() const;
};
struct ShapeLike : Argument {
    static constexpr auto kName = const_name("int | collections.abc.Sequence[int]");
    [[nodiscard]] Dims dims(std::string_view what) const;
};
// bool, int, float, complex, or an array of one value.
struct ScalarLike : Argument {
    static constexpr auto kName = const_name("complex");
    [[nodiscard]] Scalar scalar() const;
};
struct CopyLike : Argument {
    static constexpr auto kName = const_name("bool | None");
    [[nodiscard]] std::optional<bool> value() const;
};
// "cpu" or None.
struct DeviceLike : Argument {
    static constexpr auto kName = const_name("str | None");
    void check(std::string_view op) const; // raises ErrorKind::value for another device
};
// The place for a result: an Array or a writable buffer; or None.
struct OutLike : Argument {
    static constexpr auto kName = const_name("trivet._core.Array | None");
    [[nodiscard]] const Array& array(std::string_view op) const;
};
// A sequence of arrays.
struct ArraysLike : Argument {
    static constexpr auto kName =
        const_name("collections.abc.Sequence[trivet._typing.ArrayLike] | trivet._core.Array");
    [[nodiscard]] std::vector<Array> arrays() const;
};

[[nodiscard]] Dims to_dims(nb::handle object, std::string_view what);
[[nodiscard]] std::int64_t to_integer(nb::handle object, std::string_view what);
[[nodiscard]] nb::object to_tuple(std::vector<Array>&& arrays);

} // namespace trivet::python

namespace nanobind::detail {

template <class T>
struct type_caster<T, enable_if_t<std::is_base_of_v<trivet::python::Argument, T>>> {
    static constexpr auto Name = T::kName;
    template <class T_> using Cast = T;
    template <class T_> static constexpr bool can_cast() { return true; }
    bool from_python(handle source, uint32_t, cleanup_list*) noexcept {
        value.object = source;
        return true;
    }
    explicit operator T() { return value; }
    T value{};
};

template <> struct type_caster<trivet::DType> {
    NB_TYPE_CASTER(trivet::DType, const_name("trivet._core.DType"))
    bool from_python(handle source, uint32_t, cleanup_list*) noexcept {
        const auto found = trivet::python::find_dtype(source);
        value = found.value_or(trivet::DType::float64);
        return found.has_value();
    }
    static handle from_cpp(trivet::DType dtype, rv_policy, cleanup_list*) {
        return trivet::python::dtype_object(dtype).release();
    }
};

} // namespace nanobind::detail
