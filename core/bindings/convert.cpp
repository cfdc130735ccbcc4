// SPDX-License-Identifier: Apache-2.0
// Anything to an Array: the order in which the sources are tried, and copies.
#include "arguments.h"

namespace trivet::python {
namespace {

bool has_buffer(PyObject* object) noexcept {
    return PyObject_CheckBuffer(object) != 0 && !PyUnicode_Check(object);
}

bool has(PyObject* object, const char* name) noexcept {
    // Attributes are looked up on the type: an instance of a class with __getattr__ has no
    // protocol.
    return PyObject_HasAttrString(reinterpret_cast<PyObject*>(Py_TYPE(object)), name) != 0;
}

bool is_sequence(PyObject* object) noexcept {
    return PyList_Check(object) || PyTuple_Check(object) ||
           (PySequence_Check(object) && !PyUnicode_Check(object) && !PyDict_Check(object) &&
            !has_buffer(object));
}

// What shares memory when it can: buffers and the protocols beside them.
std::optional<Array> from_exporter(nb::handle object, std::optional<bool> copy) {
    if (has_buffer(object.ptr())) {
        if (auto array = from_buffer(object, copy)) {
            return array;
        }
    }
    if (has(object.ptr(), "__array_interface__")) {
        return from_array_interface(object, copy);
    }
    if (has(object.ptr(), "__dlpack__")) {
        return from_dlpack_object(object, copy);
    }
    if (has(object.ptr(), "__array__")) {
        const nb::object array = object.attr("__array__")();
        if (has_buffer(array.ptr())) {
            return from_buffer(array, copy);
        }
    }
    return std::nullopt;
}

bool is_number(PyObject* object) noexcept {
    return PyFloat_Check(object) || PyLong_Check(object) || PyComplex_Check(object);
}

// decimal.Decimal, fractions.Fraction and their like, by __index__ or __float__.
nb::object plain_number(nb::handle object) {
    PyObject* number = nullptr;
    if (PyIndex_Check(object.ptr())) {
        number = PyNumber_Index(object.ptr());
    } else if (has(object.ptr(), "__float__")) {
        number = PyNumber_Float(object.ptr());
    } else {
        raise(ErrorKind::type, "asarray",
              "must be a number, a nested sequence of numbers, or an object with a buffer, "
              "__dlpack__, __array_interface__ or __array__",
              nb::type_name(object.type()).c_str());
    }
    if (number == nullptr) {
        raise_python();
    }
    return nb::steal(number);
}

DType default_dtype(const Scalar& value) {
    switch (scalar_kind(value)) {
    case ScalarKind::boolean:
        return DType::bool_;
    case ScalarKind::integer:
        return std::holds_alternative<std::uint64_t>(value) ? DType::uint64 : DType::int64;
    case ScalarKind::real:
        return DType::float64;
    case ScalarKind::complex:
        break;
    }
    return DType::complex128;
}

[[noreturn]] void refuse_copy(std::string_view why) {
    raise(ErrorKind::value, "asarray", "copy=False needs an object whose memory can be shared",
          why);
}

Array from_number(nb::handle object, std::optional<DType> dtype) {
    const Scalar value = to_scalar(object.ptr(), dtype.value_or(DType::int64));
    const DType natural = default_dtype(value);
    const DType wanted = dtype.value_or(natural);
    if (is_inexact(natural) && !is_inexact(wanted) && wanted != DType::bool_) {
        if (is_complex(natural)) {
            raise(ErrorKind::type, "asarray", "a complex number must go to a complex dtype",
                  dtype_name(wanted));
        }
        return astype(Array::scalar(value, natural), wanted); // towards zero, as NumPy
    }
    return Array::scalar(value, wanted);
}

Array finish(Array array, const ConvertOptions& options, bool shared) {
    const DType wanted = options.dtype.value_or(array.dtype());
    if (array.dtype() != wanted) {
        if (options.copy == false) {
            refuse_copy(std::string(dtype_name(array.dtype())) + " for " +
                        std::string(dtype_name(wanted)));
        }
        const Unlocked unlocked(array.size());
        return astype(array, wanted);
    }
    if (options.copy == true && shared) {
        const Unlocked unlocked(array.size());
        return copy(array);
    }
    return array;
}

} // namespace

Array to_array(nb::handle object, const ConvertOptions& options) {
    if (is_array(object.ptr())) {
        return finish(array_of(object.ptr()), options, true);
    }
    if (is_weak_scalar(object.ptr())) {
        if (options.copy == false) {
            refuse_copy("a Python number");
        }
        return from_number(object, options.dtype);
    }
    if (!PyList_Check(object.ptr()) && !PyTuple_Check(object.ptr())) {
        // copy=True is done by finish(), so that the copy is in C order and done once.
        const auto ask = options.copy == false ? options.copy : std::nullopt;
        if (auto array = from_exporter(object, ask)) {
            return finish(std::move(*array), options, true);
        }
    }
    if (options.copy == false) {
        refuse_copy(nb::type_name(object.type()).c_str());
    }
    if (is_sequence(object.ptr())) {
        return from_nested(object, options.dtype);
    }
    if (is_number(object.ptr())) {
        return from_number(object, options.dtype);
    }
    return from_number(plain_number(object), options.dtype);
}

bool is_array_like(PyObject* object) {
    return is_array(object) || PyList_Check(object) || PyTuple_Check(object) ||
           (has_buffer(object) && !PyBytes_Check(object)) || has(object, "__dlpack__") ||
           has(object, "__array_interface__");
}

Array to_operand(nb::handle object, DType beside) {
    if (is_array(object.ptr())) {
        return array_of(object.ptr());
    }
    if (is_weak_scalar(object.ptr())) {
        return weak_scalar(to_scalar(object.ptr(), beside), beside);
    }
    return to_array(object);
}

std::vector<Array> to_operands(const std::vector<nb::handle>& objects) {
    std::vector<Array> arrays(objects.size());
    std::optional<DType> strong;
    for (std::size_t i = 0; i < objects.size(); ++i) {
        if (!is_weak_scalar(objects[i].ptr())) {
            arrays[i] = to_array(objects[i]);
            strong = strong ? promote(*strong, arrays[i].dtype()) : arrays[i].dtype();
        }
    }
    for (std::size_t i = 0; i < objects.size(); ++i) {
        if (is_weak_scalar(objects[i].ptr())) {
            arrays[i] = strong ? to_operand(objects[i], *strong) : to_array(objects[i]);
        }
    }
    return arrays;
}

} // namespace trivet::python
