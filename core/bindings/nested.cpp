// SPDX-License-Identifier: Apache-2.0
// Nested sequences of numbers to an Array, and back.
#include "arguments.h"

#include <algorithm>
#include <cstring>

namespace trivet::python {
namespace {

// What a first walk over the nested sequences finds.
struct Found {
    Dims shape;
    ScalarKind kind = ScalarKind::boolean;
    bool any_unsigned = false; // an integer above int64
    bool any_array = false;    // something with a dtype of its own: stacked instead
};

nb::object as_list(nb::handle sequence) {
    if (PyList_Check(sequence.ptr()) || PyTuple_Check(sequence.ptr())) {
        return nb::borrow(sequence);
    }
    PyObject* list = PySequence_List(sequence.ptr());
    if (list == nullptr) {
        raise_python();
    }
    return nb::steal(list);
}

PyObject* item_of(PyObject* list, Py_ssize_t i) { // borrowed
    return PyList_Check(list) ? PyList_GetItem(list, i) : PyTuple_GetItem(list, i);
}

bool is_inner_sequence(PyObject* object) {
    return PyList_Check(object) || PyTuple_Check(object) || PyRange_Check(object);
}

ScalarKind kind_of_leaf(PyObject* leaf) {
    if (PyBool_Check(leaf)) {
        return ScalarKind::boolean;
    }
    if (PyLong_Check(leaf)) {
        return ScalarKind::integer;
    }
    return PyComplex_Check(leaf) ? ScalarKind::complex : ScalarKind::real;
}

void walk_leaf(PyObject* leaf, int depth, Found& found) {
    if (!is_weak_scalar(leaf)) {
        found.any_array = true;
        return;
    }
    if (depth != found.shape.size()) {
        raise(ErrorKind::value, "asarray", "nested sequences must have the same depth everywhere",
              "a number at depth " + std::to_string(depth) + " of shape " + found.shape.text());
    }
    const ScalarKind kind = kind_of_leaf(leaf);
    found.kind = std::max(found.kind, kind);
    if (kind == ScalarKind::integer && !found.any_unsigned) {
        int overflow = 0;
        PyLong_AsLongLongAndOverflow(leaf, &overflow);
        found.any_unsigned = overflow > 0;
    }
}

void walk(PyObject* object, int depth, bool first, Found& found) {
    if (!is_inner_sequence(object)) {
        walk_leaf(object, depth, found);
        return;
    }
    const nb::object list = as_list(object);
    const Py_ssize_t count = PyObject_Size(list.ptr());
    if (first) {
        found.shape.push_back(count);
    } else if (depth >= found.shape.size() || found.shape[depth] != count) {
        raise(ErrorKind::value, "asarray", "nested sequences must have equal lengths",
              "length " + std::to_string(count) + " at depth " + std::to_string(depth) +
                  " of shape " + found.shape.text());
    }
    for (Py_ssize_t i = 0; i < count && !found.any_array; ++i) {
        walk(item_of(list.ptr(), i), depth + 1, first && i == 0, found);
    }
}

template <class T> T leaf_value(PyObject* leaf) {
    if constexpr (std::is_same_v<T, bool>) {
        return PyObject_IsTrue(leaf) == 1;
    } else if constexpr (std::is_same_v<T, std::int64_t>) {
        return static_cast<std::int64_t>(PyLong_AsLongLong(leaf));
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
        return static_cast<std::uint64_t>(PyLong_AsUnsignedLongLong(leaf));
    } else if constexpr (std::is_same_v<T, double>) {
        return PyFloat_AsDouble(leaf);
    } else {
        return {PyComplex_RealAsDouble(leaf), PyComplex_ImagAsDouble(leaf)};
    }
}

template <class T> void fill(PyObject* object, T*& out) {
    if (!is_inner_sequence(object)) {
        *out++ = leaf_value<T>(object);
        return;
    }
    const nb::object list = as_list(object);
    const Py_ssize_t count = PyObject_Size(list.ptr());
    for (Py_ssize_t i = 0; i < count; ++i) {
        fill(item_of(list.ptr(), i), out);
    }
}

template <class T> Array filled(PyObject* object, const Dims& shape, DType dtype) {
    Array array = Array::empty(shape, dtype);
    T* out = array.data_as<T>();
    if (array.size() != 0) {
        fill(object, out);
    }
    if (PyErr_Occurred() != nullptr) {
        raise_python(); // an integer beyond 64 bits, or both negative and above int64
    }
    return array;
}

DType natural_dtype(const Found& found, std::optional<DType> wanted) {
    if (found.shape.product() == 0) {
        return wanted.value_or(DType::float64);
    }
    switch (found.kind) {
    case ScalarKind::boolean:
        return DType::bool_;
    case ScalarKind::integer:
        // Integers for a floating-point dtype may exceed 64 bits.
        return wanted && is_inexact(*wanted) ? DType::float64
               : found.any_unsigned          ? DType::uint64
                                             : DType::int64;
    case ScalarKind::real:
        return DType::float64;
    case ScalarKind::complex:
        break;
    }
    return DType::complex128;
}

Array filled_natural(PyObject* object, const Found& found, DType natural) {
    switch (natural) {
    case DType::bool_:
        return filled<bool>(object, found.shape, natural);
    case DType::int64:
        return filled<std::int64_t>(object, found.shape, natural);
    case DType::uint64:
        return filled<std::uint64_t>(object, found.shape, natural);
    case DType::float64:
        return filled<double>(object, found.shape, natural);
    default:
        return filled<std::complex<double>>(object, found.shape, natural);
    }
}

// A Python integer must fit: no wrapping on the way to a narrower integer type.
void check_range(const Array& array, DType wanted) {
    const auto count = static_cast<std::size_t>(array.size());
    const auto check = [&](const auto* values) {
        for (std::size_t i = 0; i < count; ++i) {
            (void)Array::scalar(values[i], wanted);
        }
    };
    if (wanted == array.dtype() || !is_integer(wanted)) {
        return;
    }
    if (array.dtype() == DType::int64) {
        check(array.data_as<std::int64_t>());
    } else if (array.dtype() == DType::uint64) {
        check(array.data_as<std::uint64_t>());
    }
}

Array stacked(nb::handle sequence, std::optional<DType> dtype) {
    const nb::object list = as_list(sequence);
    const Py_ssize_t count = PyObject_Size(list.ptr());
    std::vector<Array> arrays;
    for (Py_ssize_t i = 0; i < count; ++i) {
        arrays.push_back(to_array(item_of(list.ptr(), i), {.dtype = dtype}));
    }
    return stack(arrays, 0);
}

nb::object list_of(const std::byte* data, const Array& array, int axis,
                   nb::object (*element)(const std::byte*)) {
    if (axis == array.ndim()) {
        return element(data);
    }
    const std::int64_t count = array.shape()[axis];
    nb::object list = nb::steal(PyList_New(count));
    for (std::int64_t i = 0; i < count; ++i) {
        const auto offset = i * array.strides()[axis];
        nb::object item = list_of(data + offset, array, axis + 1, element);
        PyList_SetItem(list.ptr(), i, item.release().ptr());
    }
    return list;
}

template <class T, class Wide = T> nb::object element(const std::byte* data) {
    T value;
    std::memcpy(&value, data, sizeof value);
    return from_scalar(static_cast<Wide>(value));
}

using Element = nb::object (*)(const std::byte*);
Element element_of(DType dtype) {
    switch (dtype) {
    case DType::bool_:
        return element<bool>;
    case DType::int8:
        return element<std::int8_t, std::int64_t>;
    case DType::int16:
        return element<std::int16_t, std::int64_t>;
    case DType::int32:
        return element<std::int32_t, std::int64_t>;
    case DType::int64:
        return element<std::int64_t>;
    case DType::uint8:
        return element<std::uint8_t, std::int64_t>;
    case DType::uint16:
        return element<std::uint16_t, std::int64_t>;
    case DType::uint32:
        return element<std::uint32_t, std::int64_t>;
    case DType::uint64:
        return element<std::uint64_t>;
    case DType::float32:
        return element<float, double>;
    case DType::float64:
        return element<double>;
    case DType::complex64:
        return element<std::complex<float>, std::complex<double>>;
    case DType::complex128:
        return element<std::complex<double>>;
    case DType::float16:
    case DType::bfloat16:
        break;
    }
    return nullptr; // converted to float32 first
}

} // namespace

Array from_nested(nb::handle sequence, std::optional<DType> dtype) {
    const nb::object list = as_list(sequence);
    Found found;
    walk(list.ptr(), 0, true, found);
    if (found.any_array) {
        return stacked(list, dtype);
    }
    const DType natural = natural_dtype(found, dtype);
    const Array array = filled_natural(list.ptr(), found, natural);
    const DType wanted = dtype.value_or(natural);
    if (is_complex(natural) && !is_complex(wanted)) {
        raise(ErrorKind::type, "asarray", "complex numbers must go to a complex dtype",
              dtype_name(wanted));
    }
    check_range(array, wanted);
    return astype(array, wanted, false);
}

nb::object to_list(const Array& array) {
    if (Element element = element_of(array.dtype())) {
        return list_of(array.data(), array, 0, element);
    }
    const Array wide = astype(array, DType::float32);
    return list_of(wide.data(), wide, 0, element_of(DType::float32));
}

} // namespace trivet::python
