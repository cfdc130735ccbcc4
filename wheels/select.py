# SPDX-License-Identifier: Apache-2.0
"""Globs over ids: the only way to choose cells and artefacts."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from wheels.errors import UnknownSelectionError


def matches(name: str, globs: Sequence[str]) -> bool:
    """Say whether `name` matches one of `globs`; no globs at all match everything."""
    return not globs or any(fnmatchcase(name, glob) for glob in globs)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint such as ` (did you mean: a, b?)`, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" (did you mean: {', '.join(close)}?)" if close else ""


def require_each_matches(
    globs: Sequence[str], known: Sequence[str], option: str = "--only"
) -> None:
    """Raise when one of `globs` matches none of `known`."""
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in known):
            shown = ", ".join(sorted(known)[:6]) + (", ..." if len(known) > 6 else "")
            raise UnknownSelectionError(
                f"{option} {glob}: matches none of {len(known)} ids{nearest(glob, known)}",
                why=f"known ids are {shown}" if known else "the plan is empty",
                then="python -m wheels plan",
            )
