// SPDX-License-Identifier: Apache-2.0
// Reading the arguments of bound functions.
#include "arguments.h"

namespace trivet::python {

std::int64_t to_integer(nb::handle object, std::string_view what) {
    if (!PyIndex_Check(object.ptr())) {
        raise(ErrorKind::type, what, "must be an integer", nb::repr(object).c_str());
    }
    const Py_ssize_t value = PyNumber_AsSsize_t(object.ptr(), PyExc_OverflowError);
    if (value == -1 && PyErr_Occurred() != nullptr) {
        raise_python();
    }
    return value;
}

Dims to_dims(nb::handle object, std::string_view what) {
    // A 0-d array has both an index and (in name) a length: the index comes first.
    const bool sequence = PyTuple_Check(object.ptr()) || PyList_Check(object.ptr());
    if (!sequence && PyIndex_Check(object.ptr()) &&
        (!is_array(object.ptr()) || array_of(object.ptr()).ndim() == 0)) {
        return Dims{to_integer(object, what)};
    }
    if (!PySequence_Check(object.ptr()) || PyUnicode_Check(object.ptr())) {
        raise(ErrorKind::type, what, "must be an integer or a sequence of integers",
              nb::repr(object).c_str());
    }
    Dims dims;
    for (const nb::handle item : nb::borrow<nb::iterable>(object)) {
        dims.push_back(to_integer(item, what));
    }
    return dims;
}

Axes AxisLike::axes() const { return given() ? Axes(to_dims(object, "axis")) : Axes(std::nullopt); }

std::optional<int> AxisLike::one() const {
    if (!given()) {
        return std::nullopt;
    }
    const std::int64_t axis = to_integer(object, "axis");
    if (axis < -kMaxDims || axis > kMaxDims) {
        raise(ErrorKind::index, "axis", "must be within -64 and 64", std::to_string(axis));
    }
    return static_cast<int>(axis);
}

Dims ShapeLike::dims(std::string_view what) const { return to_dims(object, what); }

Scalar ScalarLike::scalar() const { return to_scalar(object.ptr(), DType::float64); }

std::optional<bool> CopyLike::value() const {
    if (!given()) {
        return std::nullopt;
    }
    const int truth = PyObject_IsTrue(object.ptr());
    if (truth < 0) {
        raise_python();
    }
    return truth != 0;
}

void DeviceLike::check(std::string_view op) const {
    if (given() && !(PyUnicode_Check(object.ptr()) &&
                     PyUnicode_CompareWithASCIIString(object.ptr(), "cpu") == 0)) {
        raise(ErrorKind::value, op, "device must be \"cpu\" or None", nb::repr(object).c_str());
    }
}

const Array& OutLike::array(std::string_view op) const {
    if (!is_array(object.ptr())) {
        raise(ErrorKind::type, op, "out must be an Array", nb::type_name(object.type()).c_str());
    }
    return array_of(object.ptr());
}

std::vector<Array> ArraysLike::arrays() const {
    std::vector<nb::handle> items;
    const nb::object list = nb::steal(PySequence_List(object.ptr()));
    if (!list.is_valid()) {
        raise_python();
    }
    for (const nb::handle item : nb::borrow<nb::list>(list)) {
        items.push_back(item);
    }
    return to_operands(items);
}

nb::object to_tuple(std::vector<Array>&& arrays) {
    nb::object tuple = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(arrays.size())));
    for (std::size_t i = 0; i < arrays.size(); ++i) {
        PyTuple_SetItem(tuple.ptr(), static_cast<Py_ssize_t>(i), wrap(std::move(arrays[i])));
    }
    return tuple;
}

} // namespace trivet::python
