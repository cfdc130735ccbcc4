# SPDX-License-Identifier: Apache-2.0
"""The Fortran routines that a backend calls, read from its own declarations. Pure."""

from __future__ import annotations

import re

HEADER = "core/backends/blas/fortran.h"
LAPACK = "LAPACK"
DEFINE = re.compile(r"#define ([A-Z][A-Z0-9_]*)\(([^)]*)\)((?:.*\\\n)*.*)")
CALL = re.compile(r"^([A-Z][A-Z0-9_]*)\(([^)]*)\)$", re.MULTILINE)
NAME = re.compile(r"FORTRAN\(([^)]*)\)")


def routines(header: str, family: str = "") -> list[str]:
    """Names such as dgesv and zheevd; `family` is the beginning of the macros that count."""
    joined = header.replace("\\\n", " ")
    macros = {m[1]: (_words(m[2]), NAME.findall(m[3])) for m in DEFINE.finditer(joined)}
    found: list[str] = []
    for call in CALL.finditer(joined):
        if not call[1].startswith(family) or call[1] not in macros:
            continue
        parameters, names = macros[call[1]]
        given = dict(zip(parameters, _words(call[2]), strict=True))
        for name in names:
            pieces = [given.get(piece, piece) for piece in name.split()]
            found.append("".join(piece.strip('"') for piece in pieces))
    return list(dict.fromkeys(found))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]
