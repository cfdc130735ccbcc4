# SPDX-License-Identifier: Apache-2.0
"""What one repair is told, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wheels.command import Log
from wheels.repair.graft import Shelf
from wheels.repair.system import system_of
from wheels.rows import Platform


@dataclass(frozen=True, kw_only=True)
class Job:
    """One wheel to be repaired."""

    wheel: Path
    folder: Path
    platform: Platform
    search: tuple[Path, ...]
    """Folders with the libraries that it may take in."""
    excluded: Mapping[str, Path]
    """Libraries that a run-time requirement brings."""
    declared: tuple[int, int]
    """Oldest glibc that this requirement's own wheels name."""
    env: Mapping[str, str]
    log: Log
    recipes: Path | None = None
    """Folder with the rows of systems; None: the checkout's."""

    @property
    def shelf(self) -> Shelf:
        """Where needed libraries may be taken from."""
        system = system_of(self.platform.id, self.recipes)
        return Shelf(search=self.search, system=system, outside=tuple(self.excluded))

    @property
    def tree(self) -> Path:
        """Where the unpacked result goes."""
        return self.folder / "tree"


@dataclass(frozen=True, kw_only=True)
class Repaired:
    """An unpacked wheel with everything in it that it needs."""

    tree: Path
    platform_tag: str
    grafted: tuple[str, ...]
