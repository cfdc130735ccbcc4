# SPDX-License-Identifier: Apache-2.0
"""Is something there? Never an error: what may not be looked at counts as absent.

The methods of Path raise for folders that one may not enter and for names that are too long.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

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


def open_regular(path: Path) -> BinaryIO:
    """A regular file, opened to be read; OSError for FIFOs and devices, which are not touched."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return open(path, "rb", opener=_at_once)


def _at_once(path: str, flags: int) -> int:
    """Open without waiting, should a FIFO stand there by now."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def first_bytes(path: Path, most: int, *, sized: bool = True) -> bytes:
    """The beginning of a file; nothing for what is no regular file, or cannot be read.

    Files of /proc have no size, and some of them let a reader wait for ever, as FIFOs do:
    they are read only where the caller knows them, and says `sized=False`.
    """
    try:
        with open_regular(path) as file:
            return b"" if sized and not os.fstat(file.fileno()).st_size else file.read(most)
    except (OSError, ValueError):
        return b""


def first_text(path: Path, most: int = 1 << 22, *, sized: bool = True) -> str:
    """The same as text; what is no UTF-8 is replaced."""
    return first_bytes(path, most, sized=sized).decode("utf-8", "replace")


def as_paths(given: Paths) -> list[Path]:
    """What a caller names: one path or several, as texts or as Paths."""
    alone = isinstance(given, str | os.PathLike)
    return [Path(given)] if alone else [Path(one) for one in given]  # type: ignore[union-attr,arg-type]
