// SPDX-License-Identifier: Apache-2.0
// The dtype objects: one Python object for each DType, and everything that names one.
#include "arguments.h"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <array>
#include <memory>

namespace trivet::python {
namespace {

struct DTypeObject {
    DType value;
};

std::array<PyObject*, kDTypeCount> objects{};
PyTypeObject* dtype_type = nullptr;

std::string name_of(const DTypeObject& self) { return std::string(dtype_name(self.value)); }

// NumPy's letter codes with their size in bytes, after a byte order mark that must be native.
struct Code {
    std::string_view text;
    DType dtype;
};
constexpr Code kCodes[] = {
    {"?", DType::bool_},        {"b1", DType::bool_},       {"i1", DType::int8},
    {"i2", DType::int16},       {"i4", DType::int32},       {"i8", DType::int64},
    {"u1", DType::uint8},       {"u2", DType::uint16},      {"u4", DType::uint32},
    {"u8", DType::uint64},      {"f2", DType::float16},     {"f4", DType::float32},
    {"f8", DType::float64},     {"c8", DType::complex64},   {"c16", DType::complex128},
    {"int", DType::int64},      {"uint", DType::uint64},    {"float", DType::float64},
    {"bool_", DType::bool_},    {"double", DType::float64}, {"complex", DType::complex128},
    {"single", DType::float32},
};

std::optional<DType> from_text(std::string_view text) {
    if (auto named = dtype_from_name(text)) {
        return named;
    }
    if (!text.empty() && (text[0] == '<' || text[0] == '=' || text[0] == '|')) {
        text.remove_prefix(1);
    }
    const auto* code = std::ranges::find(kCodes, text, &Code::text);
    return code == std::end(kCodes) ? std::nullopt : std::optional(code->dtype);
}

std::optional<DType> from_unicode(PyObject* text) {
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(text, &size);
    if (data == nullptr) {
        PyErr_Clear();
        return std::nullopt;
    }
    return from_text({data, static_cast<std::size_t>(size)});
}

std::optional<DType> from_builtin(PyObject* object) {
    const std::pair<PyTypeObject*, DType> types[] = {{&PyBool_Type, DType::bool_},
                                                     {&PyLong_Type, DType::int64},
                                                     {&PyFloat_Type, DType::float64},
                                                     {&PyComplex_Type, DType::complex128}};
    for (const auto& [type, dtype] : types) {
        if (object == reinterpret_cast<PyObject*>(type)) {
            return dtype;
        }
    }
    return std::nullopt;
}

// numpy.dtype("float32") has .name and .byteorder; numpy.float32 is a class of that name.
std::optional<DType> from_named(PyObject* object) {
    const bool is_class = PyType_Check(object) != 0;
    const nb::handle handle(object);
    const char* attribute = is_class ? "__name__" : "name";
    const nb::object name = nb::getattr(handle, attribute, nb::none());
    if (!PyUnicode_Check(name.ptr())) {
        return std::nullopt;
    }
    const nb::object order = nb::getattr(handle, "byteorder", nb::none());
    const bool foreign =
        PyUnicode_Check(order.ptr()) && PyUnicode_CompareWithASCIIString(order.ptr(), ">") == 0;
    if (foreign || (!is_class && !nb::hasattr(handle, "itemsize"))) {
        return std::nullopt;
    }
    return from_unicode(name.ptr());
}

nb::object compare(nb::handle self, nb::handle other, bool equal) {
    const auto mine = find_dtype(self);
    const auto theirs = find_dtype(other);
    // A Python type (float) is no dtype: only what carries a name compares equal.
    const bool same = mine == theirs && !from_builtin(other.ptr());
    return nb::bool_(same == equal);
}

constexpr const char* kKinds = "biufc"; // as numpy.dtype.kind

} // namespace

nb::object dtype_object(DType dtype) {
    return nb::borrow(objects[static_cast<std::size_t>(dtype)]);
}

std::optional<DType> find_dtype(nb::handle object) noexcept {
    if (Py_TYPE(object.ptr()) == dtype_type) {
        return nb::inst_ptr<DTypeObject>(object)->value;
    }
    try {
        if (PyUnicode_Check(object.ptr())) {
            return from_unicode(object.ptr());
        }
        if (auto builtin = from_builtin(object.ptr())) {
            return builtin;
        }
        return from_named(object.ptr());
    } catch (...) {
        PyErr_Clear();
        return std::nullopt;
    }
}

DType to_dtype(nb::handle object) {
    if (const auto found = find_dtype(object)) {
        return *found;
    }
    raise(ErrorKind::type, "dtype",
          "must be a dtype of trivet or its name: bool, int8 ... int64, uint8 ... uint64, float16, "
          "bfloat16, float32, float64, complex64, complex128",
          nb::repr(object).c_str());
}

void init_dtype(nb::module_& m) {
    nb::class_<DTypeObject> type(m, "DType", nb::is_final(),
                                 "The type of an array's elements. Equal to its own name and to "
                                 "NumPy's dtype of that name.");
    dtype_type = reinterpret_cast<PyTypeObject*>(type.ptr());
    for (int i = 0; i < kDTypeCount; ++i) {
        const auto dtype = static_cast<DType>(i);
        auto object = nb::inst_alloc(type);
        new (nb::inst_ptr<DTypeObject>(object)) DTypeObject{dtype};
        nb::inst_mark_ready(object);
        // `bool` would hide the built-in type in the stubs; the package has it under both names.
        const std::string name(dtype == DType::bool_ ? "bool_" : dtype_name(dtype));
        m.attr(name.c_str()) = object;
        objects[static_cast<std::size_t>(i)] = object.release().ptr();
    }
    // The table's references go with the module.
    m.attr("_dtypes") = nb::capsule(objects.data(), [](void*) noexcept {
        for (PyObject*& object : objects) {
            Py_CLEAR(object);
        }
    });
    type.def(nb::new_([](RequiredDType name) { return dtype_object(to_dtype(name.object)); }),
             nb::arg("name"))
        .def_prop_ro("name", &name_of, "Its name, such as `float32`.")
        .def_prop_ro(
            "itemsize", [](const DTypeObject& self) { return item_size(self.value); },
            "Bytes of one element.")
        .def_prop_ro(
            "kind",
            [](const DTypeObject& self) {
                return std::string(1, kKinds[static_cast<int>(kind_of(self.value))]);
            },
            "One letter: b(ool), i(nt), u(nsigned), f(loat), c(omplex).")
        .def(
            "__eq__", [](nb::handle a, nb::handle b) { return compare(a, b, true); },
            nb::arg().none(), nb::sig("def __eq__(self, other: object, /) -> bool"))
        .def(
            "__ne__", [](nb::handle a, nb::handle b) { return compare(a, b, false); },
            nb::arg().none(), nb::sig("def __ne__(self, other: object, /) -> bool"))
        .def("__hash__",
             [](const DTypeObject& self) { return nb::hash(nb::str(name_of(self).c_str())); })
        .def("__str__", &name_of)
        .def("__repr__", [](const DTypeObject& self) { return "trivet." + name_of(self); })
        .def(
            "__reduce__",
            [](nb::handle self) {
                return nb::make_tuple(self.type(), nb::make_tuple(self.attr("name")));
            },
            nb::sig("def __reduce__(self) -> tuple[type[DType], tuple[str]]"));
}

} // namespace trivet::python
