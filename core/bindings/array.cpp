// SPDX-License-Identifier: Apache-2.0
// The class trivet.Array: its attributes, conversions and protocols.
#include "arguments.h"

#include <nanobind/stl/string.h>

#include <cstring>

namespace trivet::python {

namespace detail {
PyTypeObject* array_type_object = nullptr;
}

namespace {

nb::object tuple_of(const Dims& dims) {
    nb::object tuple = nb::steal(PyTuple_New(dims.size()));
    for (int i = 0; i < dims.size(); ++i) {
        PyTuple_SetItem(tuple.ptr(), i, PyLong_FromLongLong(dims[i]));
    }
    return tuple;
}

const Array& one_value(const Array& self, const char* op) {
    if (self.size() != 1) {
        raise(ErrorKind::type, op, "only an array of one element converts to a Python number",
              "shape " + self.shape().text());
    }
    return self;
}

nb::object number(nb::handle self, const char* op, PyObject* (*convert)(PyObject*)) {
    const nb::object value = from_scalar(one_value(array_of(self.ptr()), op).item());
    PyObject* result = convert(value.ptr());
    if (result == nullptr) {
        raise_python();
    }
    return nb::steal(result);
}

nb::object as_index(const Array& self) {
    if (self.ndim() != 0 || !is_integer(self.dtype())) {
        raise(ErrorKind::type, "index", "only a 0-d integer array converts to an index",
              std::string(dtype_name(self.dtype())) + " of shape " + self.shape().text());
    }
    return from_scalar(self.item());
}

nb::object as_complex(const Array& self) {
    const Scalar value = one_value(self, "complex").item();
    const auto widen = [](const auto& v) {
        if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::complex<double>>) {
            return v;
        } else {
            return std::complex<double>(static_cast<double>(v));
        }
    };
    return from_scalar(Scalar(std::visit(widen, value)));
}

int truth(PyObject* self) noexcept {
    const auto body = [&] {
        const Array& array = array_of(self);
        if (array.size() != 1) {
            raise(
                ErrorKind::value, "bool",
                "the truth of an array of other than one element is ambiguous: use any() or all()",
                "shape " + array.shape().text());
        }
        return PyObject_IsTrue(from_scalar(array.item()).ptr());
    };
    return guarded(body, -1);
}

Py_ssize_t length(PyObject* self) noexcept {
    const Array& array = array_of(self);
    if (array.ndim() == 0) {
        PyErr_SetString(PyExc_TypeError, "[len] must have a first axis; got shape ()");
        return -1;
    }
    return array.shape()[0];
}

PyObject* iterate(PyObject* self) noexcept {
    if (array_of(self).ndim() == 0) {
        PyErr_SetString(PyExc_TypeError, "[iter] must have a first axis; got shape ()");
        return nullptr;
    }
    return PySeqIter_New(self);
}

int contains(PyObject* self, PyObject* value) noexcept {
    const auto body = [&] {
        const Array& array = array_of(self);
        const Array args[] = {array, to_operand(value, array.dtype())};
        const Array equal = elementwise(op(OpId::equal), args);
        const Array found = reduce(op(OpId::any), equal, std::nullopt, false);
        return std::get<bool>(found.item()) ? 1 : 0;
    };
    return guarded(body, -1);
}

// Text is made in Python (trivet/_text.py), loaded when first needed.
nb::object text(nb::handle self, const char* function) {
    return nb::module_::import_("trivet._text").attr(function)(self);
}

nb::object formatted(nb::handle self, nb::handle spec) {
    if (array_of(self.ptr()).ndim() == 0) {
        return from_scalar(array_of(self.ptr()).item()).attr("__format__")(spec);
    }
    if (nb::len(spec) != 0) {
        raise(ErrorKind::type, "format", "a format specification needs an array of no axes",
              nb::repr(spec).c_str());
    }
    return nb::str(self);
}

nb::object flatten_item(const Array& self, nb::args index) {
    if (index.size() == 0) {
        if (self.size() != 1) {
            raise(ErrorKind::value, "item", "must have one element when no index is given",
                  "shape " + self.shape().text());
        }
        return from_scalar(self.item());
    }
    std::vector<Index> where;
    if (index.size() == 1 && self.ndim() != 1 && PyIndex_Check(nb::object(index[0]).ptr())) {
        where.emplace_back(to_integer(index[0], "item"));
        return from_scalar(index_get(reshape(self, Dims{-1}), where).item());
    }
    for (const nb::handle position : index) {
        where.emplace_back(to_integer(position, "item"));
    }
    return from_scalar(index_get(self, where).item());
}

nb::object namespace_of(nb::handle, nb::handle version) {
    const char* known[] = {"2021.12", "2022.12", "2023.12", "2024.12", "2025.12"};
    bool found = version.is_none();
    for (const char* name : known) {
        found = found || (PyUnicode_Check(version.ptr()) &&
                          PyUnicode_CompareWithASCIIString(version.ptr(), name) == 0);
    }
    if (!found) {
        raise(ErrorKind::value, "__array_namespace__",
              "api_version must be one of 2021.12 ... 2025.12 or None", nb::repr(version).c_str());
    }
    return nb::module_::import_("trivet");
}

// NumPy's protocol; bfloat16, which has no buffer format, goes through ml_dtypes.
nb::object to_numpy(nb::handle self, nb::handle dtype, CopyLike copy_wanted) {
    const Array& array = array_of(self.ptr());
    const auto wanted = copy_wanted.value();
    const nb::module_ numpy = nb::module_::import_("numpy");
    nb::object made;
    if (array.dtype() == DType::bfloat16) {
        const Array bits =
            array.view_as(DType::uint16, array.shape(), array.strides(), array.offset());
        const nb::object raw = nb::steal(wrap(Array(bits)));
        const nb::object type = nb::module_::import_("ml_dtypes").attr("bfloat16");
        made = numpy.attr("frombuffer")(raw, type).attr("reshape")(tuple_of(array.shape()));
    } else {
        made = numpy.attr("asarray")(nb::steal(PyMemoryView_FromObject(self.ptr())));
    }
    const nb::object target = dtype.is_none() ? made.attr("dtype") : numpy.attr("dtype")(dtype);
    const bool same = made.attr("dtype").equal(target);
    if (wanted == false && !same) {
        raise(ErrorKind::value, "__array__", "copy=False needs the array's own dtype",
              nb::repr(dtype).c_str());
    }
    if (same && wanted != true) {
        return made;
    }
    return made.attr("astype")(target);
}

PyType_Slot slots[64];

PyType_Slot* make_slots() {
    int count = 0;
    const auto add = [&count](int id, auto function) {
        slots[count++] = {id, reinterpret_cast<void*>(function)};
    };
    add(Py_nb_bool, truth);
    add(Py_sq_length, length);
    add(Py_mp_length, length);
    add(Py_sq_item, sequence_item);
    add(Py_sq_contains, contains);
    add(Py_mp_subscript, subscript);
    add(Py_mp_ass_subscript, assign_subscript);
    add(Py_tp_iter, iterate);
    add(Py_tp_hash, PyObject_HashNotImplemented);
    add(Py_bf_getbuffer, buffer_get);
    for (const PyType_Slot& slot : operator_slots()) {
        slots[count++] = slot;
    }
    slots[count] = {0, nullptr};
    return slots;
}

void bind_attributes(nb::class_<Array>& type) {
    type.def_prop_ro(
            "shape", [](const Array& a) { return tuple_of(a.shape()); },
            nb::sig("def shape(self) -> tuple[int, ...]"), "Elements along each axis.")
        .def_prop_ro("ndim", &Array::ndim, "Number of axes.")
        .def_prop_ro("size", &Array::size, "Number of elements.")
        .def_prop_ro("dtype", &Array::dtype, "The type of the elements.")
        .def_prop_ro(
            "itemsize", [](const Array& a) { return item_size(a.dtype()); },
            "Bytes of one element.")
        .def_prop_ro("nbytes", &Array::nbytes, "Bytes of all elements.")
        .def_prop_ro(
            "strides", [](const Array& a) { return tuple_of(a.strides()); },
            nb::sig("def strides(self) -> tuple[int, ...]"),
            "Bytes from one element to the next along each axis.")
        .def_prop_ro(
            "device", [](const Array&) { return "cpu"; }, "Where the elements lie: `cpu`.")
        .def_prop_ro("T", &transpose, "The array with its axes reversed, a view.")
        .def_prop_ro("mT", &matrix_transpose, "The last two axes exchanged, a view.")
        .def_prop_ro("real", &real, "The real part, a view.")
        .def_prop_ro("imag", &imag, "The imaginary part: a view of a complex array.")
        .def_prop_ro("is_contiguous", &Array::is_c_contiguous, "Whether elements lie in C order.")
        .def_prop_ro("is_f_contiguous", &Array::is_f_contiguous,
                     "Whether elements lie in Fortran order.")
        .def_prop_ro(
            "is_writable", [](const Array& a) { return !a.read_only(); },
            "Whether elements may be assigned.")
        .def_prop_ro(
            "base_address",
            [](const Array& a) { return reinterpret_cast<std::uintptr_t>(a.data()); },
            "Address of the first element.");
    type.attr("__array_priority__") = 1000.0;
    type.attr("__array_ufunc__") = nb::none(); // ndarray + Array asks Array.__radd__
}

void bind_conversions(nb::class_<Array>& type) {
    type.def(
            "__int__", [](nb::handle a) { return number(a, "int", PyNumber_Long); },
            nb::sig("def __int__(self) -> int"))
        .def(
            "__float__", [](nb::handle a) { return number(a, "float", PyNumber_Float); },
            nb::sig("def __float__(self) -> float"))
        .def("__complex__", &as_complex, nb::sig("def __complex__(self) -> complex"))
        .def("__index__", &as_index, nb::sig("def __index__(self) -> int"))
        .def(
            "__repr__", [](nb::handle a) { return text(a, "array_repr"); },
            nb::sig("def __repr__(self) -> str"))
        .def(
            "__str__", [](nb::handle a) { return text(a, "array_str"); },
            nb::sig("def __str__(self) -> str"))
        .def("__format__", &formatted, nb::sig("def __format__(self, spec: str, /) -> str"))
        .def("item", &flatten_item, nb::sig("def item(self, *index: int) -> Any"),
             "The value of one element as a Python number.")
        .def("tolist", &to_list, nb::sig("def tolist(self) -> Any"),
             "The elements as nested lists of Python numbers.")
        .def(
            "to_device",
            [](nb::handle a, DeviceLike device, nb::handle stream) {
                device.check("to_device");
                if (!stream.is_none()) {
                    raise(ErrorKind::value, "to_device", "stream must be None on the CPU",
                          nb::repr(stream).c_str());
                }
                return nb::borrow(a);
            },
            nb::arg(), nb::kw_only(), nb::arg("stream") = nb::none(),
            nb::sig(
                "def to_device(self, device: str, /, *, stream: object | None = None) -> Array"),
            "The array on that device; `cpu` is the only one.")
        .def("__array__", &to_numpy, nb::arg("dtype") = nb::none(), nb::arg("copy") = nb::none(),
             nb::sig("def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any"),
             "A NumPy array that shares memory when it can.")
        .def("__array_namespace__", &namespace_of, nb::kw_only(),
             nb::arg("api_version") = nb::none(),
             nb::sig("def __array_namespace__(self, *, api_version: str | None = None) -> "
                     "types.ModuleType"),
             "The module `trivet`, as the array API standard asks.");
}

} // namespace

PyTypeObject* array_type() noexcept { return detail::array_type_object; }

PyObject* wrap(Array&& array) {
    PyObject* self = nb::inst_alloc(reinterpret_cast<PyObject*>(array_type())).release().ptr();
    new (nb::inst_ptr<Array>(self)) Array(std::move(array));
    nb::inst_mark_ready(self);
    return self;
}

void init_array(nb::module_& m) {
    nb::class_<Array> type(
        m, "Array", nb::is_final(), nb::pooled(256), nb::type_slots(make_slots()),
        "An n-dimensional array of one dtype. Made by asarray, zeros, arange and their like.");
    detail::array_type_object = reinterpret_cast<PyTypeObject*>(type.ptr());
    bind_attributes(type);
    bind_conversions(type);
    bind_methods(type);
    bind_reductions(type);
    bind_dlpack(type);
    bind_pickle(m, type);
}

} // namespace trivet::python
