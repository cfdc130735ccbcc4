# SPDX-License-Identifier: Apache-2.0
"""Is something there? Never an error: what may not be looked at counts as absent.

The methods of Path raise for folders that one may not enter and for names that are too long.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def is_folder(path: Path) -> bool:
    """A folder, or a link to one."""
    return os.path.isdir(path)  # noqa: PTH112 (this one does not raise)


def is_file(path: Path) -> bool:
    """A regular file, or a link to one."""
    return os.path.isfile(path)  # noqa: PTH113


def exists(path: Path) -> bool:
    """Anything at all."""
    return os.path.exists(path)  # noqa: PTH110


def first_bytes(path: Path, most: int) -> bytes:
    """The beginning of a file; nothing for what is no regular file, or cannot be read.

    Files of /proc have no size, and some of them let a reader wait for ever, as FIFOs do.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
            return b""
        with path.open("rb") as file:
            return file.read(most)
    except (OSError, ValueError):
        return b""


def as_paths(given: Paths) -> list[Path]:
    """What a caller names: one path or several, as texts or as Paths."""
    alone = isinstance(given, str | os.PathLike)
    return [Path(given)] if alone else [Path(one) for one in given]  # type: ignore[union-attr,arg-type]
