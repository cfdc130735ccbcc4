# SPDX-License-Identifier: Apache-2.0
"""Numbers that are wrong have no speed: the checks of the timed routines, without any library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from blas_probe.bench import right
from blas_probe.bench.calls import Library, Timed, dot, gemm, gemv, numbers
from blas_probe.bench.child import gives_right, time_routine
from blas_probe.call.pipe import Pipe

N = 20


class Handle(dict[str, Any]):
    """A library whose functions are Python's."""


class Heard(Pipe):
    """A pipe that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(-1, "")
        self.told: list[dict[str, Any]] = []

    def tell(self, **finding: Any) -> None:
        self.told.append(finding)


def library(**functions: Callable[..., Any]) -> Library:
    """An open library that has these."""
    handle = Handle()
    for name, function in functions.items():
        handle[f"{name}_"] = function
    return Library(handle=handle, prefix="", suffix="_", int_bits=32)


def matmul(a: Any, b: Any) -> list[float]:
    """Column-major."""
    return [
        sum(a[row + k * N] * b[k + col * N] for k in range(N))
        for col in range(N)
        for row in range(N)
    ]


def test_a_product_is_compared_with_sums() -> None:
    """One wrong corner, zeros and NaN are seen; rounding is not."""
    a, b = list(numbers(N * N)), list(numbers(N * N))[::-1]
    c = matmul(a, b)

    assert right.product(a, b, c, N, right.DOUBLE)
    assert right.product(a, b, [x * (1 + 1e-12) for x in c], N, right.DOUBLE)
    assert not right.product(a, b, [*c[:-1], c[-1] * 1.001], N, right.DOUBLE)
    assert not right.product(a, b, [0.0] * len(c), N, right.DOUBLE)
    assert not right.product(a, b, [float("nan")] * len(c), N, right.DOUBLE)


def heavy() -> list[float]:
    """A matrix with a heavy diagonal, as those that are factored."""
    source = list(numbers(N * N))
    for index in range(0, N * N, N + 1):
        source[index] += N
    return source


def test_factors_rebuild_their_matrix() -> None:
    """Untouched input is no factor."""
    source = heavy()
    lu = list(source)
    for k in range(N):
        for row in range(k + 1, N):
            lu[row + k * N] /= lu[k + k * N]
            for col in range(k + 1, N):
                lu[row + col * N] -= lu[row + k * N] * lu[k + col * N]
    lower = list(source)
    for k in range(N):
        lower[k + k * N] = (lower[k + k * N] - sum(lower[k + j * N] ** 2 for j in range(k))) ** 0.5
        for row in range(k + 1, N):
            inner = sum(lower[row + j * N] * lower[k + j * N] for j in range(k))
            lower[row + k * N] = (lower[row + k * N] - inner) / lower[k + k * N]

    assert right.lower_upper(source, lu, N)
    assert not right.lower_upper(source, source, N)
    assert right.cholesky(source, lower, N)
    assert not right.cholesky(source, source, N)
    assert not right.orthogonal(source, source, N)


def test_values_have_the_sums_of_their_matrix() -> None:
    """A diagonal matrix shows its own values."""
    diagonal = [0.0] * (N * N)
    values = [float(number + 1) for number in range(N)]
    diagonal[:: N + 1] = values

    assert right.own_values(diagonal, values[::-1], N)
    assert not right.own_values(diagonal, [1.0] * N, N)
    assert right.singular(diagonal, values)
    assert not right.singular(diagonal, [0.0] * N)


IDLE = [("dgemm", lambda lib: gemm(lib, N, kind="d")), ("dgemv", lambda lib: gemv(lib, N)),
        ("ddot", lambda lib: dot(lib, N))]  # fmt: skip


@pytest.mark.parametrize(("name", "make"), IDLE, ids=[row[0] for row in IDLE])
def test_a_routine_that_returns_at_once_is_not_right(
    name: str, make: Callable[[Library], Timed]
) -> None:
    """What lay in the result before the call does not count."""
    assert not gives_right(make(library(**{name: lambda *_: 0.0})))


def test_a_wrong_routine_has_no_rate() -> None:
    """The child tells which one it was."""
    pipe = Heard()
    row = {"name": "ddot", "sizes": [N], "power": 1, "count": 16.0}

    time_routine(library(ddot=lambda *_: 1.0), row, 1, pipe)

    assert {"wrong": {"ddot": N}} in pipe.told
    assert not any("rates" in one for one in pipe.told)


def test_a_right_routine_is_right() -> None:
    """Of a vector as long as two patterns and a piece."""
    count = 2 * 4099 + 5
    x = numbers(count)

    def honest(*_: Any) -> float:
        return float(sum(number * number for number in x))

    assert gives_right(dot(library(ddot=honest), count))
