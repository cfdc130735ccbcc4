# SPDX-License-Identifier: Apache-2.0
"""Paths as short as they can be told apart. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def tail(path: str, others: Iterable[str]) -> str:
    """The last parts of `path` that no path in `others` ends with; the whole one if need be."""
    parts = path.split("/")
    strangers = [one for one in others if one != path]
    for count in range(1, len(parts)):
        text = "/".join(parts[-count:])
        if not any(ends(one, text) for one in strangers):
            return text
    return path


def ends(path: str, text: str) -> bool:
    """Is `text` the path, or whole parts at its end?"""
    return path == text or (not text.startswith("/") and path.endswith(f"/{text}"))


def listed(paths: Sequence[str], others: Sequence[str]) -> str:
    """Each path by its tail; those of one folder together: `blas/{liba.so,libb.so}`."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        text = tail(path, others)
        alone = "/" not in text
        folders.setdefault(text if alone else text.rpartition("/")[0], []).append(text)
    return ", ".join(
        names[0] if len(names) == 1 else
        f"{folder}/{{{','.join(name.rpartition('/')[2] for name in names)}}}"
        for folder, names in folders.items()
    )  # fmt: skip
