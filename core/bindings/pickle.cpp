// SPDX-License-Identifier: Apache-2.0
// Pickling: dtype name, shape, and the bytes in C order (out of band with protocol 5).
#include "arguments.h"

#include <nanobind/stl/string.h>

#include <algorithm>

namespace trivet::python {
namespace {

Array as_bytes(const Array& array) {
    const Array flat = contiguous(array);
    return flat.view_as(DType::uint8, Dims{flat.nbytes()}, Dims{1}, flat.offset());
}

nb::object reduce(nb::handle self, int protocol) {
    const Array& array = array_of(self.ptr());
    const nb::object raw = nb::steal(wrap(as_bytes(array)));
    const nb::object data = protocol >= 5 ? nb::module_::import_("pickle").attr("PickleBuffer")(raw)
                                          : nb::steal(PyBytes_FromObject(raw.ptr()));
    if (!data.is_valid()) {
        raise_python();
    }
    const nb::object rebuild = nb::module_::import_("trivet._core").attr("_rebuild");
    return nb::make_tuple(
        rebuild, nb::make_tuple(data, std::string(dtype_name(array.dtype())), self.attr("shape")));
}

// A writable buffer (a bytearray made by pickle) is taken over, a read-only one is copied.
Array rebuild(nb::handle data, nb::handle dtype, ShapeLike shape) {
    auto raw = from_buffer(data, std::nullopt);
    if (!raw) {
        raise(ErrorKind::type, "pickle", "must hold a buffer", nb::type_name(data.type()).c_str());
    }
    const DType type = to_dtype(dtype);
    const Dims dims = shape.dims("pickle");
    const auto bytes = static_cast<std::int64_t>(item_size(type));
    const bool negative = std::ranges::any_of(dims, [](std::int64_t size) { return size < 0; });
    if (negative || raw->nbytes() != dims.product() * bytes) {
        raise(ErrorKind::value, "pickle", "the bytes must fit the shape",
              std::to_string(raw->nbytes()) + " bytes for " + dims.text());
    }
    const bool odd = reinterpret_cast<std::uintptr_t>(raw->data()) % 16 != 0;
    const Array held = raw->read_only() || odd ? copy(*raw) : *raw;
    Dims strides(dims.size(), bytes);
    for (int i = dims.size() - 2; i >= 0; --i) {
        strides[i] = strides[i + 1] * dims[i + 1];
    }
    return held.view_as(type, dims, strides, held.offset());
}

// Functions of the module pickle by name, as Python's own do (multiprocessing sends them).
void register_functions(nb::handle function) {
    const auto name_of = [](nb::handle f) { return nb::object(f.attr("__name__")); };
    nb::module_::import_("copyreg").attr("pickle")(function.type(), nb::cpp_function(name_of));
}

} // namespace

void bind_pickle(nb::module_& m, nb::class_<Array>& type) {
    m.def("_rebuild", &rebuild, nb::arg(), nb::arg(), nb::arg(),
          nb::sig("def _rebuild(data: object, dtype: str, shape: tuple[int, ...], /) -> Array"));
    register_functions(m.attr("_rebuild"));
    type.def("__reduce_ex__", &reduce, nb::arg(),
             nb::sig("def __reduce_ex__(self, protocol: int, /) -> tuple[Any, ...]"))
        .def(
            "__copy__", [](const Array& a) { return copy(a); },
            nb::sig("def __copy__(self) -> Array"))
        .def(
            "__deepcopy__", [](const Array& a, nb::handle) { return copy(a); }, nb::arg().none(),
            nb::sig("def __deepcopy__(self, memo: object, /) -> Array"));
}

} // namespace trivet::python
