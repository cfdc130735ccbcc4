// SPDX-License-Identifier: Apache-2.0
// The core's error kinds as Python exceptions.
#include "bindings.h"

#include <new>

namespace trivet::python {
namespace {

PyObject* exception_type(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::value:
        return PyExc_ValueError;
    case ErrorKind::type:
        return PyExc_TypeError;
    case ErrorKind::index:
        return PyExc_IndexError;
    case ErrorKind::overflow:
        return PyExc_OverflowError;
    case ErrorKind::memory:
        return PyExc_MemoryError;
    case ErrorKind::buffer:
        return PyExc_BufferError;
    case ErrorKind::runtime:
        return PyExc_RuntimeError;
    case ErrorKind::unimplemented:
        return PyExc_NotImplementedError;
    case ErrorKind::linalg:
        break;
    }
    return nullptr;
}

// LinAlgError is a Python class (trivet/linalg.py), found when it is first needed.
void set_error(const Error& error) {
    if (PyObject* type = exception_type(error.kind())) {
        PyErr_SetString(type, error.what());
        return;
    }
    const nb::object type = nb::module_::import_("trivet.linalg").attr("LinAlgError");
    PyErr_SetString(type.ptr(), error.what());
}

void translate(const std::exception_ptr& failure, void*) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        set_error(error);
    }
}

} // namespace

void set_python_error() noexcept {
    try {
        throw;
    } catch (nb::python_error& error) {
        error.restore();
    } catch (const Error& error) {
        try {
            set_error(error);
        } catch (nb::python_error& other) {
            other.restore();
        }
    } catch (const nb::builtin_exception& error) {
        PyErr_SetString(error.type() == nb::exception_type::type_error ? PyExc_TypeError
                                                                       : PyExc_ValueError,
                        error.what());
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
    } catch (...) {
        PyErr_SetString(PyExc_RuntimeError, "[trivet] unknown C++ exception");
    }
}

void raise_python() {
    if (PyErr_Occurred() == nullptr) {
        PyErr_SetString(PyExc_SystemError, "[trivet] a Python call failed without an error");
    }
    throw nb::python_error();
}

void init_errors(nb::module_&) { nb::register_exception_translator(translate); }

} // namespace trivet::python
