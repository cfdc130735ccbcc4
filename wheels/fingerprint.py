# SPDX-License-Identifier: Apache-2.0
"""What is up to date: hashes of the inputs, remembered so that asking costs next to nothing."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from wheels.state import read_json_or_none, write_json

CHUNK = 1 << 20


def sha256(path: Path) -> str:
    """Hash one file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def stamp(path: Path) -> str:
    """Describe a file by size, times and inode: cheap, and different after any change.

    The time of the inode's own change is one that nobody sets at will.
    """
    status = path.stat()
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_ino}"


class HashCache:
    """SHA-256 of files, remembered as long as size, time and inode stay the same."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        known = read_json_or_none(path) if path else None
        rows = known.items() if isinstance(known, dict) else ()
        self._known: dict[str, list[str]] = {key: row for key, row in rows if _is_entry(row)}
        self._lock = threading.Lock()
        self._changed = False

    def of(self, path: Path) -> str:
        """Return the hash of `path`, from the cache when its stamp is unchanged."""
        key, now = str(path), stamp(path)
        with self._lock:
            entry = self._known.get(key)
        if entry and entry[0] == now:
            return entry[1]
        value = sha256(path)
        with self._lock:
            self._known[key] = [now, value]
            self._changed = True
        return value

    def save(self) -> None:
        """Keep what was learnt for the next run."""
        with self._lock:
            if self.path and self._changed:
                kept = {key: value for key, value in self._known.items() if Path(key).exists()}
                write_json(self.path, kept)
                self._changed = False


def _is_entry(row: object) -> bool:
    """Say whether a row of the remembered hashes has a stamp and a hash."""
    return isinstance(row, list) and len(row) == 2 and all(isinstance(text, str) for text in row)


def source_files(folders: Iterable[Path]) -> list[Path]:
    """List the files under `folders` (a file stands for itself) in a stable order."""
    found: set[Path] = set()
    for folder in folders:
        if folder.is_file():
            found.add(folder)
        for path in folder.rglob("*"):
            hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if path.is_file() and not hidden and "__pycache__" not in path.parts:
                found.add(path)
    return sorted(found)


def fingerprint(cache: HashCache, root: Path, folders: Iterable[Path], *facts: object) -> str:
    """Hash the names and contents of the files under `folders` and any further facts."""
    digest = hashlib.sha256()
    for path in source_files(folders):
        name = os.path.relpath(path, root)
        digest.update(f"{name}\0{cache.of(path)}\n".encode())
    digest.update(json.dumps(facts, sort_keys=True, default=str).encode())
    return digest.hexdigest()
