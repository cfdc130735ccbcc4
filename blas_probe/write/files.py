# SPDX-License-Identifier: Apache-2.0
"""Put text and links where a user asked for them: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Collection
from pathlib import Path

from blas_probe.errors import UsageError


def write_text(path: Path, text: str) -> None:
    """Write a file under its final name when it is complete; UsageError says why it cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise refused(path, error) from error


def refused(path: Path, error: OSError) -> UsageError:
    """Say which path could not be written, and what to do."""
    why = error.strerror or str(error)
    return UsageError(f"{path}: cannot be written: {why}; give a path that you may write to")


def make_folder(folder: Path) -> None:
    """The folder, made if need be; UsageError when there is a file of that name."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(folder, error) from error


def link(path: Path, target: str) -> bool:
    """Make `path` lead to `target`; False where the system does not allow links."""
    make_folder(path.parent)
    try:
        if path.is_symlink() and os.readlink(path) == target:  # noqa: PTH115 (text as it is)
            return True
        if os.path.lexists(path):
            path.unlink()
        path.symlink_to(target)
    except OSError:
        return False
    return True


def remove_stale(folder: Path, suffix: str, first: str, keep: Collection[str]) -> None:
    """Remove what an earlier run wrote (its first line is `first`), but not `keep`."""
    for path in folder.glob(f"*{suffix}"):
        if path.name in keep or not path.is_file():
            continue
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if path.read_text(encoding="utf-8").startswith(first):
                path.unlink()


def remove_links(folder: Path, keep: Collection[Path]) -> None:
    """Remove links (nothing else) below `folder` that are not in `keep`, and empty folders."""
    for path in sorted(folder.glob("*/*")):
        if path.is_symlink() and path not in keep:
            with contextlib.suppress(OSError):
                path.unlink()
    for below in folder.glob("*"):
        with contextlib.suppress(OSError):
            below.rmdir()
