// SPDX-License-Identifier: Apache-2.0
// The methods of Array that rearrange, convert and fill.
#include "arguments.h"

namespace trivet::python {
namespace {

// a.reshape(2, 3), a.reshape((2, 3)), a.reshape(-1)
Dims shape_of(nb::args shape) {
    const bool single = shape.size() == 1;
    return to_dims(single ? nb::object(shape[0]) : nb::object(shape), "shape");
}

nb::object astype_method(nb::handle self, nb::handle dtype, bool copy, DeviceLike device) {
    device.check("astype");
    const Array& array = array_of(self.ptr());
    const DType wanted = to_dtype(dtype);
    if (!copy && array.dtype() == wanted) {
        return nb::borrow(self);
    }
    Array result;
    {
        const Unlocked unlocked(array.size());
        result = astype(array, wanted);
    }
    return nb::steal(wrap(std::move(result)));
}

Array transposed(const Array& self, nb::args axes) {
    if (axes.size() == 0 || (axes.size() == 1 && nb::object(axes[0]).is_none())) {
        return transpose(self);
    }
    return permute_dims(self, shape_of(axes));
}

Array copied(const Array& self) {
    const Unlocked unlocked(self.size());
    return copy(self);
}

} // namespace

void bind_methods(nb::class_<Array>& type) {
    type.def("astype", &astype_method, nb::arg(), nb::kw_only(), nb::arg("copy") = true,
             nb::arg("device") = nb::none(),
             nb::sig(
                 "def astype(self, dtype: DTypeLike, /, *, copy: bool = True, device: str | None "
                 "= None) -> Array"),
             "The elements as another dtype; unsafe casts are allowed.")
        .def("copy", &copied, nb::sig("def copy(self) -> Array"), "A fresh array in C order.")
        .def(
            "reshape",
            [](const Array& self, nb::args shape, CopyLike copy) {
                return reshape(self, shape_of(shape), copy.value());
            },
            nb::arg(), nb::kw_only(), nb::arg("copy") = nb::none(),
            nb::sig("def reshape(self, *shape: Any, copy: bool | None = None) -> Array"),
            "The elements in C order in another shape; a view when it can be.")
        .def(
            "ravel", [](const Array& self) { return reshape(self, Dims{-1}); },
            nb::sig("def ravel(self) -> Array"), "One axis; a view when it can be.")
        .def(
            "flatten", [](const Array& self) { return reshape(self, Dims{-1}, true); },
            nb::sig("def flatten(self) -> Array"), "A copy with one axis.")
        .def("transpose", &transposed, nb::sig("def transpose(self, *axes: Any) -> Array"),
             "The axes in another order, reversed by default; a view.")
        .def("swapaxes", &swap_axes, nb::arg(), nb::arg(),
             nb::sig("def swapaxes(self, axis1: int, axis2: int, /) -> Array"),
             "Two axes exchanged, a view.")
        .def(
            "squeeze", [](const Array& self, AxisLike axis) { return squeeze(self, axis.axes()); },
            nb::arg("axis") = nb::none(),
            nb::sig("def squeeze(self, axis: int | Sequence[int] | None = None) -> Array"),
            "Without axes of length 1, a view.")
        .def(
            "diagonal", &diagonal, nb::arg("offset") = 0, nb::arg("axis1") = 0,
            nb::arg("axis2") = 1,
            nb::sig("def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array"),
            "The diagonals of two axes, as the last axis: a view.")
        .def(
            "take",
            [](const Array& self, ArrayLike indices, AxisLike axis) {
                return take(self, indices.array(), axis.one());
            },
            nb::arg(), nb::arg("axis") = nb::none(),
            nb::sig("def take(self, indices: ArrayLike, /, axis: int | None = None) -> Array"),
            "Elements at `indices` along the axis.")
        .def(
            "nonzero", [](const Array& self) { return to_tuple(nonzero(self)); },
            nb::sig("def nonzero(self) -> tuple[Array, ...]"),
            "The indices of the elements that are not zero.")
        .def(
            "conj",
            [](const Array& self) {
                return elementwise(op(OpId::conj), std::span<const Array>(&self, 1));
            },
            nb::sig("def conj(self) -> Array"), "The complex conjugate.")
        .def(
            "fill",
            [](const Array& self, ScalarLike value) {
                const Scalar scalar = value.scalar();
                const Unlocked unlocked(self.size());
                fill_into(scalar, self);
            },
            nb::arg(), nb::sig("def fill(self, value: complex, /) -> None"),
            "Sets every element to the value.")
        .def("as_read_only", &Array::as_read_only, nb::sig("def as_read_only(self) -> Array"),
             "A view through which elements cannot be assigned.");
}

} // namespace trivet::python
