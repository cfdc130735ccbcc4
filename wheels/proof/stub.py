# SPDX-License-Identifier: Apache-2.0
"""A library that stands for a LAPACK where there is none: it links, and stops who calls it."""

from __future__ import annotations

import re
from pathlib import Path

from wheels.errors import BuildError

HEADER = "core/backends/blas/fortran.h"
DEFINE = re.compile(r"#define (LAPACK\w*)\(([^)]*)\)((?:.*\\\n)*.*)")
CALL = re.compile(r"^(LAPACK\w*)\(([^)]*)\)$", re.MULTILINE)
NAME = re.compile(r"FORTRAN\(([^)]*)\)")


def routines(header: str) -> list[str]:
    """The LAPACK routines that a backend calls (dgesv, zheevd, ...), from its own declarations."""
    bodies = {m[1]: (_words(m[2]), m[3].replace("\\\n", " ")) for m in DEFINE.finditer(header)}
    macros = {name: (given, NAME.findall(body)) for name, (given, body) in bodies.items()}
    found: list[str] = []
    for call in CALL.finditer(header):
        parameters, names = macros[call[1]]
        given = dict(zip(parameters, _words(call[2]), strict=True))
        for name in names:
            pieces = [given.get(piece, piece) for piece in name.split()]
            found.append("".join(piece.strip('"') for piece in pieces))
    return list(dict.fromkeys(found))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def source(root: Path, prefix: str, suffix: str) -> str:
    """C of a library that has all of these names, as one library's are spelled."""
    names = routines((root / HEADER).read_text(encoding="utf-8"))
    if not names:
        raise BuildError(f"{HEADER}: no LAPACK routine is declared there any more")
    lines = [
        "#define TEXT_(x) #x",
        "#define TEXT(x) TEXT_(x)",
        "#define LABEL __USER_LABEL_PREFIX__",
    ]
    for number, name in enumerate(names):
        label = f'__asm__(TEXT(LABEL) "{prefix}{name}{suffix}")'
        lines.append(f"void stub{number}(void) {label};")
        lines.append(f"void stub{number}(void) {{ __builtin_trap(); }}")
    return "\n".join(lines) + "\n"
