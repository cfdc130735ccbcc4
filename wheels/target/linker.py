# SPDX-License-Identifier: Apache-2.0
"""What a linker is given for a library."""

from __future__ import annotations

from pathlib import Path

from wheels.errors import BuildError


def for_linker(library: Path) -> Path:
    """Return what is given to the linker for a library: a DLL has another file for it."""
    if library.suffix.lower() != ".dll":
        return library
    beside = library.with_suffix(".lib")
    if not beside.is_file():
        raise BuildError(
            f"{library.name} cannot be linked with: {beside.name} is not beside it",
            why="the package holds only what programs load",
            then="take the package for developers",
        )
    return beside
