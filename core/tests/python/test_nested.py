# SPDX-License-Identifier: Apache-2.0
"""asarray reads nested sequences and numbers as NumPy does."""

from __future__ import annotations

import decimal
import fractions
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import trivet as tv
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.portable

GOOD: dict[str, Any] = {
    "integers": [1, 2, 3],
    "floats": [1, 2.5],
    "complex": [1, 2j],
    "booleans": [True, False],
    "booleans and integers": [True, 2],
    "nested": [[1, 2], [3, 4]],
    "tuples": ((1, 2), (3, 4)),
    "mixed": [(1, 2), [3, 4]],
    "ranges": [range(2), range(2, 4)],
    "range": range(5),
    "empty": [],
    "empty rows": [[], []],
    "number": 3,
    "arrays": [np.arange(3), np.arange(3)],
    "arrays and lists": [[1, 2], np.array([3.5, 4])],
    "numpy scalars": [np.float32(1), np.float32(2)],
    "unsigned": [2**63],
}


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD)
def test_dtype_and_values_are_numpys(source: Any) -> None:
    """Shape, inferred dtype and values agree."""
    expected = np.asarray(source)

    actual = tv.asarray(source)

    assert (expected.shape, expected.dtype.name) == (actual.shape, actual.dtype.name)
    assert expected.tolist() == actual.tolist()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    hnp.arrays(
        st.sampled_from(["int64", "float64", "bool", "complex128"]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3),
    )
)
def test_tolist_and_asarray_are_inverse(host: np.ndarray[Any, Any]) -> None:
    """What tolist writes, asarray reads."""
    listed = tv.asarray(host).tolist()

    assert repr(host.tolist()) == repr(listed)
    if host.size:
        assert repr(listed) == repr(tv.asarray(listed).tolist())


@pytest.mark.parametrize(
    "source",
    [[1, [2]], [[1, 2], [3]], [[1], 2], [np.arange(2), np.arange(3)]],
    ids=["deeper", "shorter", "shallower", "arrays"],
)
def test_ragged_sequences_raise_value_error(source: Any) -> None:
    """Unequal lengths or depths are refused."""
    with pytest.raises(ValueError, match=r"\["):
        tv.asarray(source)


@pytest.mark.parametrize(
    "source", ["text", None, object(), {"a": 1}, [None], ["a"], {1, 2}], ids=repr
)
def test_what_is_no_number_raises_type_error(source: Any) -> None:
    """The error names the type that was given."""
    with pytest.raises(TypeError, match=r"asarray"):
        tv.asarray(source)


def test_a_list_that_holds_itself_raises() -> None:
    """Recursion ends at 64 axes with an error."""
    source: list[Any] = []
    source.append(source)

    with pytest.raises(ValueError, match="64"):
        tv.asarray(source)


def test_other_number_types_convert() -> None:
    """Decimal and Fraction go by __float__, integers by __index__."""
    assert [0.5, 0.25] == tv.asarray([decimal.Decimal("0.5"), fractions.Fraction(1, 4)]).tolist()


def test_dtype_of_lists() -> None:
    """A given dtype casts: floats are cut for integers, complex is refused for reals."""
    assert [1, -1] == tv.asarray([1.7, -1.7], dtype="int8").tolist()
    assert [True, False] == tv.asarray([2, 0], dtype=bool).tolist()
    assert tv.float16 == tv.asarray([1, 2], dtype="float16").dtype
    for source in ([1j], 1j):
        with pytest.raises(TypeError, match="complex"):
            tv.asarray(source, dtype="float64")


@pytest.mark.parametrize("name", ["zeros", "ones", "empty"])
def test_creation_by_shape(name: str) -> None:
    """Shapes are integers or sequences; float64 by default; *_like takes shape and dtype."""
    array = getattr(tv, name)((2, 3), dtype="int8")
    like = getattr(tv, name + "_like")(array)

    assert ((2, 3), tv.int8) == (like.shape, like.dtype)
    assert ((4,), tv.float64) == (getattr(tv, name)(4).shape, getattr(tv, name)(4).dtype)
    with pytest.raises(ValueError, match=r"\["):
        getattr(tv, name)(-1)
    with pytest.raises(TypeError, match="shape"):
        getattr(tv, name)(1.5)
    with pytest.raises(ValueError, match="device"):
        getattr(tv, name)(1, device="cuda")


def test_full_takes_the_values_dtype() -> None:
    """full infers from the value and broadcasts arrays."""
    assert tv.int64 == tv.full(2, 3).dtype
    assert tv.bool == tv.full(2, True).dtype
    assert [[1.0, 2.0], [1.0, 2.0]] == tv.full((2, 2), np.array([1.0, 2.0])).tolist()
    assert tv.int8 == tv.full_like(tv.zeros(2, dtype="int8"), 5).dtype


def test_arange_linspace_eye_and_triangles() -> None:
    """Dtypes and values are NumPy's."""
    assert tv.int64 == tv.arange(3).dtype and tv.float64 == tv.arange(3.0).dtype
    assert np.eye(3, 4, 1).tolist() == tv.eye(3, 4, k=1).tolist()
    host = np.arange(12).reshape(3, 4)
    assert np.tril(host, -1).tolist() == tv.tril(host, k=-1).tolist()
    assert np.triu(host, 1).tolist() == tv.triu(host, k=1).tolist()
    expected = np.linspace(0, 10, 4, dtype="int64")
    assert expected.tolist() == tv.linspace(0, 10, 4, dtype="int64").tolist()
    assert np.linspace(0, 1j, 3).tolist() == tv.linspace(0, 1j, 3).tolist()


def test_an_impossible_size_raises_memory_error() -> None:
    """More bytes than can be had raise MemoryError or ValueError, and nothing is lost."""
    with pytest.raises((MemoryError, ValueError)):
        tv.empty((2**40, 2**20))
    with pytest.raises((MemoryError, ValueError, OverflowError)):
        tv.empty((2**62, 2**62))
