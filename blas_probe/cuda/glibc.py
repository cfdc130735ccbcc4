# SPDX-License-Identifier: Apache-2.0
"""Do the toolkit's maths declarations agree with those of the C library?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from blas_probe.cuda.preprocess import MOST_HEADER
from blas_probe.look import first_text
from blas_probe.recipe.cuda import GlibcRow


def numbers(version: str) -> tuple[int, ...]:
    """`2.36` as (2, 36); what is no number ends it."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def bare(text: str, names: Sequence[str]) -> list[str]:
    """Those of `names` that the header declares without any exception specification."""
    return [
        name
        for name in names
        if re.search(rf"^[^#\n]*\b{name}\s*\([^()]*\)\s*;", _declarations(text), re.MULTILINE)
    ]


def _declarations(text: str) -> str:
    """Without comments and without the second list of __func__(...) definitions."""
    plain = re.sub(r"/\*.*?(?:\*/|\Z)|//[^\n]*", " ", text, flags=re.DOTALL)
    return "\n".join(line for line in plain.splitlines() if line.startswith("extern"))


def clashes(header: Path, glibc: str | None, rows: Sequence[GlibcRow]) -> list[tuple[str, str]]:
    """(sentence, link) for each row whose functions clash with this glibc."""
    active = [row for row in rows if glibc and numbers(glibc) >= numbers(row.since)]
    if not active:
        return []
    text = first_text(header, MOST_HEADER)
    found = []
    for row in active:
        names = bare(text, row.functions)
        if names:
            what = (
                f"glibc {glibc} declares {', '.join(names)} as noexcept (since {row.since}), "
                f"{header} declares them without: every .cu file fails to compile"
            )
            found.append((what, row.link))
    return found
