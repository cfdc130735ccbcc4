# SPDX-License-Identifier: Apache-2.0
"""Which headers, that a toolkit's own headers include in quotes, are not there? Nothing is run."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from blas_probe.cuda.preprocess import MOST_HEADER, HeaderError, directives, reached
from blas_probe.look import first_text, is_file

QUOTED = re.compile(r'"([^"]+)"')
MOST_HEADERS = 2000


def missing_headers(
    start: str, folders: Sequence[Path], macros: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """(header that asks, name that is not there) for all that `start` leads to.

    Branches are taken as a compiler with `macros` takes them; what headers define for each other
    is not known, so a branch that depends on it may be left out.
    """
    first = _find(start, None, folders)
    todo, seen, gone = [first] if first else [], set[str](), []
    while todo and len(seen) < MOST_HEADERS:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in _asked(path, macros):
            hit = _find(name, path, folders)
            if hit is None:
                gone.append((path, name))
            else:
                todo.append(hit)
    return tuple(gone)


def _find(name: str, asking: str | None, folders: Sequence[Path]) -> str | None:
    """As a compiler looks for a quoted name: beside the header, then in each folder."""
    beside = [os.path.dirname(asking)] if asking else []  # noqa: PTH120 (hot)
    paths = (f"{folder}{os.sep}{name}" for folder in (*beside, *folders))
    hit = next((path for path in paths if is_file(Path(path))), None)
    return os.path.realpath(hit) if hit else None


def _asked(path: str, macros: Mapping[str, str]) -> list[str]:
    """The quoted names of one header; none where it is not understood."""
    try:
        rests = reached("include", directives(first_text(Path(path), MOST_HEADER)), macros)
    except HeaderError:
        return []
    return [hit[1] for rest in rests if (hit := QUOTED.match(rest))]
