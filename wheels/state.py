# SPDX-License-Identifier: Apache-2.0
"""Files and folders between stages: written whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wheels.errors import StateError, from_os_error

MARK = ".trivet-part-"
"""In the name of each of our temporary files and folders, and of nobody else's."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it is synced and renamed to `path`.

    On any error the temporary file is removed and `path` stays as it was.
    """
    temporary = path.with_name(f".{path.name}{MARK}{os.getpid()}-{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise from_os_error(error, f"cannot write {path.name}", path) from error
    finally:
        with_suppressed_unlink(temporary)


def with_suppressed_unlink(path: Path) -> None:
    """Remove a file that may be gone already, or that may not be removed."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write `text` whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_if_changed(path: Path, text: str) -> None:
    """Write `text` unless the file already says so (its time stamp then stays)."""
    if not path.is_file() or path.read_bytes() != text.encode("utf-8"):
        write_text(path, text)


def to_json(value: Any) -> str:
    """Render JSON the one way that all stages do: sorted, indented, with a final newline."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document whole or not at all."""
    write_if_changed(path, to_json(value))


def read_json(path: Path, *, made_by: str) -> Any:
    """Read a JSON document; `made_by` is the command that writes it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StateError(
            f"{path} does not exist", why="the stage before has not run", then=made_by
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise StateError(
            f"{path} cannot be read: {error}",
            why="it was damaged or edited; our own writes are atomic",
            then=f"remove it and run: {made_by}",
        ) from error


def read_json_or_none(path: Path) -> Any | None:
    """Read a JSON document; a missing or damaged one is None, so the work is simply done again."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path` that replaces it on success."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}{MARK}", dir=path.parent))
    except OSError as error:
        raise from_os_error(error, f"cannot make a folder for {path.name}", path.parent) from error
    temporary.chmod(0o755)
    try:
        yield temporary
        replace_folder(temporary, path)
    except OSError as error:
        raise from_os_error(error, f"cannot write {path.name}", path) from error
    finally:
        remove_folder(temporary)


def share(source: Path, target: Path) -> None:
    """Give a file a second name, or a copy where the file system knows no second names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def replace_folder(new: Path, path: Path) -> None:
    """Put folder `new` in the place of `path`; a reader sees the old one or the new one."""
    old = path.with_name(f".{path.name}{MARK}old-{os.getpid()}-{threading.get_ident()}")
    if path.exists():
        path.rename(old)
    new.rename(path)
    remove_folder(old)


def remove_folder(path: Path) -> None:
    """Remove a folder and all in it, if it is there."""
    shutil.rmtree(path, ignore_errors=True)


def sweep_folder(folder: Path) -> None:
    """Remove what a killed run of ours left unfinished directly in `folder`, nothing else."""
    for path in sorted(folder.glob(f".*{MARK}*")):
        if path.is_dir() and not path.is_symlink():
            remove_folder(path)
        else:
            with_suppressed_unlink(path)


def require_writable(folder: Path, option: str) -> None:
    """Find out before any work whether `folder` can be made or filled; nothing is left there."""
    try:
        place = next(path for path in (folder, *folder.parents) if path.exists())
        with tempfile.TemporaryFile(dir=place):
            return
    except OSError as error:
        raise from_os_error(error, f"cannot write to the folder of {option}", folder) from error
