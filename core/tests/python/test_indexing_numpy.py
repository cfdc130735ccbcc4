# SPDX-License-Identifier: Apache-2.0
"""Indexing, taking, joining and ranges give what NumPy gives."""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import trivet as tv
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.portable

FEW = settings(max_examples=200, deadline=None, derandomize=True)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
BOUNDS = st.none() | st.integers(-6, 6)
STEPS = st.none() | st.integers(-3, 3).filter(bool)
JOINT = (2, 3)  # what index arrays broadcast to, or a part of it


def numbers(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return a counting array whose layout is not C order."""
    if not shape:
        return np.array(7)
    return np.arange(np.prod(shape, dtype=int)).reshape(shape[::-1]).T[..., ::-1]


@st.composite
def index_arrays(draw: Any, size: int) -> np.ndarray[Any, Any]:
    """Draw integers in bounds, of a shape that broadcasts to JOINT."""
    shape = tuple(draw(st.sampled_from((1, n))) for n in JOINT)[draw(st.integers(0, 2)) :]
    dtype = draw(st.sampled_from((np.int64, np.int8)))
    array: np.ndarray[Any, Any] = draw(
        hnp.arrays(dtype, shape, elements=st.integers(-size, size - 1))
    )
    return array


@st.composite
def indices(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Draw an index of any kind for an array of `shape`, all integers in bounds."""
    parts: list[Any] = []
    axis = 0
    while axis < len(shape) and draw(st.integers(0, 9)):
        size = shape[axis]
        kinds = ["slice", "new", "mask", "flag"] + (["integer", "array"] if size else [])
        kind = draw(st.sampled_from(kinds))
        axes = draw(st.integers(1, len(shape) - axis)) if kind == "mask" else 1
        axis += 0 if kind in ("new", "flag") else axes
        if kind == "slice":
            parts.append(slice(draw(BOUNDS), draw(BOUNDS), draw(STEPS)))
        elif kind == "new":
            parts.append(None)
        elif kind == "integer":
            parts.append(draw(st.integers(-size, size - 1)))
        elif kind == "array":
            parts.append(draw(index_arrays(size)))
        elif kind == "flag":
            parts.append(draw(st.booleans()))
        else:
            parts.append(draw(hnp.arrays(bool, shape[axis - axes : axis])))
    if axis == len(shape) and draw(st.booleans()):  # any place does: no axis is left for it
        parts.insert(draw(st.integers(0, len(parts))), ...)
    return tuple(parts)


def ours(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the same index with Trivet's arrays."""
    return tuple(tv.asarray(part) if isinstance(part, np.ndarray) else part for part in parts)


def check(expected: Any, actual: Any) -> None:
    """Check shape, dtype and all elements."""
    read = np.asarray(actual)
    assert (expected.shape, expected.dtype) == (read.shape, read.dtype)
    assert expected.tolist() == read.tolist()


@FEW
@given(st.data(), SHAPES)
def test_getitem_reads_as_numpy(data: Any, shape: tuple[int, ...]) -> None:
    """Any mix of basic and advanced indices gives the same elements, or the same error."""
    source = numbers(shape)
    parts = data.draw(indices(shape))
    try:
        expected = np.asarray(source[parts])
    except IndexError:
        with pytest.raises(IndexError):
            tv.asarray(source)[ours(parts)]
        return

    check(expected, tv.asarray(source)[ours(parts)])


@FEW
@given(st.data(), SHAPES, st.booleans())
def test_setitem_writes_as_numpy(data: Any, shape: tuple[int, ...], scalar: bool) -> None:
    """Any mix of basic and advanced indices writes the same elements."""
    expected = numbers(shape).copy()
    actual = tv.asarray(expected, copy=True)
    parts = data.draw(indices(shape))
    try:
        target = expected[parts]
    except IndexError:
        with pytest.raises(IndexError):
            actual[ours(parts)] = 1
        return
    value = -1 if scalar else -np.arange(1, np.size(target) + 1).reshape(np.shape(target))

    expected[parts] = value
    actual[ours(parts)] = value if scalar else tv.asarray(value)

    check(expected, actual)


@pytest.mark.parametrize(
    "key",
    [(3,), (-4,), (0, 0, 0), ([0, 3],), (..., ...), ([True, False],), ([0, 1], [0, 1, 2]), (1.0,)],
    ids=["high", "low", "many", "array", "ellipses", "mask", "broadcast", "float"],
)
def test_a_wrong_index_raises_index_error(key: tuple[Any, ...]) -> None:
    """What NumPy refuses with IndexError is refused with IndexError, reading and writing."""
    array = tv.asarray(np.zeros((3, 4)))
    with pytest.raises(IndexError):
        np.zeros((3, 4))[key]

    with pytest.raises(IndexError):
        array[key]
    with pytest.raises(IndexError):
        array[key] = 1

    assert not np.asarray(array).any()


@FEW
@given(st.data(), hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
def test_functions_along_an_axis_are_numpys(data: Any, shape: tuple[int, ...]) -> None:
    """take, repeat, roll, concat, stack agree for every axis."""
    source = numbers(shape)
    array = tv.asarray(source)
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    at = data.draw(index_arrays(shape[axis]))
    counts = data.draw(hnp.arrays(np.int64, shape[axis], elements=st.integers(0, 3)))
    shift = data.draw(st.integers(-9, 9))

    check(np.take(source, at, axis), tv.take(array, tv.asarray(at), axis=axis))
    check(np.repeat(source, counts, axis), tv.repeat(array, tv.asarray(counts), axis=axis))
    check(np.roll(source, shift, axis), tv.roll(array, shift, axis=axis))
    check(np.roll(source, shift), tv.roll(array, shift))
    check(np.concatenate([source] * 2, axis), tv.concat([array] * 2, axis=axis))
    check(np.stack([source] * 2, axis), tv.stack([array] * 2, axis=axis))


@FEW
@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(-5, 5).filter(bool))
def test_ranges_are_numpys(start: int, stop: int, step: int) -> None:
    """arange and linspace agree to the last bit, for integers and fractions."""
    check(np.arange(start, stop, step), tv.arange(start, stop, step))
    check(np.arange(start, stop, step / 10), tv.arange(start, stop, step / 10))
    check(np.linspace(start, stop, abs(step)), tv.linspace(start, stop, abs(step)))
    check(np.linspace(start, stop / 7, 9), tv.linspace(start, stop / 7, 9))
