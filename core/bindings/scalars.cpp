// SPDX-License-Identifier: Apache-2.0
// Python's own numbers and the core's Scalar.
#include "arguments.h"

namespace trivet::python {
namespace {

// An int: int64, else uint64, else (beside floating-point types) a double.
Scalar from_integer(PyObject* object, DType beside) {
    int overflow = 0;
    const long long small = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0) {
        if (small == -1 && PyErr_Occurred() != nullptr) {
            raise_python();
        }
        return static_cast<std::int64_t>(small);
    }
    if (overflow > 0) {
        const unsigned long long large = PyLong_AsUnsignedLongLong(object);
        if (PyErr_Occurred() == nullptr) {
            return static_cast<std::uint64_t>(large);
        }
        PyErr_Clear();
    }
    if (is_inexact(beside)) {
        const double value = PyLong_AsDouble(object);
        if (value == -1.0 && PyErr_Occurred() != nullptr) {
            raise_python();
        }
        return value;
    }
    raise(ErrorKind::overflow, "asarray", "a Python integer must fit in int64 or uint64",
          nb::repr(object).c_str());
}

std::complex<double> from_complex(PyObject* object) {
    const double re = PyComplex_RealAsDouble(object);
    const double im = PyComplex_ImagAsDouble(object);
    if (PyErr_Occurred() != nullptr) {
        raise_python();
    }
    return {re, im};
}

} // namespace

bool is_weak_scalar(PyObject* object) noexcept {
    const PyTypeObject* type = Py_TYPE(object);
    return type == &PyFloat_Type || type == &PyLong_Type || type == &PyBool_Type ||
           type == &PyComplex_Type;
}

Scalar to_scalar(PyObject* object, DType beside) {
    if (PyBool_Check(object)) {
        return object == Py_True;
    }
    if (PyFloat_Check(object)) {
        return PyFloat_AsDouble(object);
    }
    if (PyLong_Check(object)) {
        return from_integer(object, beside);
    }
    if (PyComplex_Check(object)) {
        return from_complex(object);
    }
    return to_array(object).item();
}

nb::object from_scalar(const Scalar& value) {
    struct Visitor {
        PyObject* operator()(bool v) const { return PyBool_FromLong(v); }
        PyObject* operator()(std::int64_t v) const { return PyLong_FromLongLong(v); }
        PyObject* operator()(std::uint64_t v) const { return PyLong_FromUnsignedLongLong(v); }
        PyObject* operator()(double v) const { return PyFloat_FromDouble(v); }
        PyObject* operator()(const std::complex<double>& v) const {
            return PyComplex_FromDoubles(v.real(), v.imag());
        }
    };
    PyObject* object = std::visit(Visitor{}, value);
    if (object == nullptr) {
        raise_python();
    }
    return nb::steal(object);
}

} // namespace trivet::python
