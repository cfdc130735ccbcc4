# SPDX-License-Identifier: Apache-2.0
"""What a library opens while it runs, by its recipe's `[[threads.opens]]` rows. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from blas_probe.recipe import Opens, Recipe
from blas_probe.search.places import matching
from blas_probe.threads.loader import Opened

GLOB = frozenset("*?[")


def rows_of(one: Opened, recipes: Sequence[Recipe]) -> tuple[Opens, ...]:
    """The layers that this library may open: by its name, and proven by its provider's marks."""
    names = (one.path.name, one.file.soname or "")
    for recipe in recipes:
        rows = tuple(
            row for row in recipe.threads.opens
            if any(fnmatchcase(name, glob) for name in names for glob in row.by)
        )  # fmt: skip
        if rows and any(mark in symbol for mark in recipe.marks for symbol in one.file.defined):
            return rows
    return ()


def opened_layer(recipe: Recipe, name: str) -> str | None:
    """The layer that a file of this name opens when nothing is set; None when it opens none."""
    rows = [row for row in recipe.threads.opens if any(fnmatchcase(name, glob) for glob in row.by)]
    usual = chosen(rows, {})
    return usual.layer if usual else None


def chosen(rows: Sequence[Opens], environ: Mapping[str, str]) -> Opens | None:
    """The layer that this environment chooses, or the usual one."""
    usual = None
    for row in rows:
        name, _, value = row.choose.partition("=")
        if name and environ.get(name, "").strip().lower() == value.lower():
            return row
        usual = row if row.usual else usual
    return usual


def others(rows: Sequence[Opens], environ: Mapping[str, str]) -> list[Opens]:
    """The layers that a variable could choose instead."""
    now = chosen(rows, environ)
    return [row for row in rows if row.choose and row is not now]


def opened_by(
    one: Opened, recipes: Sequence[Recipe], environ: Mapping[str, str]
) -> tuple[str, ...]:
    """Names and paths that this library will open by itself."""
    row = chosen(rows_of(one, recipes), environ)
    return tuple(name for file in row.files for name in _beside(one, file)) if row else ()


def _beside(one: Opened, file: str) -> list[str]:
    """The file beside the library; a plain name is left to the loader when it is not there."""
    there = [str(path) for path in matching(one.path.parent, [file])]
    return there[:1] or ([] if GLOB.intersection(file) else [file])
