// SPDX-License-Identifier: Apache-2.0
// Pickling: dtype name, shape, and the bytes in C order (out of band with protocol 5).
#include "arguments.h"

#include <nanobind/stl/string.h>

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
    if (raw->nbytes() != dims.product() * bytes) {
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

} // namespace

void bind_pickle(nb::module_& m, nb::class_<Array>& type) {
    m.def("_rebuild", &rebuild, nb::arg(), nb::arg(), nb::arg(),
          nb::sig("def _rebuild(data: object, dtype: str, shape: tuple[int, ...], /) -> Array"));
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
