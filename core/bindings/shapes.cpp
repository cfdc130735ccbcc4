// SPDX-License-Identifier: Apache-2.0
// Functions that rearrange: views first, then joins and copies.
#include "arguments.h"

#include <nanobind/stl/string.h>

#include <algorithm>

namespace trivet::python {
namespace {

Array permuted(const Array& a, AxisLike axes) {
    return axes.given() ? permute_dims(a, to_dims(axes.object, "axes")) : transpose(a);
}

Array unlocked(const Array& a, Array (*run)(const Array&)) {
    const Unlocked lock(a.size());
    return run(a);
}

nb::object broadcast_arrays(nb::args arrays) {
    std::vector<Array> results;
    std::vector<Dims> shapes;
    for (const nb::handle item : arrays) {
        results.push_back(to_array(item));
        shapes.push_back(results.back().shape());
    }
    const Dims shape = broadcast_shapes(shapes);
    for (Array& result : results) {
        result = broadcast_to(result, shape);
    }
    return to_tuple(std::move(results));
}

nb::object meshgrid(nb::args arrays, const std::string& indexing) {
    if (indexing != "xy" && indexing != "ij") {
        raise(ErrorKind::value, "meshgrid", "indexing must be \"xy\" or \"ij\"", indexing);
    }
    const int count = static_cast<int>(arrays.size());
    Dims shape(count, 1);
    std::vector<Array> flat;
    for (const nb::handle item : arrays) {
        const Array array = to_array(item);
        if (array.ndim() > 1) {
            raise(ErrorKind::value, "meshgrid", "arguments must have one axis",
                  "shape " + array.shape().text());
        }
        shape[static_cast<int>(flat.size())] = array.size();
        flat.push_back(reshape(array, Dims{-1}));
    }
    std::vector<Array> results;
    for (int i = 0; i < count; ++i) {
        Dims single(count, 1);
        single[i] = shape[i];
        const auto index = static_cast<std::size_t>(i);
        Array grid = broadcast_to(reshape(flat[index], single), shape);
        results.push_back(copy(indexing == "xy" && count > 1 ? swap_axes(grid, 0, 1) : grid));
    }
    return to_tuple(std::move(results));
}

nb::object unstack(ArrayLike x, int axis) {
    const Array a = moveaxis(x.array(), Dims{axis}, Dims{0});
    std::vector<Array> parts;
    for (std::int64_t i = 0; i < a.shape()[0]; ++i) {
        const Index at[] = {i};
        parts.push_back(index_get(a, at));
    }
    return to_tuple(std::move(parts));
}

Array difference(const Array& a) { // along axis 0
    const Index later[] = {Slice{1, std::nullopt, std::nullopt}};
    const Index earlier[] = {Slice{std::nullopt, -1, std::nullopt}};
    const Array args[] = {index_get(a, later), index_get(a, earlier)};
    return elementwise(op(a.dtype() == DType::bool_ ? OpId::not_equal : OpId::subtract), args);
}

Array diff(ArrayLike x, int axis, std::int64_t n, ArrayLike prepend, ArrayLike append) {
    if (n < 0) {
        raise(ErrorKind::value, "diff", "n must not be negative", std::to_string(n));
    }
    std::vector<Array> parts;
    for (const ArrayLike& part : {prepend, x, append}) {
        if (part.given()) {
            parts.push_back(moveaxis(part.array(), Dims{axis}, Dims{0}));
        }
    }
    Array a = parts.size() == 1 ? parts[0] : concatenate(parts, 0);
    for (; n > 0; --n) {
        a = difference(a);
    }
    return moveaxis(a, Dims{0}, Dims{axis});
}

nb::object common_shape(nb::args shapes) {
    std::vector<Dims> all;
    for (const nb::handle shape : shapes) {
        all.push_back(to_dims(shape, "broadcast_shapes"));
    }
    const Dims common = broadcast_shapes(all);
    nb::list sizes;
    for (const std::int64_t size : common) {
        sizes.append(size);
    }
    return nb::tuple(sizes);
}

void init_views(nb::module_& m) {
    m.def(
        "reshape",
        [](ArrayLike x, ShapeLike shape, CopyLike copy) {
            return reshape(x.array(), shape.dims("shape"), copy.value());
        },
        nb::arg(), nb::arg("shape"), nb::kw_only(), nb::arg("copy") = nb::none(),
        nb::sig("def reshape(x: ArrayLike, /, shape: Shape, *, copy: bool | None = None) -> Array"),
        "The elements in C order in another shape; -1 stands for what is left. A view when it "
        "can.");
    m.def(
        "permute_dims", [](ArrayLike x, AxisLike axes) { return permuted(x.array(), axes); },
        nb::arg(), nb::arg("axes"),
        nb::sig("def permute_dims(x: ArrayLike, /, axes: Sequence[int]) -> Array"),
        "The axes in another order, a view.");
    m.def(
        "transpose", [](ArrayLike x, AxisLike axes) { return permuted(x.array(), axes); },
        nb::arg(), nb::arg("axes") = nb::none(),
        nb::sig("def transpose(x: ArrayLike, /, axes: Sequence[int] | None = None) -> Array"),
        "The axes in another order, reversed by default; a view.");
    m.def(
        "swapaxes", [](ArrayLike x, int i, int j) { return swap_axes(x.array(), i, j); }, nb::arg(),
        nb::arg("axis1"), nb::arg("axis2"),
        nb::sig("def swapaxes(x: ArrayLike, /, axis1: int, axis2: int) -> Array"),
        "Two axes exchanged, a view.");
    m.def(
        "moveaxis",
        [](ArrayLike x, ShapeLike from, ShapeLike to) {
            return moveaxis(x.array(), from.dims("source"), to.dims("destination"));
        },
        nb::arg(), nb::arg("source"), nb::arg("destination"),
        nb::sig("def moveaxis(x: ArrayLike, source: int | Sequence[int], destination: int | "
                "Sequence[int], /) -> Array"),
        "Axes moved to other places, a view.");
    m.def(
        "expand_dims",
        [](ArrayLike x, ShapeLike axis) { return expand_dims(x.array(), axis.dims("axis")); },
        nb::arg(), nb::arg("axis") = 0,
        nb::sig("def expand_dims(x: ArrayLike, /, axis: int | Sequence[int] = 0) -> Array"),
        "New axes of length 1 at these places of the result, a view.");
    m.def(
        "squeeze", [](ArrayLike x, AxisLike axis) { return squeeze(x.array(), axis.axes()); },
        nb::arg(), nb::arg("axis") = nb::none(),
        nb::sig("def squeeze(x: ArrayLike, /, axis: int | Sequence[int] | None = None) -> Array"),
        "Without these axes of length 1; without all of them by default. A view.");
    m.def(
        "flip", [](ArrayLike x, AxisLike axis) { return flip(x.array(), axis.axes()); }, nb::arg(),
        nb::arg("axis") = nb::none(),
        nb::sig("def flip(x: ArrayLike, /, axis: int | Sequence[int] | None = None) -> Array"),
        "The order reversed along these axes, a view.");
    m.def(
        "broadcast_to",
        [](ArrayLike x, ShapeLike shape) { return broadcast_to(x.array(), shape.dims("shape")); },
        nb::arg(), nb::arg("shape"),
        nb::sig("def broadcast_to(x: ArrayLike, /, shape: Shape) -> Array"),
        "Repeated to a shape without a copy: a read-only view.");
    m.def("broadcast_arrays", &broadcast_arrays,
          nb::sig("def broadcast_arrays(*arrays: ArrayLike) -> tuple[Array, ...]"),
          "All arguments broadcast to their common shape: read-only views.");
    m.def(
        "diagonal",
        [](ArrayLike x, std::int64_t offset, int axis1, int axis2) {
            return diagonal(x.array(), offset, axis1, axis2);
        },
        nb::arg(), nb::arg("offset") = 0, nb::arg("axis1") = 0, nb::arg("axis2") = 1,
        nb::sig("def diagonal(x: ArrayLike, /, offset: int = 0, axis1: int = 0, axis2: int = 1) "
                "-> Array"),
        "The diagonals of the two axes, as the last axis: a view.");
}

void init_joins(nb::module_& m) {
    const auto join = [](ArraysLike arrays, AxisLike axis) {
        const std::vector<Array> values = arrays.arrays();
        const auto one = axis.one();
        return concatenate(values, one);
    };
    for (const char* name : {"concat", "concatenate"}) {
        const std::string sig = std::string("def ") + name +
                                "(arrays: Sequence[ArrayLike], /, axis: int | None = 0) -> Array";
        m.def(name, join, nb::arg(), nb::arg("axis").none() = 0, nb::sig(sig.c_str()),
              "The arrays one after another along an axis; flattened first when axis is None.");
    }
    m.def(
        "stack", [](ArraysLike arrays, int axis) { return stack(arrays.arrays(), axis); },
        nb::arg(), nb::arg("axis") = 0,
        nb::sig("def stack(arrays: Sequence[ArrayLike], /, axis: int = 0) -> Array"),
        "Arrays of one shape along a new axis.");
    m.def("unstack", &unstack, nb::arg(), nb::kw_only(), nb::arg("axis") = 0,
          nb::sig("def unstack(x: ArrayLike, /, *, axis: int = 0) -> tuple[Array, ...]"),
          "The slices along an axis, as views.");
    m.def(
        "repeat",
        [](ArrayLike x, ArrayLike repeats, AxisLike axis) {
            return repeat(x.array(), repeats.array(), axis.one());
        },
        nb::arg(), nb::arg(), nb::kw_only(), nb::arg("axis") = nb::none(),
        nb::sig("def repeat(x: ArrayLike, repeats: ArrayLike, /, *, axis: int | None = None) -> "
                "Array"),
        "Each element `repeats` times along the axis; flattened when axis is None.");
    m.def(
        "tile",
        [](ArrayLike x, ShapeLike repetitions) {
            return tile(x.array(), repetitions.dims("repetitions"));
        },
        nb::arg(), nb::arg(),
        nb::sig("def tile(x: ArrayLike, repetitions: int | Sequence[int], /) -> Array"),
        "The whole array repeated along each axis.");
    m.def(
        "roll",
        [](ArrayLike x, ShapeLike shift, AxisLike axis) {
            return roll(x.array(), shift.dims("shift"), axis.axes());
        },
        nb::arg(), nb::arg("shift"), nb::arg("axis") = nb::none(),
        nb::sig("def roll(x: ArrayLike, /, shift: int | Sequence[int], axis: int | Sequence[int] "
                "| None = None) -> Array"),
        "Elements moved along the axes; what leaves at the end comes in at the start.");
    m.def("meshgrid", &meshgrid, nb::arg(), nb::kw_only(), nb::arg("indexing") = "xy",
          nb::sig("def meshgrid(*arrays: ArrayLike, indexing: str = 'xy') -> tuple[Array, ...]"),
          "Coordinate grids of 1-d arrays, with Cartesian (xy) or matrix (ij) order.");
    m.def("diff", &diff, nb::arg(), nb::kw_only(), nb::arg("axis") = -1, nb::arg("n") = 1,
          nb::arg("prepend") = nb::none(), nb::arg("append") = nb::none(),
          nb::sig(
              "def diff(x: ArrayLike, /, *, axis: int = -1, n: int = 1, prepend: ArrayLike | None "
              "= None, append: ArrayLike | None = None) -> Array"),
          "Differences of neighbours along the axis, taken n times.");
    m.def("broadcast_shapes", &common_shape,
          nb::sig("def broadcast_shapes(*shapes: Shape) -> tuple[int, ...]"),
          "The shape that arrays of these shapes broadcast to.");
    m.def(
        "copy", [](ArrayLike x) { return unlocked(x.array(), &copy); }, nb::arg(),
        nb::sig("def copy(x: ArrayLike, /) -> Array"), "A fresh array in C order.");
    m.def(
        "ascontiguousarray", [](ArrayLike x) { return unlocked(x.array(), &contiguous); },
        nb::arg(), nb::sig("def ascontiguousarray(x: ArrayLike, /) -> Array"),
        "The array itself when it lies in C order, otherwise a copy.");
}

} // namespace

void init_shapes(nb::module_& m) {
    init_views(m);
    init_joins(m);
}

} // namespace trivet::python
