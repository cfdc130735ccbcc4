# SPDX-License-Identifier: Apache-2.0
"""What a linker is given for a library."""

from __future__ import annotations

import re
from pathlib import Path

from wheels.errors import BuildError

VERSION = re.compile(r"[.-]?\d[\d.]*\Z")  # mkl_rt.3.dll is linked by mkl_rt.lib


def for_linker(library: Path) -> Path:
    """Return what is given to the linker for a library: a DLL has another file for it.

    It lies beside it, or in `lib` where the DLL is in `bin`; without a version it must name it.
    """
    if library.suffix.lower() != ".dll":
        return library
    beside = library.with_suffix(".lib")
    if beside.is_file():
        return beside
    stems = (library.stem, VERSION.sub("", library.stem))
    for folder in (library.parent, library.parent.parent / "lib"):
        for stem in stems:
            path = folder / f"{stem}.lib"
            if path.is_file() and library.name.encode() in path.read_bytes():
                return path
    raise BuildError(
        f"{library.name} cannot be linked with: {beside.name} is neither beside it nor in ../lib",
        why="the package holds only what programs load",
        then="take the package for developers",
    )
