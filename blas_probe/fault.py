# SPDX-License-Identifier: Apache-2.0
"""One thing that is wrong, and what all of them are worked out from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

from blas_probe.found import Found
from blas_probe.recipe import Recipes
from blas_probe.record import dataclass


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One sentence, the files that it concerns, and what to do."""

    text: str
    cure: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that the faults are worked out from."""

    found: Found
    used: frozenset[str] = frozenset()
    """The files that programs get or builds take."""
    recipes: Recipes = field(default_factory=lambda: Recipes(providers=()))
    install: str | None = None
    """The command that brings a fast library for programs, where a package manager has one."""
    pip: str = "python -m pip"

    @property
    def paths(self) -> list[str]:
        """Every file, so that one can be told from the others."""
        return [library.path for library in self.found.libraries]


def together(rows: Iterable[tuple[str, str, str]]) -> Iterator[Fault]:
    """(text, cure, file): one fault for each text and cure."""
    files: dict[tuple[str, str], list[str]] = {}
    for text, cure, file in rows:
        files.setdefault((text, cure), []).append(file)
    for (text, cure), having in files.items():
        yield Fault(text=text, cure=cure, files=tuple(dict.fromkeys(having)))
