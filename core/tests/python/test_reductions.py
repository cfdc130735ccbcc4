# SPDX-License-Identifier: Apache-2.0
"""Reductions, positions and running sums are NumPy's over axes, dtypes and layouts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import trivet as tv

pytestmark = pytest.mark.portable

Host = np.ndarray[Any, Any]

SHAPE = (3, 4, 5)
AXES: list[Any] = [None, 0, 1, -1, (0, 2), (1,), (-1, 0), ()]
DTYPES = ["bool", "int8", "uint16", "int32", "int64", "uint64", "float32", "float64", "complex128"]
PLAIN = ["sum", "prod", "min", "max", "any", "all", "count_nonzero", "mean", "var", "std"]


def numbers(dtype: str, shape: tuple[int, ...] = SHAPE) -> Host:
    """Return small numbers of both signs where the dtype has them."""
    raw = np.random.default_rng(7).integers(0, 5, shape) - (0 if dtype[0] in "ub" else 2)
    return raw.astype(dtype) * (1 - 0.5j if dtype.startswith("c") else 1)


def check(expected: Any, actual: tv.Array) -> None:
    """Check dtype, shape and elements, floats to 8 eps."""
    wanted, read = np.asarray(expected), np.asarray(actual)
    assert (wanted.dtype, wanted.shape) == (read.dtype, read.shape)
    eps = 8 * float(np.finfo(wanted.dtype).eps) if wanted.dtype.kind in "fc" else 0
    np.testing.assert_allclose(read, wanted, rtol=eps, atol=eps)


ORDERED = ("min", "max")
ROWS = [(n, d) for n in PLAIN for d in DTYPES if not (n in ORDERED and d == "complex128")]


@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize(("name", "dtype"), ROWS)
def test_reduction_is_numpys(name: str, dtype: str, axis: Any) -> None:
    """Function and method agree with NumPy over any axes, kept or dropped, in any layout."""
    for host in (numbers(dtype), numbers(dtype)[::-1, ::2].transpose(2, 0, 1)):
        expected = getattr(np, name)(host, axis=axis)
        kept = getattr(np, name)(host, axis=axis, keepdims=True)

        check(expected, getattr(tv, name)(tv.asarray(host), axis=axis))
        check(expected, getattr(tv.asarray(host), name)(axis))
        check(kept, getattr(tv.asarray(host), name)(axis, keepdims=True))


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("name", ["argmin", "argmax"])
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float32", "float64"])
def test_position_is_of_the_first_extreme(name: str, dtype: str, axis: int | None) -> None:
    """Ties give the first; keepdims keeps the axes."""
    host = numbers(dtype)

    check(getattr(np, name)(host, axis=axis), getattr(tv, name)(host, axis=axis))
    check(
        getattr(np, name)(host, axis=axis, keepdims=True),
        getattr(tv.asarray(host), name)(axis, keepdims=True),
    )


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float32", "complex128"])
def test_running_results_are_numpys(name: str, dtype: str, axis: int | None) -> None:
    """cumsum and cumprod flatten without an axis, and widen narrow integers."""
    host = numbers(dtype)

    check(getattr(np, name)(host, axis=axis), getattr(tv, name)(host, axis=axis))
    check(getattr(np, name)(host, axis=axis), getattr(tv.asarray(host), name)(axis))


def test_cumulative_sum_includes_the_start_when_asked() -> None:
    """The array API's names take include_initial, and need an axis for two axes."""
    host = numbers("float64")

    check(
        np.cumulative_sum(host, axis=1, include_initial=True),
        tv.cumulative_sum(host, axis=1, include_initial=True),
    )
    check(np.cumulative_prod(host[0, 0]), tv.cumulative_prod(host[0, 0]))
    with pytest.raises(ValueError, match="axis is needed"):
        tv.cumulative_sum(host)


def test_dtype_is_the_accumulator() -> None:
    """sum(dtype=...) adds in that type."""
    host = np.full(1000, 0.1, dtype=np.float32)

    check(host.sum(dtype="float64"), tv.sum(host, dtype="float64"))
    check(np.ones(3, "int8").sum(dtype="int8"), tv.sum(np.ones(3, "int8"), dtype="int8"))
    check(host.mean(dtype="float64"), tv.asarray(host).mean(dtype="float64"))


def test_correction_and_ddof_are_the_same() -> None:
    """var and std divide by n - correction."""
    host = numbers("float64")

    check(host.var(axis=0, ddof=1), tv.var(host, axis=0, correction=1))
    check(host.std(ddof=1), tv.asarray(host).std(ddof=1))


@pytest.mark.parametrize("name", ["sum", "prod", "any", "all", "count_nonzero"])
def test_an_empty_reduction_is_the_neutral_element(name: str) -> None:
    """Reducing no elements gives 0, 1, False, True."""
    host = np.zeros((0, 3))

    check(getattr(np, name)(host), getattr(tv, name)(host))
    check(getattr(np, name)(host, axis=0), getattr(tv, name)(host, axis=0))


@pytest.mark.parametrize("name", ["min", "max", "argmin", "argmax"])
def test_an_empty_extreme_raises(name: str) -> None:
    """There is no smallest of no elements: ValueError."""
    with pytest.raises(ValueError, match=rf"\[{name}\]"):
        getattr(tv, name)(tv.zeros((0, 3)))


@pytest.mark.parametrize("name", ["min", "max", "argmin", "argmax", "sum"])
def test_nan_propagates(name: str) -> None:
    """A NaN is the extreme, and its first place the position."""
    host = np.array([[1.0, np.nan, 3.0], [np.nan, 2.0, 0.0]])

    check(getattr(np, name)(host, axis=1), getattr(tv, name)(host, axis=1))


@pytest.mark.parametrize("axis", [3, -4, (0, 3)], ids=str)
def test_a_bad_axis_raises_index_error(axis: Any) -> None:
    """An axis outside the array is an IndexError that names the range."""
    with pytest.raises(IndexError, match="axis"):
        tv.sum(tv.zeros(SHAPE), axis=axis)


def test_an_axis_given_twice_raises() -> None:
    """The same axis twice is a ValueError."""
    with pytest.raises(ValueError, match="axis"):
        tv.sum(tv.zeros(SHAPE), axis=(0, -3))


def test_a_long_float32_sum_is_accurate() -> None:
    """Sums are pairwise or better: no drift over a million elements."""
    host = np.full(1_000_003, 0.1, dtype=np.float32)
    exact = float(np.float32(0.1)) * host.size

    assert abs(tv.sum(host).item() - exact) / exact < 1e-6
