# SPDX-License-Identifier: Apache-2.0
"""Header proofs of earlier runs, used while library, headers and compiler are what they were."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from blas_probe.cache import Cache
from blas_probe.errors import FoundFileError
from blas_probe.headers.search import Candidate
from blas_probe.library import Header, Library
from blas_probe.look import first_bytes
from blas_probe.rebuild import rebuild

VOLATILE = ("seconds", "headers", "speed", "variants", "defects", "notes")
MOST_RULE = 1 << 24
Proof = tuple[tuple[Header, ...], Sequence[str] | None]
"""The headers, and the files that the compiler read; None when it would not answer so again."""


def remembered(
    library: Library,
    found: Sequence[Candidate],
    surroundings: Mapping[str, Any],
    cache: Cache | None,
    prove: Callable[[], Proof],
) -> tuple[Header, ...]:
    """The headers of `library`: from an earlier run, or what `prove` finds and from which files.

    `surroundings` is all that decides beside library and headers: compiler, variables, recipe.
    """
    if cache is None or library.path not in cache.behind:
        return prove()[0]
    facts = {name: value for name, value in vars(library).items() if name not in VOLATILE}
    candidates = [vars(one) for one in found]
    question = {"headers": candidates, "library": as_json(facts), **surroundings}
    known = _headers(cache.recall(question))
    if known is not None:
        return known
    since = time.time()
    headers, read = prove()
    if read is None:
        return headers
    near = [place for one in found for place in (one.path, str(Path(one.path).parent))]
    files = [*cache.behind[library.path], *near, *read]
    answer = [as_json(vars(header)) for header in headers]
    cache.keep(question, answer, files=files, since=since)
    return headers


def as_json(value: Any) -> Any:
    """Tables and lists all the way down, as JSON has them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return as_json(vars(value))
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list | tuple) else value


def _headers(answer: Any) -> tuple[Header, ...] | None:
    """The records that were kept; None when they are none."""
    if not isinstance(answer, list):
        return None
    try:
        return tuple(rebuild(Header, row) for row in answer)
    except (FoundFileError, TypeError, ValueError, AttributeError):
        return None


def included(rule: Path) -> list[str]:
    """The files that a compiler read, by the make rule that it wrote."""
    text = first_bytes(rule, MOST_RULE).decode("utf-8", "surrogateescape")
    words = text.replace("\\\n", " ").replace("\\ ", "\0").split()
    return [word.replace("\0", " ") for word in words if word.startswith("/")]
