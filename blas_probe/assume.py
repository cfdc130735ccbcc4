# SPDX-License-Identifier: Apache-2.0
"""Facts that the user states because nothing can measure them: a library of another machine, say.

What was measured stands: a statement fills in what is unknown, or was only read from the file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from blas_probe.errors import UsageError
from blas_probe.library import UNKNOWN, Library
from blas_probe.record import dataclass

FACTS: dict[str, dict[str, Any] | None] = {
    "int_bits": {"32": 32, "lp64": 32, "64": 64, "ilp64": 64},
    "complex_return": {word: word for word in ("normal", "argument", "fnda")},
    "f2c": {word: word for word in ("plain", "f2c")},
    "string_length": {word: word for word in ("size_t", "int")},
    "provider": None,
    "version": None,
    "thread_layer": None,
    "lapack_version": None,
}
"""Fact -> the words for its values; None: any word."""


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """One statement about the libraries that a glob fits."""

    glob: str
    fact: str
    value: Any


def parse(text: str) -> Assumption:
    """Read `[GLOB:]FACT=VALUE`; UsageError says what would be right."""
    head, sign, word = text.partition("=")
    glob, colon, fact = head.rpartition(":")
    if not sign or fact not in FACTS:
        msg = f"`{text}`: write [GLOB:]FACT=VALUE with one of {', '.join(FACTS)}"
        raise UsageError(msg)
    words = FACTS[fact]
    if words is not None and word.lower() not in words:
        msg = f"`{text}`: {fact} is one of {', '.join(words)}"
        raise UsageError(msg)
    value = word if words is None else words[word.lower()]
    return Assumption(glob=glob if colon else "*", fact=fact, value=value)


def with_assumptions(library: Library, stated: Sequence[Assumption]) -> Library:
    """The record with what is unknown filled in; a statement that was refuted is noted."""
    for one in stated:
        if not _is_meant(library, one.glob):
            continue
        known = getattr(library, one.fact)
        if known == UNKNOWN or one.fact in library.inferred:
            library = dataclasses.replace(
                library,
                assumed=(*library.assumed, one.fact),
                inferred=tuple(name for name in library.inferred if name != one.fact),
                **{one.fact: one.value},
            )
        elif known != one.value:
            note = f"you stated {one.fact}={one.value}, but it is {known}"
            library = dataclasses.replace(library, notes=(*library.notes, note))
    return library


def _is_meant(library: Library, glob: str) -> bool:
    paths = (library.path, *library.names)
    texts = [*paths, *(path.rsplit("/", 1)[-1] for path in paths)]
    return any(fnmatchcase(text, glob) for text in texts)
