# SPDX-License-Identifier: Apache-2.0
"""Every row of the op table gives what NumPy gives, for its dtypes, shapes and strides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import trivet as tv
from trivet import _core

from core.tests.python.elementwise_cases import APART, CASES, Case

pytestmark = pytest.mark.portable

Host = np.ndarray[Any, Any]

LAYOUTS: dict[str, Any] = {
    "contiguous": lambda a: a,
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "reversed": lambda a: a[..., ::-1],
    "transposed": lambda a: np.asfortranarray(a),
    "zero stride": lambda a: np.broadcast_to(a[..., :1], a.shape),
}
PAIRS = [(case, dtype) for case in CASES for dtype in case.dtypes]
NAMES = [f"{case.name}-{dtype}" for case, dtype in PAIRS]


def values(case: Case, dtype: str, shape: tuple[int, ...] = (5, 7), seed: int = 1) -> list[Host]:
    """Return arguments within the case's range, as the dtype."""
    random = np.random.default_rng(seed)
    kind = np.dtype(dtype).kind
    made = []
    for _ in range(case.arity):
        low = max(case.low, 0) if kind in "ub" else case.low
        array = random.uniform(low, case.high, shape)
        if kind == "c":
            array = array + 1j * random.uniform(-1, 1, shape) * min(abs(case.high), 1)
        made.append((array > 1) if kind == "b" else array.astype(dtype))
    return made


def check(expected: Host, actual: tv.Array, *, ulps: float = 0.0) -> None:
    """Check dtype, shape and elements; the tolerance is in units of the dtype's eps."""
    read = np.asarray(actual)
    assert (expected.dtype, expected.shape) == (read.dtype, read.shape)
    if expected.dtype.kind not in "fc":
        np.testing.assert_array_equal(read, expected)
        return
    eps = float(np.finfo(expected.dtype).eps) * ulps
    np.testing.assert_allclose(read, expected, rtol=eps, atol=eps)


def test_every_row_of_the_table_is_compared() -> None:
    """A new element-wise row without a case fails here."""
    rows = {name for name, op_class, _ in _core._op_table() if op_class == 0}

    assert rows == {case.name for case in CASES} | set(APART)


@pytest.mark.parametrize(("case", "dtype"), PAIRS, ids=NAMES)
def test_function_is_numpys(case: Case, dtype: str) -> None:
    """Values and result dtype are NumPy's."""
    arguments = values(case, dtype)
    with np.errstate(all="ignore"):
        expected = np.asarray(case.reference(*arguments))

    actual = getattr(tv, case.name)(*map(tv.asarray, arguments))

    check(expected, actual, ulps=case.ulps)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_layout_does_not_matter(case: Case, layout: str) -> None:
    """Strided, reversed, transposed and broadcast arguments give the same values."""
    dtype = "float32" if "float32" in case.dtypes else "int32"
    arguments = [LAYOUTS[layout](a) for a in values(case, dtype)]
    with np.errstate(all="ignore"):
        expected = np.asarray(case.reference(*arguments))

    actual = getattr(tv, case.name)(*map(tv.asarray, arguments))

    check(expected, actual, ulps=case.ulps)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 0, 2), (1, 1, 1), (1000,)], ids=str)
@pytest.mark.parametrize("name", ["exp", "negative", "logical_not", "add", "less"])
def test_any_shape_runs(name: str, shape: tuple[int, ...]) -> None:
    """0-d, empty and long arrays keep their shape."""
    case = next(case for case in CASES if case.name == name)
    arguments = values(case, "float64", shape)

    actual = getattr(tv, name)(*map(tv.asarray, arguments))

    check(np.asarray(case.reference(*arguments)), actual, ulps=case.ulps)


@pytest.mark.parametrize(
    ("left", "right"),
    [((3, 1), (1, 4)), ((2, 3, 4), (4,)), ((2, 1, 4), (3, 1)), ((), (3,)), ((0, 1), (1, 3))],
    ids=str,
)
def test_binary_functions_broadcast(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    """Axes of length 1 and missing axes are repeated."""
    a = np.arange(np.prod(left, dtype=int), dtype=float).reshape(left)
    b = np.arange(np.prod(right, dtype=int), dtype=float).reshape(right) + 10

    check(a - b, tv.subtract(tv.asarray(a), tv.asarray(b)))
    check(a * b, tv.asarray(a) * tv.asarray(b))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", ["add", "multiply", "exp", "tanh", "sqrt", "less"])
def test_half_types_round_once(name: str, dtype: str) -> None:
    """float16 and bfloat16 are computed in float32 and rounded to the type."""
    case = next(case for case in CASES if case.name == name)
    arguments = [tv.asarray(np.abs(a) + 0.5, dtype=dtype) for a in values(case, "float32")]
    wide = [np.asarray(a.astype("float32")) for a in arguments]
    expected = np.asarray(case.reference(*wide))

    actual = getattr(tv, name)(*arguments)

    if name == "less":
        check(expected, actual)
    else:
        assert tv.asarray(expected).astype(dtype).tolist() == actual.tolist()
        assert tv.DType(dtype) == actual.dtype


@pytest.mark.parametrize("dtype", ["int32", "float32", "float64", "complex64"])
def test_fma_and_clip_and_where(dtype: str) -> None:
    """The functions of three arguments are NumPy's expressions."""
    a, b, c = (np.arange(n, n + 12).reshape(3, 4).astype(dtype) for n in (1, -3, 5))
    x, y, z = map(tv.asarray, (a, b, c))

    check(a * b + c, tv.fma(x, y, z))
    check(np.where(a.real > 5, b, c), tv.where(x.real > 5, y, z))
    if dtype != "complex64":
        check(np.clip(a, 2, 8), tv.clip(x, 2, 8))
        check(np.clip(a, 2, None), tv.clip(x, 2))
        check(np.clip(a, None, 8), tv.clip(x, max=8))
        check(a, tv.clip(x))
        check(np.clip(a, b, c), tv.clip(x, y, z))


def test_where_alone_is_nonzero() -> None:
    """where(condition) returns one index array for each axis."""
    mask = np.array([[True, False], [True, True]])

    for expected, actual in zip(np.where(mask), tv.where(tv.asarray(mask)), strict=True):
        check(expected, actual)


def test_round_takes_decimals() -> None:
    """round(x, decimals) is NumPy's, for positive and negative counts."""
    x = np.array([1.2345, -6.555, 1234.5, 0.5, 2.5])

    for decimals in (0, 1, 2, -1, -2):
        check(np.round(x, decimals), tv.round(tv.asarray(x), decimals), ulps=4)


def test_out_takes_the_result() -> None:
    """out= is written, returned, and may be of another dtype of the same kind."""
    a = tv.asarray([1.0, 4.0, 9.0])
    out = tv.zeros(3, dtype="float32")

    result = tv.sqrt(a, out=out)

    assert result is out
    assert [1.0, 2.0, 3.0] == out.tolist()
    with pytest.raises(TypeError, match=r"\[sqrt\]"):
        tv.sqrt(a, out=tv.zeros(3, dtype="int64"))
    with pytest.raises(ValueError, match=r"\[add\]"):
        tv.add(a, a, out=tv.zeros(2))


def test_dtype_computes_in_that_type() -> None:
    """dtype= casts the arguments first, by the rule same_kind."""
    a = np.array([1, 2, 3])

    check(np.add(a, a, dtype="float32"), tv.add(a, a, dtype="float32"))
    check(np.sqrt(a, dtype="float32"), tv.sqrt(a, dtype=tv.float32))
    with pytest.raises(TypeError, match="same_kind"):
        tv.add(tv.asarray([1.5]), 1, dtype="int64")


def test_parameters_of_activations() -> None:
    """elu and leaky_relu take their parameter as a second argument."""
    x = np.linspace(-2, 2, 9)

    check(np.where(x > 0, x, 0.5 * np.expm1(x)), tv.elu(x, 0.5), ulps=4)
    check(np.where(x > 0, x, 0.2 * x), tv.leaky_relu(x, slope=0.2), ulps=4)


def test_aliases_are_the_same_function() -> None:
    """NumPy's and the array API's other names are the same objects."""
    assert tv.absolute is tv.abs
    assert tv.power is tv.pow
    assert tv.bitwise_left_shift is tv.left_shift
