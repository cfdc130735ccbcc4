# SPDX-License-Identifier: Apache-2.0
"""The routines that are timed: their arguments, by the Fortran interface. Child only."""

from __future__ import annotations

import ctypes
import math
from array import array
from collections.abc import Callable
from functools import partial
from typing import Any

from blas_probe.bench import right
from blas_probe.record import dataclass

TILE = 4099
"""Length of the pattern that fills matrices: prime, so that no two columns are alike."""
QUERY = -1


@dataclass(frozen=True, kw_only=True)
class Library:
    """An open library and how its names and integers look."""

    handle: Any
    prefix: str
    suffix: str
    int_bits: int
    upper: bool = False

    def function(self, routine: str) -> Any:
        """The routine; AttributeError when the library has none."""
        name = routine.upper() if self.upper else routine
        called = self.handle[self.prefix + name + self.suffix]
        called.restype = None
        return called

    def integer(self, value: int) -> Any:
        """A pointer to an integer as wide as the library's."""
        kind = ctypes.c_int64 if self.int_bits == 64 else ctypes.c_int32
        return ctypes.byref(kind(value))

    def integers(self, count: int) -> Any:
        """Room for integers."""
        kind = ctypes.c_int64 if self.int_bits == 64 else ctypes.c_int32
        return (kind * count)()


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A call that is ready to be made, and what restores its input."""

    call: Callable[[], Any]
    is_right: Callable[[Any], bool]
    """Are the numbers right after a call that returned this?"""
    restore: Callable[[], object] | None = None
    """What each run needs before it."""
    spoil: Callable[[], object] | None = None
    """Put 0 in the place of the result."""


def numbers(count: int, *, kind: str = "d") -> Any:
    """`count` floats between 0.5 and 1.5."""
    tile = array(
        "d" if kind == "d" else "f", (0.5 + (index * 7919 % TILE) / TILE for index in range(TILE))
    )
    whole = tile * -(-count // TILE)
    ctype = ctypes.c_double if kind == "d" else ctypes.c_float
    return (ctype * count).from_buffer(whole)


def letter(text: str) -> Any:
    """A Fortran character argument; its hidden length goes to the end."""
    return ctypes.c_char_p(text.encode())


ONE = ctypes.c_size_t(1)


def gemm(library: Library, n: int, *, kind: str) -> Timed:
    """c = a b, all square."""
    ctype = ctypes.c_double if kind == "d" else ctypes.c_float
    a, b, c = (numbers(n * n, kind=kind) for _ in range(3))
    size, one, zero = library.integer(n), ctypes.byref(ctype(1)), ctypes.byref(ctype(0))
    no = letter("N")
    relative = right.DOUBLE if kind == "d" else right.SINGLE
    return Timed(
        call=partial(
            library.function("dgemm" if kind == "d" else "sgemm"),
            no, no, size, size, size, one, a, size, b, size, zero, c, size, ONE, ONE,
        ),
        is_right=lambda _: right.product(a, b, c, n, relative),
        spoil=partial(ctypes.memset, c, 0, ctypes.sizeof(c)),
    )  # fmt: skip


def gemv(library: Library, n: int) -> Timed:
    """y = a x"""
    a, x, y = numbers(n * n), numbers(n), numbers(n)
    size, step = library.integer(n), library.integer(1)
    one, zero = ctypes.byref(ctypes.c_double(1)), ctypes.byref(ctypes.c_double(0))
    return Timed(
        call=partial(
            library.function("dgemv"),
            letter("N"), size, size, one, a, size, x, step, zero, y, step, ONE,
        ),
        is_right=lambda _: right.image(a, x, y, n),
        spoil=partial(ctypes.memset, y, 0, ctypes.sizeof(y)),
    )  # fmt: skip


def dot(library: Library, n: int) -> Timed:
    """The product of two vectors."""
    x, y, step = numbers(n), numbers(n), library.integer(1)
    called = library.function("ddot")
    called.restype = ctypes.c_double
    whole, rest = divmod(n, TILE)
    tile = [number * number for number in x[: min(n, TILE)]]
    wanted = whole * math.fsum(tile) + math.fsum(tile[:rest])
    return Timed(
        call=partial(called, library.integer(n), x, step, y, step),
        is_right=lambda told: right.near(told, wanted),
    )


def factor(library: Library, n: int, *, routine: str) -> Timed:
    """getrf, potrf or geqrf of a matrix with a heavy diagonal."""
    source = numbers(n * n)
    for index in range(0, n * n, n + 1):
        source[index] += n
    matrix = (ctypes.c_double * (n * n))()
    size, info = library.integer(n), library.integers(1)
    rows, work = library.integers(n), numbers(64 * n)
    arguments = {
        "dgetrf": (size, size, matrix, size, rows, info),
        "dpotrf": (letter("L"), size, matrix, size, info, ONE),
        "dgeqrf": (size, size, matrix, size, numbers(n), work, library.integer(64 * n), info),
    }[routine]
    rebuilds: dict[str, Callable[[Any, Any, int], bool]] = {
        "dgetrf": right.lower_upper, "dpotrf": right.cholesky, "dgeqrf": right.orthogonal,
    }  # fmt: skip
    return Timed(
        call=partial(library.function(routine), *arguments),
        is_right=lambda _: info[0] == 0 and rebuilds[routine](source, matrix, n),
        restore=partial(ctypes.memmove, matrix, source, 8 * n * n),
    )


def svd(library: Library, n: int) -> Timed:
    """dgesdd with all vectors."""
    source, matrix = numbers(n * n), (ctypes.c_double * (n * n))()
    ctypes.memmove(matrix, source, 8 * n * n)
    u, vt, values = numbers(n * n), numbers(n * n), numbers(n)
    size, rows, info = library.integer(n), library.integers(8 * n), library.integers(1)
    called = library.function("dgesdd")

    def run(work: Any, count: int) -> None:
        called(
            letter("S"), size, size, matrix, size, values, u, size, vt, size,
            work, library.integer(count), rows, info, ONE,
        )  # fmt: skip

    first = numbers(1)
    run(first, QUERY)
    count = int(first[0])
    return Timed(
        call=partial(run, numbers(count), count),
        is_right=lambda _: info[0] == 0 and right.singular(source, values),
        restore=partial(ctypes.memmove, matrix, source, 8 * n * n),
    )


def eigen(library: Library, n: int) -> Timed:
    """dsyevd with the vectors; one triangle is read, so that the matrix counts as symmetric."""
    source, matrix = numbers(n * n), (ctypes.c_double * (n * n))()
    ctypes.memmove(matrix, source, 8 * n * n)
    values, size, info = numbers(n), library.integer(n), library.integers(1)
    called = library.function("dsyevd")

    def run(work: Any, count: int, rows: Any, whole: int) -> None:
        called(
            letter("V"), letter("L"), size, matrix, size, values,
            work, library.integer(count), rows, library.integer(whole), info, ONE, ONE,
        )  # fmt: skip

    first, rows = numbers(1), library.integers(1)
    run(first, QUERY, rows, QUERY)
    count, whole = int(first[0]), int(rows[0])
    return Timed(
        call=partial(run, numbers(count), count, library.integers(whole), whole),
        is_right=lambda _: info[0] == 0 and right.own_values(source, values, n),
        restore=partial(ctypes.memmove, matrix, source, 8 * n * n),
    )


ROUTINES: dict[str, Callable[[Library, int], Timed]] = {
    "dgemm": partial(gemm, kind="d"),
    "sgemm": partial(gemm, kind="s"),
    "dgemv": gemv,
    "ddot": dot,
    "dgetrf": partial(factor, routine="dgetrf"),
    "dpotrf": partial(factor, routine="dpotrf"),
    "dgeqrf": partial(factor, routine="dgeqrf"),
    "dgesdd": svd,
    "dsyevd": eigen,
}
