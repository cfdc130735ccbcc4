# SPDX-License-Identifier: Apache-2.0
"""str and repr read as NumPy's."""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import trivet as tv
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.portable

ROWS: dict[str, Any] = {
    "integers": np.array([[1, -20], [300, 4]]),
    "floats": np.array([1.0, 2.5, -3.125]),
    "whole floats": np.array([1.0, 20.0]),
    "thirds": np.arange(5) / 3,
    "wide range": np.array([1e-10, 1.0, 1e10]),
    "large": np.array([1e8, 2e9]),
    "small": np.array([1e-5, 2e-5]),
    "not finite": np.array([np.nan, np.inf, -np.inf, 1.5]),
    "zeros": np.zeros((2, 2)),
    "float32": np.array([0.1, 0.2], dtype="float32"),
    "float16": np.array([0.1, 0.2], dtype="float16"),
    "booleans": np.array([True, False]),
    "complex": np.array([1 + 2j, -3.5 - 0.25j]),
    "unsigned": np.array([1, 2], dtype="uint8"),
    "three axes": np.arange(24).reshape(2, 3, 4),
    "rounded to zeros": np.array([0.006000000052154064, 0.006000000052154064]),
    "rounded to zeros, exponent": np.array([1.0000000000012e10, 2e10]),
    "float32 with an exponent": np.array([1683396.625, 110111.125], dtype="float32"),
    "float32, each with its own digits": np.array([0.0036385981, -1.7247869], dtype="float32"),
    "no blanks before a line break": np.array([-25831557.796808053, 0.0, 0.0, 0.0]),
    "long": np.arange(1001),
    "long rows": np.arange(2000.0).reshape(2, 1000),
    "many axes": np.arange(4096).reshape(8, 8, 8, 8),
    "line breaks": np.arange(60) * 1000,
    "one": np.array([7]),
    "empty": np.array([]),
    "empty rows": np.zeros((0, 3)),
    "0-d": np.array(3),
}


@pytest.mark.parametrize("host", ROWS.values(), ids=ROWS)
def test_text_is_numpys(host: Any) -> None:
    """Digits, width, line breaks and summaries agree."""
    array = tv.asarray(host)

    assert str(host) == str(array)
    assert repr(host) == repr(array)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(hnp.arrays(np.float64, (3, 2), elements=st.floats(-1e6, 1e6, width=32)))
def test_floats_are_numpys(host: np.ndarray[Any, Any]) -> None:
    """Any floats have NumPy's digits."""
    for dtype in ("float64", "float32"):
        other = host.astype(dtype)

        assert str(other) == str(tv.asarray(other))


def test_one_value_has_all_its_digits() -> None:
    """str of a 0-d array is the number's own; format specs work on it."""
    assert "0.1" == str(tv.asarray(0.1))
    assert "0.1" == str(tv.asarray(0.1, dtype="float32"))
    assert "3.142" == f"{tv.asarray(3.14159):.3f}"
    assert "[1. 2.]" == f"{tv.asarray([1.0, 2.0])}"
    with pytest.raises(TypeError):
        format(tv.ones(2), ".3f")


def test_bfloat16_is_shown_with_its_dtype() -> None:
    """A dtype that literals do not give is stated."""
    assert "array([1.5, 2. ], dtype=bfloat16)" == repr(tv.asarray([1.5, 2], dtype="bfloat16"))
