# SPDX-License-Identifier: Apache-2.0
"""The rows of recipes/system_libraries.toml: what need not be in a wheel."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from blas_probe.errors import RecipeError
from blas_probe.recipe.load import default_folder
from blas_probe.recipe.schema import load
from wheels.errors import RowError

FILE = "system_libraries.toml"


@dataclass(frozen=True, kw_only=True)
class System:
    """One kind of system."""

    platforms: Annotated[tuple[str, ...], "platform ids (globs)"]
    names: Annotated[tuple[str, ...], "libraries that every one of them has (globs)"]
    any_case: Annotated[bool, "its loader takes capitals for small letters"] = False

    def has(self, needed: str) -> bool:
        """Say whether the system brings a library, as a binary spells it."""
        text = needed.lower() if self.any_case else needed
        return any(fnmatchcase(text, name) for name in self.names)

    def same(self, one: str, other: str) -> bool:
        """Say whether two file names are one to its loader."""
        return one.lower() == other.lower() if self.any_case else one == other


@dataclass(frozen=True, kw_only=True)
class _Systems:
    system: Annotated[tuple[System, ...], "at least one [[system]]"]


def system_of(platform: str, recipes: Path | None = None) -> System:
    """Return the row of a platform's id; RowError names the line, the field and the fix."""
    path = (recipes or default_folder()) / FILE
    try:
        rows = load(_Systems, path).system
    except RecipeError as error:
        raise RowError(str(error), then="correct the line, then: python -m wheels plan") from error
    for row in rows:
        if any(fnmatchcase(platform, glob) for glob in row.platforms):
            return row
    raise RowError(
        f"no row of recipes/{FILE} is for {platform}",
        why="which libraries its system has is not known",
        then=f"add a [[system]] with `platforms` that {platform} matches",
    )
