# SPDX-License-Identifier: Apache-2.0
"""Errors read `[op] rule; got ...` and have the exception that NumPy's users expect."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import trivet as tv

pytestmark = pytest.mark.portable

FORM = re.compile(r"^\[[\w.]+\] .+; got .+")

ROWS: dict[str, tuple[type[Exception], Callable[[], Any]]] = {
    "shapes": (ValueError, lambda: tv.ones(2) + tv.ones(3)),
    "types": (TypeError, lambda: tv.ones(2) & 1),
    "index": (IndexError, lambda: tv.ones(2)[5]),
    "many indices": (IndexError, lambda: tv.ones(2)[0, 0]),
    "index type": (IndexError, lambda: tv.ones(2)["a"]),
    "axis": (IndexError, lambda: tv.ones(2).sum(axis=1)),
    "reshape": (ValueError, lambda: tv.ones(6).reshape(4, -1)),
    "overflow": (OverflowError, lambda: tv.ones(1, dtype="int8") + 128),
    "matmul": (ValueError, lambda: tv.ones((2, 3)) @ tv.ones((2, 3))),
    "out": (TypeError, lambda: tv.add(1, 2, out=np.zeros(1))),  # type: ignore[arg-type]
    "singular": (tv.linalg.LinAlgError, lambda: tv.linalg.inv(tv.zeros((2, 2)))),
    "not positive": (tv.linalg.LinAlgError, lambda: tv.linalg.cholesky(-tv.eye(2))),
    "not square": (ValueError, lambda: tv.linalg.det(tv.ones((2, 3)))),
    "einsum": (ValueError, lambda: tv.einsum("ij,jk->il", tv.ones((2, 2)), tv.ones((2, 2)))),
    "concat": (ValueError, lambda: tv.concat([tv.ones((2, 2)), tv.ones((3, 3))])),
    "stack": (ValueError, lambda: tv.stack([])),
    "item": (ValueError, lambda: tv.ones(2).item()),
    "complex order": (TypeError, lambda: tv.asarray([1j]) < 2),
    "integer power": (ValueError, lambda: tv.asarray([2]) ** -1),
    "setitem": (ValueError, lambda: tv.ones(3).__setitem__(slice(2), tv.ones(3))),
    "squeeze": (ValueError, lambda: tv.squeeze(tv.ones((2, 1)), 0)),
    "copy": (ValueError, lambda: tv.reshape(tv.ones((2, 3)).T, 6, copy=False)),
}


@pytest.mark.parametrize(("kind", "action"), ROWS.values(), ids=ROWS)
def test_error_has_its_kind_and_form(kind: type[Exception], action: Callable[[], Any]) -> None:
    """The text names the operation, the rule and what was given."""
    with pytest.raises(kind) as caught:
        action()

    assert FORM.match(str(caught.value)), str(caught.value)


def test_lin_alg_error_is_a_value_error() -> None:
    """Code that catches ValueError catches it; its name is public."""
    assert issubclass(tv.linalg.LinAlgError, ValueError)
    assert "trivet.linalg" == tv.linalg.LinAlgError.__module__


def test_a_call_with_wrong_arguments_shows_the_signature() -> None:
    """TypeError with what the function takes."""
    with pytest.raises(TypeError, match=r"add\(x1: ArrayLike, x2: ArrayLike"):
        tv.add(1)  # type: ignore[call-arg]


def test_unknown_names_raise() -> None:
    """An attribute that is not there is an AttributeError that names it."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = tv.nothing
