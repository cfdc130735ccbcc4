# SPDX-License-Identifier: Apache-2.0
"""The files that a library asks for, looked for beside it: for files that no loader here opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from blas_probe.binary import Binary
from blas_probe.look import is_file

OWN_FOLDER = ("$ORIGIN", "${ORIGIN}", "@loader_path", "@executable_path")


def siblings(path: Path, binary: Binary) -> list[Path]:
    """Those of the needed files that lie where the file says, in its folder or the one above."""
    folders = [path.parent, path.parent.parent, *_rpaths(path, binary)]
    found = []
    for name in binary.needed:
        last = PurePosixPath(name.replace("\\", "/")).name
        candidates = (folder / last for folder in folders)
        hit = next((file for file in candidates if _is_other(file, path)), None)
        if hit is not None:
            found.append(hit)
    return found


def _rpaths(path: Path, binary: Binary) -> Iterator[Path]:
    for text in binary.rpaths:
        for mark in OWN_FOLDER:
            if text.startswith(mark):
                yield Path(f"{path.parent}{text.removeprefix(mark)}")


def _is_other(file: Path, path: Path) -> bool:
    try:
        return is_file(file) and not file.samefile(path)
    except OSError:
        return False
