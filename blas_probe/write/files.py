# SPDX-License-Identifier: Apache-2.0
"""Put text and links where a user asked for them: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

from blas_probe.errors import UsageError
from blas_probe.look import first_bytes

TRIES = 5


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
    for _ in range(TRIES):
        make_folder(path.parent)
        new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            if path.is_symlink() and os.readlink(path) == target:  # noqa: PTH115 (text as it is)
                return True
            new.symlink_to(target)
            new.replace(path)
        except (FileExistsError, FileNotFoundError):
            continue  # another run writes and tidies up the same folder just now
        except OSError:
            return False
        return True
    return False


def written_by(path: Path, first: str) -> bool:
    """Is it a file that begins as ours do?"""
    return first_bytes(path, len(first.encode())) == first.encode()


def refuse_foreign(paths: Iterable[Path], first: str) -> None:
    """UsageError when something that another program or a person wrote would be lost."""
    for path in sorted(paths):
        if path.is_file() and path.stat().st_size and not written_by(path, first):
            msg = f"{path} is there, and blas_probe did not write it; give another name or folder"
            raise UsageError(msg)


def remove_stale(folder: Path, suffix: str, first: str, keep: Collection[str]) -> None:
    """Remove what an earlier run wrote (its first line is `first`), but not `keep`."""
    for path in folder.glob(f"*{suffix}"):
        if path.name in keep or not path.is_file():
            continue
        if written_by(path, first):
            with contextlib.suppress(OSError):
                path.unlink()


def remove_links(folder: Path, made: str, keep: Collection[Path]) -> None:
    """Remove links (nothing else) that are not in `keep` from the folders called like `made`."""
    for path in sorted(folder.glob(f"{made}/*")):
        if path.is_symlink() and path not in keep:
            with contextlib.suppress(OSError):
                path.unlink()
    for below in (*folder.glob(made), folder):
        with contextlib.suppress(OSError):
            below.rmdir()
