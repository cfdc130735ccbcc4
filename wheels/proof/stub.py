# SPDX-License-Identifier: Apache-2.0
"""A library that stands for a LAPACK where there is none: it links, and stops who calls it."""

from __future__ import annotations

from pathlib import Path

from wheels.errors import BuildError
from wheels.proof.routines import HEADER, LAPACK, routines

HEAD = ("#define TEXT_(x) #x", "#define TEXT(x) TEXT_(x)", "#define LABEL __USER_LABEL_PREFIX__")


def source(root: Path, prefix: str, suffix: str) -> str:
    """C of a library that has all of these names, as one library's are spelled."""
    names = routines((root / HEADER).read_text(encoding="utf-8"), LAPACK)
    if not names:
        raise BuildError(f"{HEADER}: no LAPACK routine is declared there any more")
    lines = [*HEAD]
    for number, name in enumerate(names):
        label = f'__asm__(TEXT(LABEL) "{prefix}{name}{suffix}")'
        lines.append(f"void stub{number}(void) {label};")
        lines.append(f"void stub{number}(void) {{ __builtin_trap(); }}")
    return "\n".join(lines) + "\n"
