// SPDX-License-Identifier: Apache-2.0
// Functions that make arrays.
#include "arguments.h"

#include <algorithm>

namespace trivet::python {
namespace {

// int when all are whole numbers, else float: what arange and full infer from Python numbers.
DType inferred(std::initializer_list<Scalar> values) {
    ScalarKind kind = ScalarKind::boolean;
    for (const Scalar& value : values) {
        kind = std::max(kind, scalar_kind(value));
    }
    switch (kind) {
    case ScalarKind::boolean:
        return DType::bool_;
    case ScalarKind::integer:
        return DType::int64;
    case ScalarKind::real:
        return DType::float64;
    case ScalarKind::complex:
        break;
    }
    return DType::complex128;
}

Array full_of(const Dims& shape, nb::handle value, std::optional<DType> dtype) {
    if (is_weak_scalar(value.ptr())) {
        const Array one = to_array(value, {.dtype = dtype});
        return Array::full(shape, one.dtype(), one.item());
    }
    const Array source = to_array(value);
    const Array made = Array::empty(shape, dtype.value_or(source.dtype()));
    copy_into(source, made);
    return made;
}

Array arange_call(nb::handle start, nb::handle stop, nb::handle step, DTypeLike dtype,
                  DeviceLike device) {
    device.check("arange");
    const bool single = stop.is_none();
    const Scalar first = single ? Scalar(std::int64_t{0}) : to_scalar(start.ptr());
    const Scalar last = to_scalar(single ? start.ptr() : stop.ptr());
    const Scalar by = to_scalar(step.ptr());
    DType type = inferred({first, last, by});
    if (type == DType::bool_) {
        type = DType::int64;
    }
    return arange(first, last, by, dtype.value_or(type));
}

Array linspace_call(nb::handle start, nb::handle stop, std::int64_t num, DTypeLike dtype,
                    bool endpoint, DeviceLike device) {
    device.check("linspace");
    const Scalar first = to_scalar(start.ptr(), DType::float64);
    const Scalar last = to_scalar(stop.ptr(), DType::float64);
    const DType natural = is_complex(inferred({first, last})) ? DType::complex128 : DType::float64;
    const DType wanted = dtype.value_or(natural);
    if (is_integer(wanted) || wanted == DType::bool_) { // computed in float64, rounded down
        const Array values = linspace(first, last, num, natural, endpoint);
        return astype(elementwise(op(OpId::floor), std::span<const Array>(&values, 1)), wanted);
    }
    return linspace(first, last, num, wanted, endpoint);
}

Array eye_call(std::int64_t rows, nb::handle columns, std::int64_t k, DTypeLike dtype,
               DeviceLike device) {
    device.check("eye");
    const std::int64_t width = columns.is_none() ? rows : to_integer(columns, "n_cols");
    return eye(rows, width, k, dtype.value_or(DType::float64));
}

nb::object asarray_call(nb::handle object, DTypeLike dtype, DeviceLike device, CopyLike copy) {
    device.check("asarray");
    const auto wanted = dtype.optional();
    const auto copying = copy.value();
    if (is_array(object.ptr()) && copying != true &&
        (!wanted || *wanted == array_of(object.ptr()).dtype())) {
        return nb::borrow(object);
    }
    return nb::steal(wrap(to_array(object, {.dtype = wanted, .copy = copying})));
}

Array astype_call(ArrayLike x, DTypeLike dtype, bool copying, DeviceLike device) {
    device.check("astype");
    const Array array = x.array();
    const DType wanted = to_dtype(dtype.object);
    const Unlocked unlocked(array.size());
    return astype(array, wanted, copying);
}

void init_filled(nb::module_& m) {
    const auto filled = [&m](const char* name, auto make, const char* doc) {
        const std::string sig = std::string("def ") + name +
                                "(shape: Shape, *, dtype: DTypeLike | None = None, device: str | "
                                "None = None) -> Array";
        m.def(
            name,
            [make, name](ShapeLike shape, DTypeLike dtype, DeviceLike device) {
                device.check(name);
                return make(shape.dims("shape"), dtype.value_or(DType::float64));
            },
            nb::arg("shape"), nb::arg("dtype") = nb::none(), nb::kw_only(),
            nb::arg("device") = nb::none(), nb::sig(sig.c_str()), doc);
        const std::string like = std::string(name) + "_like";
        const std::string like_sig = "def " + like +
                                     "(x: ArrayLike, /, *, dtype: DTypeLike | None = None, device: "
                                     "str | None = None) -> Array";
        m.def(
            like.c_str(),
            [make, name](ArrayLike x, DTypeLike dtype, DeviceLike device) {
                device.check(name);
                const Array array = x.array();
                return make(array.shape(), dtype.value_or(array.dtype()));
            },
            nb::arg(), nb::arg("dtype") = nb::none(), nb::kw_only(), nb::arg("device") = nb::none(),
            nb::sig(like_sig.c_str()), doc);
    };
    const auto constant = [](std::int64_t value) {
        return [value](const Dims& shape, DType dtype) {
            return Array::full(shape, dtype,
                               dtype == DType::bool_ ? Scalar(value != 0) : Scalar(value));
        };
    };
    filled(
        "empty", [](const Dims& s, DType d) { return Array::empty(s, d); },
        "An array whose elements have no defined value; float64 by default.");
    filled("zeros", constant(0), "An array of zeros; float64 by default.");
    filled("ones", constant(1), "An array of ones; float64 by default.");
}

void init_full(nb::module_& m) {
    m.def(
        "full",
        [](ShapeLike shape, nb::handle value, DTypeLike dtype, DeviceLike device) {
            device.check("full");
            return full_of(shape.dims("shape"), value, dtype.optional());
        },
        nb::arg("shape"), nb::arg("fill_value"), nb::arg("dtype") = nb::none(), nb::kw_only(),
        nb::arg("device") = nb::none(),
        nb::sig("def full(shape: Shape, fill_value: ArrayLike, *, dtype: DTypeLike | None = None, "
                "device: str | None = None) -> Array"),
        "An array of one value; its dtype is that of the value by default.");
    m.def(
        "full_like",
        [](ArrayLike x, nb::handle value, DTypeLike dtype, DeviceLike device) {
            device.check("full_like");
            const Array array = x.array();
            return full_of(array.shape(), value, dtype.value_or(array.dtype()));
        },
        nb::arg(), nb::arg("fill_value"), nb::arg("dtype") = nb::none(), nb::kw_only(),
        nb::arg("device") = nb::none(),
        nb::sig(
            "def full_like(x: ArrayLike, /, fill_value: ArrayLike, *, dtype: DTypeLike | None = "
            "None, device: str | None = None) -> Array"),
        "An array of one value with the shape and dtype of another.");
}

void init_ranges(nb::module_& m) {
    m.def(
        "arange", &arange_call, nb::arg(), nb::arg("stop") = nb::none(), nb::arg("step") = 1,
        nb::kw_only(), nb::arg("dtype") = nb::none(), nb::arg("device") = nb::none(),
        nb::sig("def arange(start: float, /, stop: float | None = None, step: float = 1, *, dtype: "
                "DTypeLike | None = None, device: str | None = None) -> Array"),
        "Values from start (0 when alone) up to, not including, stop.");
    m.def(
        "linspace", &linspace_call, nb::arg(), nb::arg(), nb::arg("num") = 50, nb::kw_only(),
        nb::arg("dtype") = nb::none(), nb::arg("endpoint") = true, nb::arg("device") = nb::none(),
        nb::sig("def linspace(start: complex, stop: complex, /, num: int = 50, *, dtype: DTypeLike "
                "| None = None, endpoint: bool = True, device: str | None = None) -> Array"),
        "`num` values evenly spaced from start to stop.");
    m.def("eye", &eye_call, nb::arg(), nb::arg() = nb::none(), nb::kw_only(), nb::arg("k") = 0,
          nb::arg("dtype") = nb::none(), nb::arg("device") = nb::none(),
          nb::sig(
              "def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: DTypeLike "
              "| None = None, device: str | None = None) -> Array"),
          "Ones on the k-th diagonal, zeros elsewhere.");
    const auto triangle = [&m](const char* name, Array (*run)(const Array&, std::int64_t)) {
        const std::string sig =
            std::string("def ") + name + "(x: ArrayLike, /, *, k: int = 0) -> Array";
        m.def(
            name, [run](ArrayLike x, std::int64_t k) { return run(x.array(), k); }, nb::arg(),
            nb::kw_only(), nb::arg("k") = 0, nb::sig(sig.c_str()),
            "That triangle of the last two axes, zeros elsewhere.");
    };
    triangle("tril", &tril);
    triangle("triu", &triu);
}

} // namespace

void init_creation(nb::module_& m) {
    constexpr const char* kDoc =
        "An Array from nested sequences, numbers, buffers, DLPack or NumPy's protocols.\n\n"
        "copy=None shares memory when it can, True never, False raises ValueError when it cannot.";
    m.def(
        "asarray", &asarray_call, nb::arg(), nb::arg("dtype") = nb::none(), nb::kw_only(),
        nb::arg("device") = nb::none(), nb::arg("copy") = nb::none(),
        nb::sig(
            "def asarray(obj: ArrayLike, /, dtype: DTypeLike | None = None, *, device: str | None "
            "= None, copy: bool | None = None) -> Array"),
        kDoc);
    m.def(
        "array", &asarray_call, nb::arg(), nb::arg("dtype") = nb::none(), nb::kw_only(),
        nb::arg("device") = nb::none(), nb::arg("copy") = true,
        nb::sig(
            "def array(obj: ArrayLike, /, dtype: DTypeLike | None = None, *, device: str | None = "
            "None, copy: bool | None = True) -> Array"),
        "As asarray, but a fresh copy by default.");
    m.def(
        "astype", &astype_call, nb::arg(), nb::arg(), nb::kw_only(), nb::arg("copy") = true,
        nb::arg("device") = nb::none(),
        nb::sig("def astype(x: ArrayLike, dtype: DTypeLike, /, *, copy: bool = True, device: str | "
                "None = None) -> Array"),
        "The elements as another dtype; unsafe casts are allowed.");
    init_filled(m);
    init_full(m);
    init_ranges(m);
}

} // namespace trivet::python
