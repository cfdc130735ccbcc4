// SPDX-License-Identifier: Apache-2.0
// What can be asked about dtypes: limits, kinds, promotion, casts, and the array API's inspection.
#include "arguments.h"

#include <nanobind/stl/string.h>

#include <cmath>
#include <limits>

namespace trivet::python {
namespace {

struct FloatLimits {
    DType dtype;
    int bits;
    double eps, max, min, smallest_normal, tiny, smallest_subnormal, resolution;
};
struct IntegerLimits {
    DType dtype;
    int bits;
    Scalar max, min;
};

// digits: of the significand, the hidden one included; exponent: of the largest power of two below
// max.
FloatLimits limits_of(DType dtype, int bits, int digits, int exponent) {
    const double eps = std::ldexp(1.0, 1 - digits);
    const double max = std::ldexp(2.0 - eps, exponent);
    const double normal = std::ldexp(1.0, 1 - exponent);
    const double resolution = std::pow(10.0, -std::floor((digits - 1) * std::log10(2.0)));
    return {dtype, bits, eps, max, -max, normal, normal, normal * eps, resolution};
}

DType dtype_of(nb::handle type) {
    return is_array(type.ptr()) ? array_of(type.ptr()).dtype() : to_dtype(type);
}

FloatLimits finfo(nb::handle type) {
    const DType dtype = dtype_of(type);
    switch (real_type(dtype)) {
    case DType::float16:
        return limits_of(dtype, 16, 11, 15);
    case DType::bfloat16:
        return limits_of(dtype, 16, 8, 127);
    case DType::float32:
        return limits_of(DType::float32, 32, 24, 127);
    case DType::float64:
        return limits_of(DType::float64, 64, 53, 1023);
    default:
        break;
    }
    raise(ErrorKind::type, "finfo", "must be a floating-point dtype", dtype_name(dtype));
}

IntegerLimits iinfo(nb::handle type) {
    const DType dtype = dtype_of(type);
    if (!is_integer(dtype)) {
        raise(ErrorKind::type, "iinfo", "must be an integer dtype", dtype_name(dtype));
    }
    const int bits = static_cast<int>(8 * item_size(dtype));
    if (kind_of(dtype) == Kind::unsigned_int) {
        return {dtype, bits, std::numeric_limits<std::uint64_t>::max() >> (64 - bits),
                std::int64_t{0}};
    }
    const std::int64_t max = std::numeric_limits<std::int64_t>::max() >> (64 - bits);
    return {dtype, bits, max, -max - 1};
}

bool is_kind(DType dtype, std::string_view kind) {
    const Kind own = kind_of(dtype);
    const bool integral = own == Kind::signed_int || own == Kind::unsigned_int;
    const std::pair<std::string_view, bool> table[] = {
        {"bool", own == Kind::boolean},
        {"signed integer", own == Kind::signed_int},
        {"unsigned integer", own == Kind::unsigned_int},
        {"integral", integral},
        {"real floating", own == Kind::real},
        {"complex floating", own == Kind::complex},
        {"numeric", own != Kind::boolean},
    };
    for (const auto& [name, holds] : table) {
        if (name == kind) {
            return holds;
        }
    }
    raise(ErrorKind::value, "isdtype",
          "kind must be bool, signed integer, unsigned integer, integral, real floating, complex "
          "floating, numeric, a dtype, or a tuple of these",
          kind);
}

bool isdtype(nb::handle type, nb::handle kind) {
    if (PyTuple_Check(kind.ptr())) {
        for (const nb::handle one : nb::borrow<nb::tuple>(kind)) {
            if (isdtype(type, one)) {
                return true;
            }
        }
        return false;
    }
    const DType dtype = to_dtype(type);
    if (PyUnicode_Check(kind.ptr())) {
        return is_kind(dtype, nb::cast<nb::str>(kind).c_str());
    }
    return dtype == to_dtype(kind);
}

DType result_type(nb::args items) {
    std::optional<DType> strong;
    std::vector<PyObject*> weak;
    for (const nb::handle item : items) {
        if (is_weak_scalar(item.ptr())) {
            weak.push_back(item.ptr());
            continue;
        }
        const auto named = find_dtype(item);
        const DType dtype = named && !is_array(item.ptr()) ? *named : to_array(item).dtype();
        strong = strong ? promote(*strong, dtype) : dtype;
    }
    if (items.size() == 0) {
        raise(ErrorKind::value, "result_type", "needs at least one array, dtype or number", "none");
    }
    for (PyObject* item : weak) {
        const Scalar value = to_scalar(item, DType::float64);
        strong = strong ? promote_weak(*strong, scalar_kind(value)) : to_array(item).dtype();
    }
    return *strong;
}

bool can_cast(nb::handle from, nb::handle to, const std::string& casting) {
    const DType source = dtype_of(from);
    const DType target = to_dtype(to);
    if (casting == "safe") {
        return can_cast_safely(source, target);
    }
    if (casting == "same_kind") {
        return can_cast_same_kind(source, target);
    }
    if (casting == "no" || casting == "equiv") {
        return source == target;
    }
    if (casting != "unsafe") {
        raise(ErrorKind::value, "can_cast", "casting must be no, equiv, safe, same_kind or unsafe",
              casting);
    }
    return true;
}

nb::dict dtypes_of_kind(nb::handle kind) {
    nb::dict found;
    for (int i = 0; i < kDTypeCount; ++i) {
        const auto dtype = static_cast<DType>(i);
        // The standard's dtypes only: float16 and bfloat16 are Trivet's own.
        if (dtype == DType::float16 || dtype == DType::bfloat16) {
            continue;
        }
        const nb::object object = dtype_object(dtype);
        if (kind.is_none() || isdtype(object, kind)) {
            found[nb::object(object.attr("name"))] = object;
        }
    }
    return found;
}

struct NamespaceInfo {};

void bind_limits(nb::module_& m) {
    nb::class_<FloatLimits>(m, "finfo", nb::is_final(), "Limits of a floating-point dtype.")
        .def(nb::new_([](DTypeOrArray type) { return finfo(type.object); }), nb::arg("type"))
        .def_ro("dtype", &FloatLimits::dtype)
        .def_ro("bits", &FloatLimits::bits)
        .def_ro("eps", &FloatLimits::eps, "From 1 to the next number.")
        .def_ro("max", &FloatLimits::max)
        .def_ro("min", &FloatLimits::min)
        .def_ro("smallest_normal", &FloatLimits::smallest_normal)
        .def_ro("tiny", &FloatLimits::tiny)
        .def_ro("smallest_subnormal", &FloatLimits::smallest_subnormal)
        .def_ro("resolution", &FloatLimits::resolution);
    nb::class_<IntegerLimits>(m, "iinfo", nb::is_final(), "Limits of an integer dtype.")
        .def(nb::new_([](DTypeOrArray type) { return iinfo(type.object); }), nb::arg("type"))
        .def_ro("dtype", &IntegerLimits::dtype)
        .def_ro("bits", &IntegerLimits::bits)
        .def_prop_ro(
            "max", [](const IntegerLimits& i) { return from_scalar(i.max); },
            nb::sig("def max(self) -> int"))
        .def_prop_ro(
            "min", [](const IntegerLimits& i) { return from_scalar(i.min); },
            nb::sig("def min(self) -> int"));
}

void bind_inspection(nb::module_& m) {
    nb::class_<NamespaceInfo>(m, "ArrayNamespaceInfo", nb::is_final(),
                              "The array API's inspection of this library.")
        .def(
            "capabilities",
            [](const NamespaceInfo&) {
                nb::dict table;
                table["boolean indexing"] = true;
                table["data-dependent shapes"] = true;
                table["max dimensions"] = kMaxDims;
                return table;
            },
            nb::sig("def capabilities(self) -> dict[str, Any]"))
        .def("default_device", [](const NamespaceInfo&) { return "cpu"; })
        .def(
            "devices", [](const NamespaceInfo&) { return nb::make_tuple("cpu"); },
            nb::sig("def devices(self) -> tuple[str, ...]"))
        .def(
            "default_dtypes",
            [](const NamespaceInfo&, DeviceLike device) {
                device.check("default_dtypes");
                nb::dict table;
                table["real floating"] = dtype_object(DType::float64);
                table["complex floating"] = dtype_object(DType::complex128);
                table["integral"] = dtype_object(DType::int64);
                table["indexing"] = dtype_object(DType::int64);
                return table;
            },
            nb::kw_only(), nb::arg("device") = nb::none(),
            nb::sig("def default_dtypes(self, *, device: str | None = None) -> dict[str, DType]"))
        .def(
            "dtypes",
            [](const NamespaceInfo&, DeviceLike device, nb::handle kind) {
                device.check("dtypes");
                return dtypes_of_kind(kind);
            },
            nb::kw_only(), nb::arg("device") = nb::none(), nb::arg("kind") = nb::none(),
            nb::sig(
                "def dtypes(self, *, device: str | None = None, kind: str | tuple[str, ...] | None "
                "= None) -> dict[str, DType]"));
    m.def(
        "__array_namespace_info__", [] { return NamespaceInfo{}; },
        nb::sig("def __array_namespace_info__() -> ArrayNamespaceInfo"),
        "Capabilities, devices and dtypes, as the array API asks.");
}

} // namespace

void init_dtype_info(nb::module_& m) {
    bind_limits(m);
    bind_inspection(m);
    m.def("isdtype", &isdtype, nb::arg(), nb::arg(),
          nb::sig("def isdtype(dtype: DTypeLike, kind: str | DType | tuple[str | DType, ...], /) "
                  "-> bool"),
          "Whether the dtype is of a kind such as `real floating`.");
    m.def("result_type", &result_type,
          nb::sig("def result_type(*arrays_and_dtypes: ArrayLike | DTypeLike) -> DType"),
          "The dtype that an operation on these has.");
    m.def("can_cast", &can_cast, nb::arg(), nb::arg(), nb::arg("casting") = "safe",
          nb::sig("def can_cast(from_: DTypeLike | Array, to: DTypeLike, /, casting: str = 'safe') "
                  "-> bool"),
          "Whether one dtype casts to another by that rule.");
    m.def(
        "promote_types",
        [](nb::handle a, nb::handle b) { return promote(to_dtype(a), to_dtype(b)); }, nb::arg(),
        nb::arg(), nb::sig("def promote_types(type1: DTypeLike, type2: DTypeLike, /) -> DType"),
        "The dtype that holds both.");
}

} // namespace trivet::python
