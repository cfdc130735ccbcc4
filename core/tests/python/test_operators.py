# SPDX-License-Identifier: Apache-2.0
"""Operators: every one, both sides, in place, with overlap, and beside other libraries."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import trivet as tv

pytestmark = pytest.mark.portable

Binary = Callable[[Any, Any], Any]

ARITHMETIC: list[Binary] = [
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv),
    *(operator.mod, operator.pow),
]
BITS: list[Binary] = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]
COMPARISONS: list[Binary] = [
    *(operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge)
]
INPLACE: list[Binary] = [
    *(operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ifloordiv),
    *(operator.imod, operator.ipow),
]
INPLACE_BITS: list[Binary] = [
    *(operator.iand, operator.ior, operator.ixor, operator.ilshift, operator.irshift)
]


def same(expected: Any, actual: Any) -> None:
    """Check that an Array has NumPy's dtype and values."""
    wanted = np.asarray(expected)
    assert isinstance(actual, tv.Array)
    assert (wanted.dtype.name, wanted.tolist()) == (actual.dtype.name, actual.tolist())


@pytest.mark.parametrize("op", ARITHMETIC + COMPARISONS, ids=lambda op: op.__name__)
def test_operator_takes_arrays_numbers_and_ndarrays(op: Binary) -> None:
    """Either side may be an Array, a number, an ndarray or a NumPy scalar; we answer."""
    a, b = np.array([5.0, 7.0, 2.0]), np.array([2.0, 3.0, 2.0])
    x, y = tv.asarray(a), tv.asarray(b)

    same(op(a, b), op(x, y))
    same(op(a, b), op(x, b))
    same(op(a, b), op(a, y))
    same(op(a, 2), op(x, 2))
    same(op(2, b), op(2, y))
    same(op(np.float32(2), b), op(np.float32(2), y))
    same(op(a, [1, 2, 3]), op(x, [1, 2, 3]))


@pytest.mark.parametrize("op", BITS, ids=lambda op: op.__name__)
def test_bit_operator_takes_integers(op: Binary) -> None:
    """Integers on either side; floats are refused with TypeError."""
    a, b = np.array([12, 7, 1]), np.array([1, 2, 3])

    same(op(a, b), op(tv.asarray(a), tv.asarray(b)))
    same(op(12, b), op(12, tv.asarray(b)))
    same(op(a, 2), op(tv.asarray(a), 2))
    with pytest.raises(TypeError):
        op(tv.asarray([1.5]), 2)


@pytest.mark.parametrize(
    ("op", "dtype"),
    [*((op, "float64") for op in INPLACE), *((op, "int64") for op in INPLACE_BITS)],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_in_place_keeps_the_object_and_its_memory(op: Binary, dtype: str) -> None:
    """`a op= b` writes into a's memory, through views too, and returns a."""
    host = np.array([8, 9, 10], dtype=dtype)
    expected = op(host.copy(), 2)
    array = tv.asarray(host)

    result = op(array, 2)

    assert result is array
    assert expected.tolist() == host.tolist() == array.tolist()


def test_unary_operators() -> None:
    """-a, +a, abs(a), ~a, and Python's round trip."""
    a = np.array([-3, 4])
    x = tv.asarray(a)

    same(-a, -x)
    same(+a, +x)
    same(abs(a), abs(x))
    same(~a, ~x)


def test_divmod_is_both() -> None:
    """divmod gives quotient and remainder."""
    quotient, remainder = divmod(tv.asarray([7, -7]), 2)

    assert ([3, -4], [1, 1]) == (quotient.tolist(), remainder.tolist())
    assert NotImplemented is tv.asarray([1]).__divmod__(object())  # type: ignore[operator]


@pytest.mark.parametrize(
    "shift", [slice(1, None), slice(None, None, -1), slice(0, -1)], ids=["up", "reversed", "down"]
)
def test_in_place_overlap_reads_before_it_writes(shift: slice) -> None:
    """A view of the same memory on the right gives what a copy would give."""
    host = np.arange(10.0)
    target = slice(None) if shift.step else slice(0, -1) if shift.start else slice(1, None)
    expected = host.copy()
    expected[target] += host[shift].copy()
    array = tv.asarray(host)

    view = array[target]
    view += array[shift]

    assert expected.tolist() == array.tolist()


def test_in_place_refuses_what_it_cannot_hold() -> None:
    """int += float and a growing shape raise and leave the array as it was."""
    array = tv.asarray([1, 2, 3])

    with pytest.raises(TypeError, match="same kind"):
        array += 1.5
    with pytest.raises(ValueError, match=r"\[add\]"):
        array += tv.ones((2, 3), dtype="int64")
    with pytest.raises(ValueError, match="read-only"):
        view = tv.broadcast_to(array, (2, 3))
        view += 1
    assert [1, 2, 3] == array.tolist()


def test_unknown_operands_are_left_to_themselves() -> None:
    """An object that is no array gets its reflected method, or a TypeError from Python."""

    class Other:
        def __radd__(self, left: object) -> str:
            return "mine"

    assert "mine" == tv.ones(2) + Other()
    with pytest.raises(TypeError):
        tv.ones(2) + object()  # type: ignore[operator]
    with pytest.raises(TypeError):
        tv.ones(2) @ 2
    assert (tv.ones(2) == None) is False  # noqa: E711
    different: Any = tv.ones(2) != "text"
    assert different is True


def test_truth_needs_one_element() -> None:
    """bool() of one element is its truth; of none or several a ValueError."""
    assert bool(tv.asarray([3])) and not bool(tv.asarray(0.0))
    for array in (tv.ones(2), tv.zeros(0)):
        with pytest.raises(ValueError, match="ambiguous"):
            bool(array)


def test_conversion_to_python_numbers() -> None:
    """int, float, complex and index take one element; index an integer of no axes."""
    assert (3, 3.0, 3 + 0j, 3) == (
        int(tv.asarray([3.7])),
        float(tv.asarray(3)),
        complex(tv.asarray(3)),
        operator.index(tv.asarray(3)),
    )
    assert [10, 20, 30][tv.asarray(1)] == 20
    with pytest.raises(TypeError, match=r"\[float\]"):
        float(tv.ones(2))
    with pytest.raises(TypeError, match=r"\[index\]"):
        operator.index(tv.asarray(1.0))
    with pytest.raises(TypeError):
        float(tv.asarray(1j))


def test_container_protocol() -> None:
    """len, iteration, containment and unhashability are NumPy's."""
    array = tv.asarray([[1, 2], [3, 4]])

    assert 2 == len(array)
    assert [[1, 2], [3, 4]] == [row.tolist() for row in array]
    assert 3 in array and 5 not in array
    assert [3, 4] == next(reversed(array)).tolist()
    with pytest.raises(TypeError):
        hash(array)
    for use in (len, iter):
        with pytest.raises(TypeError, match="first axis"):
            use(tv.asarray(1))
    with pytest.raises(TypeError):
        del array[0]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("a", "b"),
    [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 2))],
    ids=str,
)
def test_matmul_is_numpys(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """@ takes arrays and ndarrays on either side; @= keeps the memory."""
    left = np.arange(np.prod(a), dtype=float).reshape(a)
    right = np.arange(np.prod(b), dtype=float).reshape(b)

    for result in (tv.asarray(left) @ tv.asarray(right), left @ tv.asarray(right)):
        np.testing.assert_allclose(np.asarray(result), left @ right)


def test_in_place_matmul_keeps_the_memory() -> None:
    """a @= b writes the product into a's memory."""
    host = np.arange(4.0).reshape(2, 2)
    array = tv.asarray(host)
    array @= np.array([[0.0, 1.0], [1.0, 0.0]])

    assert [[1.0, 0.0], [3.0, 2.0]] == host.tolist()
