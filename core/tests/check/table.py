# SPDX-License-Identifier: Apache-2.0
"""A backend's table through ctypes: enough to multiply, to ask who answers, and to set threads."""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path

HEADER = Path(__file__).resolve().parents[2] / "include/trivet/backend.h"
TEXT = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int64)
GET = ctypes.CFUNCTYPE(ctypes.c_int32)
SET = ctypes.CFUNCTYPE(None, ctypes.c_int32)
DOUBLES = ctypes.POINTER(ctypes.c_double)
INT = ctypes.c_int64
GEMM = ctypes.CFUNCTYPE(
    INT, ctypes.c_char, ctypes.c_char, INT, INT, INT, DOUBLES, DOUBLES, INT, DOUBLES, INT, DOUBLES,
    DOUBLES, INT,
)  # fmt: skip
GESV = ctypes.CFUNCTYPE(INT, INT, INT, DOUBLES, INT, ctypes.POINTER(INT), DOUBLES, INT)


class Table(ctypes.Structure):
    """struct trivet_backend."""

    _fields_ = [
        ("abi_version", ctypes.c_uint32),
        ("struct_size", ctypes.c_uint32),
        ("routines_size", ctypes.c_uint32),
        ("int_bits", ctypes.c_int32),
        ("id", ctypes.c_char_p),
        ("provider", ctypes.c_char_p),
        ("version", TEXT),
        ("core", TEXT),
        ("thread_layer", TEXT),
        ("library", TEXT),
        ("lapack_library", TEXT),
        ("get_threads", GET),
        ("set_threads", SET),
        *((letter, ctypes.POINTER(ctypes.c_void_p)) for letter in "sdcz"),
    ]


def routine_names() -> list[str]:
    """The routines in the order of the table, from the header."""
    return re.findall(r"^    X\((\w+), ", HEADER.read_text(encoding="utf-8"), re.MULTILINE)


class Backend:
    """One loaded backend file."""

    def __init__(self, path: str | Path) -> None:
        flags = os.RTLD_NOW | os.RTLD_LOCAL | os.RTLD_DEEPBIND
        self._library = ctypes.CDLL(str(path), mode=flags)
        self._library.trivet_backend_entry.restype = ctypes.POINTER(Table)
        self.table: Table = self._library.trivet_backend_entry().contents
        names = routine_names()
        assert self.table.routines_size == 8 * len(names)
        self._gemm = GEMM(self.table.d[names.index("gemm")])
        self._gesv = GESV(self.table.d[names.index("gesv")])

    def text(self, field: str) -> str:
        """One of the texts: version, core, thread_layer, library, lapack_library."""
        buffer = ctypes.create_string_buffer(1024)
        getattr(self.table, field)(ctypes.cast(buffer, ctypes.c_char_p), len(buffer))
        return os.fsdecode(buffer.value)

    @property
    def threads(self) -> int:
        """How many threads the provider uses; 1 when it does not say."""
        return self.table.get_threads() if self.table.get_threads else 1

    @threads.setter
    def threads(self, count: int) -> None:
        if self.table.set_threads:
            self.table.set_threads(count)

    def multiply(self, a: list[list[float]], b: list[list[float]]) -> list[list[float]]:
        """a @ b for square lists of rows."""
        n = len(a)
        matrix = ctypes.c_double * (n * n)
        flat_a, flat_b = (matrix(*(x for row in m for x in row)) for m in (a, b))
        out, one, none = matrix(), ctypes.c_double(1), ctypes.c_double(0)
        # row-major: (A B)^T = B^T A^T
        status = self._gemm(b"N", b"N", n, n, n, one, flat_b, n, flat_a, n, none, out, n)
        assert status == 0
        return [list(out[i * n : (i + 1) * n]) for i in range(n)]

    def solve(self, a: list[list[float]], b: list[float]) -> list[float]:
        """The solution of a x = b."""
        n = len(a)
        columns = (ctypes.c_double * (n * n))(*(a[i][j] for j in range(n) for i in range(n)))
        x, pivots = (ctypes.c_double * n)(*b), (INT * n)()
        assert self._gesv(n, 1, columns, n, pivots, x, n) == 0
        return list(x)
