# SPDX-License-Identifier: Apache-2.0
"""Which providers' marks are in a file. Pure functions; run in the child."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Marks = Mapping[str, Any]
"""One provider's marks, import_marks, byte_marks and the providers that it refines."""


def all_hits(
    table: Mapping[str, Marks],
    *,
    defined: Collection[str],
    imported: Collection[str],
    data: bytes = b"",
) -> dict[str, list[str]]:
    """Provider -> its marks that are in the file; providers without any are left out.

    Names are strong evidence, texts weak: texts count for files whose names say nothing, and for
    a provider made from one whose names are there.
    """
    names = "\n".join(defined), "\n".join(imported)
    strong = {provider: _named(marks, *names) for provider, marks in table.items()}
    seen = {provider for provider, found in strong.items() if found}
    hits = {}
    for provider, marks in table.items():
        texts = not seen or seen.intersection(marks["refines"])
        found = strong[provider] + (_texts(marks, data) if texts else [])
        if found:
            hits[provider] = found
    return hits


def _named(marks: Marks, defined: str, imported: str) -> list[str]:
    found = [f"defines:{mark}" for mark in marks["marks"] if mark in defined]
    return found + [f"imports:{mark}" for mark in marks["import_marks"] if mark in imported]


def _texts(marks: Marks, data: bytes) -> list[str]:
    return [f"bytes:{mark}" for mark in marks["byte_marks"] if mark.encode() in data]
