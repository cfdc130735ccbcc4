# SPDX-License-Identifier: Apache-2.0
"""Result dtypes are NumPy 2's: tables, weak Python numbers, ranges, casts."""

from __future__ import annotations

import itertools
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import trivet as tv

pytestmark = pytest.mark.portable

NAMES = [
    "bool",
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
]


@pytest.mark.parametrize(
    ("a", "b"), list(itertools.combinations_with_replacement(NAMES, 2)), ids=str
)
def test_two_dtypes_promote_as_numpy(a: str, b: str) -> None:
    """result_type, promote_types and the operators give NumPy's type, in both orders."""
    expected = np.result_type(a, b).name
    one, other = tv.ones(2, dtype=a), tv.ones(2, dtype=b)

    assert expected == tv.result_type(a, b).name == tv.promote_types(b, a).name
    assert expected == (one + other).dtype.name == (other + one).dtype.name


@pytest.mark.parametrize("name", NAMES)
def test_bfloat16_promotes_upwards(name: str) -> None:
    """bfloat16 gives way to wider floats; with float16 it is float32."""
    wide = {"float16": "float32", "complex64": "complex64", "complex128": "complex128"}
    wide |= {"float32": "float32", "float64": "float64", "bool": "bfloat16"}
    expected = wide.get(name)
    if expected is None:
        assert tv.result_type("bfloat16", name).kind == "f"
    else:
        assert expected == tv.result_type("bfloat16", name).name


@pytest.mark.parametrize("scalar", [True, 3, 1.5, 2j], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_python_numbers_are_weak(name: str, scalar: Any) -> None:
    """A Python number takes the array's dtype unless its kind is higher, on either side."""
    host, array = np.ones(2, dtype=name), tv.ones(2, dtype=name)
    expected = (host + scalar).dtype.name

    assert expected == (array + scalar).dtype.name == (scalar + array).dtype.name
    assert expected == tv.result_type(array, scalar).name == tv.add(array, scalar).dtype.name


def test_numpy_scalars_are_strong() -> None:
    """np.float64(1) is float64 even though it is a Python float."""
    array = tv.ones(2, dtype="float32")

    assert tv.float64 == (array + np.float64(1)).dtype == (np.float64(1) + array).dtype
    assert tv.float32 == (array + np.float32(1)).dtype == (array + np.int8(1)).dtype


@pytest.mark.parametrize(("name", "value"), [("uint8", 256), ("int8", -129), ("uint64", -1)])
def test_an_integer_out_of_range_raises(name: str, value: int) -> None:
    """No wrapping: OverflowError names the value and the dtype."""
    array = tv.ones(2, dtype=name)

    for use in (
        lambda: array + value,
        lambda: tv.asarray(value, dtype=name),
        lambda: tv.asarray([value], dtype=name),
        lambda: tv.full(2, value, dtype=name),
        lambda: array.__setitem__(0, value),
        lambda: array.__iadd__(value),
    ):
        with pytest.raises(OverflowError, match=name):
            use()


@pytest.mark.parametrize("value", [300, -1, 2**63, 2**64, 2**100, -(2**70)])
def test_an_integer_out_of_range_compares(value: int) -> None:
    """Comparison with a number that the dtype does not hold is decided, not refused."""
    array, host = tv.asarray([0, 255], dtype="uint8"), np.array([0, 255], dtype="uint8")

    assert (host == value).tolist() == (array == value).tolist()
    assert (host < value).tolist() == (array < value).tolist()
    assert (value > host).tolist() == (value > array).tolist()


def test_large_integers_meet_floats() -> None:
    """An integer above 64 bits is a float beside floats."""
    assert [1e30] == (tv.zeros(1) + 10**30).tolist()
    assert 1e30 == tv.asarray(10**30, dtype="float64").item()
    assert tv.uint64 == tv.asarray(2**63).dtype == tv.asarray([2**63, 1]).dtype
    with pytest.raises(OverflowError):
        tv.asarray(2**64)
    with pytest.raises(OverflowError):
        tv.asarray([2**64])


@pytest.mark.parametrize("a", NAMES)
@pytest.mark.parametrize("rule", ["no", "safe", "same_kind", "unsafe"])
def test_can_cast_is_numpys(a: str, rule: str) -> None:
    """can_cast agrees for every pair of dtypes and rule."""
    casting: Any = rule
    expected = [np.can_cast(a, b, casting) for b in NAMES]

    assert expected == [tv.can_cast(a, b, rule) for b in NAMES]


@pytest.mark.filterwarnings("ignore:Casting complex")
@pytest.mark.parametrize(("a", "b"), list(itertools.product(NAMES, NAMES)), ids=str)
def test_astype_is_numpys(a: str, b: str) -> None:
    """Any dtype casts to any other with NumPy's values."""
    host = np.array([0, 1, 2, 100], dtype=a)
    expected = host.astype(b)

    assert expected.tolist() == tv.asarray(host).astype(b).tolist()


def test_bfloat16_rounds_to_even() -> None:
    """Casts to bfloat16 give ml_dtypes' bits, and come back through NumPy."""
    host = np.linspace(-3, 3, 1001, dtype=np.float32)
    expected = host.astype(ml_dtypes.bfloat16)

    array = tv.asarray(host).astype("bfloat16")

    assert expected.astype(np.float32).tolist() == array.tolist()
    assert ml_dtypes.bfloat16 == np.asarray(array).dtype
    assert tv.bfloat16 == tv.asarray(expected).dtype
    assert array.tolist() == tv.asarray(expected).tolist()
