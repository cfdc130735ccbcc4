// SPDX-License-Identifier: Apache-2.0
// a[key] and a[key] = value, and the functions that index.
#include "arguments.h"

namespace trivet::python {
namespace {

Slice to_slice(PyObject* object) {
    Py_ssize_t start = 0;
    Py_ssize_t stop = 0;
    Py_ssize_t step = 0;
    if (PySlice_Unpack(object, &start, &stop, &step) != 0) {
        raise_python();
    }
    return {start, stop, step};
}

[[noreturn]] void refuse_key(PyObject* key) {
    raise(ErrorKind::index, "index",
          "must be an integer, slice, ..., None, or an array of integers or booleans",
          nb::type_name(nb::handle(key).type()).c_str());
}

// Lists and arrays: an empty list selects nothing, as NumPy has it.
Index array_index(PyObject* key) {
    Array array = to_array(key);
    if (array.size() == 0 && !is_array(key) && !is_integer(array.dtype()) &&
        array.dtype() != DType::bool_) {
        array = astype(array, DType::int64);
    }
    if (!is_integer(array.dtype()) && array.dtype() != DType::bool_) {
        raise(ErrorKind::index, "index", "an array used as an index must hold integers or booleans",
              dtype_name(array.dtype()));
    }
    if (array.ndim() == 0 && is_integer(array.dtype())) {
        return to_integer(from_scalar(array.item()), "index");
    }
    return array;
}

Index to_index(PyObject* key) {
    if (PyLong_CheckExact(key)) {
        const Py_ssize_t value = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (value == -1 && PyErr_Occurred() != nullptr) {
            raise_python();
        }
        return value;
    }
    if (PySlice_Check(key)) {
        return to_slice(key);
    }
    if (key == Py_None) {
        return NewAxis{};
    }
    if (key == Py_Ellipsis) {
        return Ellipsis{};
    }
    if (PyBool_Check(key)) {
        return Array::scalar(key == Py_True, DType::bool_);
    }
    if (is_array_like(key)) {
        return array_index(key);
    }
    if (PyIndex_Check(key)) {
        return to_integer(key, "index");
    }
    refuse_key(key);
}

std::vector<Index> to_indices(PyObject* key) {
    std::vector<Index> indices;
    if (!PyTuple_Check(key)) {
        indices.push_back(to_index(key));
        return indices;
    }
    const Py_ssize_t count = PyTuple_Size(key);
    indices.reserve(static_cast<std::size_t>(count));
    for (Py_ssize_t i = 0; i < count; ++i) {
        indices.push_back(to_index(PyTuple_GetItem(key, i)));
    }
    return indices;
}

// A Python number takes the array's dtype: integers must fit, a float is cut towards zero.
Array to_element(PyObject* value, DType dtype) {
    if (!is_weak_scalar(value)) {
        const Array array = to_array(value);
        if (is_complex(array.dtype()) && !is_complex(dtype) && dtype != DType::bool_) {
            raise(ErrorKind::type, "setitem",
                  "complex values need a complex array: take .real first", dtype_name(dtype));
        }
        return array;
    }
    return to_array(value, {.dtype = dtype});
}

} // namespace

PyObject* subscript(PyObject* self, PyObject* key) noexcept {
    return guarded([&] {
        const Array& array = array_of(self);
        const std::vector<Index> indices = to_indices(key);
        return wrap(index_get(array, indices));
    });
}

PyObject* sequence_item(PyObject* self, Py_ssize_t i) noexcept {
    return guarded([&] {
        const Index index[] = {static_cast<std::int64_t>(i)};
        return wrap(index_get(array_of(self), index));
    });
}

int assign_subscript(PyObject* self, PyObject* key, PyObject* value) noexcept {
    const auto body = [&] {
        const Array& array = array_of(self);
        if (value == nullptr) {
            raise(ErrorKind::type, "delitem", "elements cannot be deleted", array.shape().text());
        }
        const std::vector<Index> indices = to_indices(key);
        index_set(array, indices, to_element(value, array.dtype()));
        return 0;
    };
    return guarded(body, -1);
}

void init_indexing(nb::module_& m) {
    m.def(
        "take",
        [](ArrayLike x, ArrayLike indices, AxisLike axis) {
            return take(x.array(), indices.array(), axis.one());
        },
        nb::arg(), nb::arg(), nb::arg("axis") = nb::none(),
        nb::sig("def take(x: ArrayLike, indices: ArrayLike, /, axis: int | None = None) -> Array"),
        "Elements of `x` at `indices` along `axis`; of the flattened `x` when axis is None.");
    m.def(
        "take_along_axis",
        [](ArrayLike x, ArrayLike indices, int axis) {
            return take_along_axis(x.array(), indices.array(), axis);
        },
        nb::arg(), nb::arg(), nb::arg("axis") = -1,
        nb::sig(
            "def take_along_axis(x: ArrayLike, indices: ArrayLike, /, axis: int = -1) -> Array"),
        "One element of `x` along `axis` for each index.");
    m.def(
        "nonzero", [](ArrayLike x) { return to_tuple(nonzero(x.array())); }, nb::arg(),
        nb::sig("def nonzero(x: ArrayLike, /) -> tuple[Array, ...]"),
        "The indices of the elements that are not zero, one array for each axis.");
}

} // namespace trivet::python
