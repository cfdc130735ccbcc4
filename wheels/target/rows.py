# SPDX-License-Identifier: Apache-2.0
"""The rows of recipes/python_targets.toml: Python as it is on platforms where none can be asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from blas_probe.errors import RecipeError
from blas_probe.recipe.schema import Where, load
from wheels.errors import RowError
from wheels.row_words import CONTROL, check_places, texts_of
from wheels.rows import Platform, Toolchain

FILE = "python_targets.toml"
MACRO = re.compile(r"[A-Za-z_]\w*\Z")
PLACES = ("nodot", "machine", "platform")
ENDING = re.compile(r"\.[\w.{}-]+\Z")
NAMES = ("suffix", "stable_suffix", "library", "stable_library")


@dataclass(frozen=True, kw_only=True)
class Target:
    """Python on one kind of platform."""

    platforms: Annotated[tuple[str, ...], "platform ids (globs)"]
    suffix: Annotated[str, "what an extension's name ends with, for one version of Python"]
    stable_suffix: Annotated[str, "the same for the stable ABI"]
    complete: Annotated[bool, "macros are the whole pyconfig.h, nothing of this machine's"] = False
    library: Annotated[str, "library that Python's names are taken from; empty: none"] = ""
    stable_library: Annotated[str, "the same for the stable ABI"] = ""
    library_machine: Annotated[
        Mapping[str, str], "the platform row's machine -> what the maker of import libraries says"
    ] = field(default_factory=dict)
    macros: Annotated[Mapping[str, str], "macro -> its value in pyconfig.h; empty: undefined"]

    def check(self, where: Where) -> None:
        """Refuse texts that could not be filled in, and names that are no macros."""
        for name in NAMES:
            check_places(getattr(self, name), PLACES, where.at(name))
        for name in ("suffix", "stable_suffix"):
            if not ENDING.match(text := getattr(self, name)):
                raise where.at(name).fail(f"`{text}` ends no file name", "write e.g. .abi3.so")
        for key, text in texts_of(self):
            if CONTROL.search(text):
                raise where.at(*key).fail("holds a control character", "remove it")
        if not self.macros:
            raise where.at("macros").fail("is empty", "write what differs there in pyconfig.h")
        for name in self.macros:
            if not MACRO.match(name):
                raise where.at("macros", name).fail("no macro's name", "use letters, digits and _")
        if bool(self.library) != bool(self.stable_library) or (
            self.library and not self.library_machine
        ):
            fix = "give library, stable_library and library_machine, or none of them"
            raise where.at("library").fail("does not stand alone", fix)


@dataclass(frozen=True, kw_only=True)
class _Targets:
    target: Annotated[tuple[Target, ...], "at least one [[target]]"]


def load_targets(recipes: Path) -> tuple[Target, ...]:
    """Read the file in folder `recipes`; RowError names the line, the field and the fix."""
    try:
        return load(_Targets, recipes / FILE).target
    except RecipeError as error:
        raise RowError(str(error), then="correct the line, then: python -m wheels plan") from error


def target_of(targets: tuple[Target, ...], platform: Platform) -> Target:
    """Return the first row that `platform` matches."""
    for row in targets:
        if any(fnmatchcase(platform.id, glob) for glob in row.platforms):
            return row
    raise RowError(
        f"no row of recipes/{FILE} is for {platform.id}",
        why="what Python's headers say there is not known",
        then=f"add a [[target]] with `platforms` that {platform.id} matches",
    )


def require_import_library(
    target: Target, platform: Platform, toolchains: Sequence[Toolchain]
) -> None:
    """RowError when `platform` asks for an import library of Python, and none can be made."""
    if not target.library:
        return
    what = f"no import library of {target.library} can be made for {platform.id}"
    if not target.library_machine.get(platform.machine):
        raise RowError(
            what,
            why=f"its row of recipes/{FILE} has no library_machine for {platform.machine}",
            then="add it there",
        )
    for row in toolchains:
        if row.id in platform.toolchains and row.crosses and not row.import_library:
            raise RowError(
                what,
                why=f"the toolchain {row.id} has no import_library",
                then="add it in recipes/toolchains.toml",
            )


def filled(text: str, platform: Platform, version: str) -> str:
    """Put the platform and the Python version (3.11) into one of a row's texts."""
    return text.format(
        nodot=version.replace(".", ""), machine=platform.machine, platform=platform.id
    )
