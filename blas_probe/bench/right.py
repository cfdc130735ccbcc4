# SPDX-License-Identifier: Apache-2.0
"""Are the numbers of a timed call right? A few of them, or a sum that all of them decide.

All matrices are square and column-major. What returns at once, or computes something else, is
not fast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Numbers = Sequence[float]
DOUBLE, SINGLE = 1e-8, 1e-3
"""Relative errors that no correct routine comes near at the sizes that are timed."""


def near(told: float, wanted: float, relative: float = DOUBLE) -> bool:
    """Equal up to rounding; NaN is near nothing."""
    return abs(told - wanted) <= relative * abs(wanted)


def places(n: int) -> list[tuple[int, int]]:
    """Rows and columns to look at: corners, and two inside."""
    last = n - 1
    return [(0, 0), (last, 0), (0, last), (last, last), (n // 2, n // 3), (n // 5, last // 2)]


def product(a: Numbers, b: Numbers, c: Numbers, n: int, relative: float) -> bool:
    """c = a b"""

    def wanted(row: int, column: int) -> float:
        return math.fsum(a[row + k * n] * b[k + column * n] for k in range(n))

    return all(near(c[row + n * col], wanted(row, col), relative) for row, col in places(n))


def image(a: Numbers, x: Numbers, y: Numbers, n: int) -> bool:
    """y = a x"""
    rows = (0, n // 2, n - 1)
    return all(near(y[row], math.fsum(a[row + k * n] * x[k] for k in range(n))) for row in rows)


def lower_upper(source: Numbers, made: Numbers, n: int) -> bool:
    """source = l u without exchanges of rows, l with a diagonal of ones."""

    def rebuilt(row: int, column: int) -> float:
        most = min(row, column + 1)
        sum_ = math.fsum(made[row + k * n] * made[k + column * n] for k in range(most))
        return sum_ + (made[row + column * n] if row <= column else 0.0)

    return all(near(rebuilt(row, col), source[row + n * col]) for row, col in places(n))


def cholesky(source: Numbers, made: Numbers, n: int) -> bool:
    """source = l l^T in the lower triangle."""

    def rebuilt(row: int, column: int) -> float:
        return math.fsum(made[row + k * n] * made[column + k * n] for k in range(column + 1))

    below = [(row, column) for row, column in places(n) if row >= column]
    return all(near(rebuilt(row, column), source[row + n * column]) for row, column in below)


def orthogonal(source: Numbers, made: Numbers, n: int) -> bool:
    """source = q r: a column of r is as long as that of the source."""
    return all(
        near(_square(made[n * col : n * col + col + 1]), _square(source[n * col : n * col + n]))
        for col in (0, n // 2, n - 1)
    )


def singular(source: Numbers, values: Numbers) -> bool:
    """The squares of singular values have the sum of all squares."""
    return near(_square(values), _square(source))


def own_values(source: Numbers, values: Numbers, n: int) -> bool:
    """The eigenvalues of the lower triangle's matrix have its trace and its sum of squares."""
    diagonal = source[:: n + 1]
    below = math.fsum(_square(source[n * col + col + 1 : n * col + n]) for col in range(n))
    return near(math.fsum(values), math.fsum(diagonal)) and near(
        _square(values), _square(diagonal) + 2 * below
    )


def _square(numbers: Numbers) -> float:
    return math.fsum(number * number for number in numbers)
