# SPDX-License-Identifier: Apache-2.0
"""Copy a provider's libraries beside the backend, under names that no other library has.

A library called libblas.so.3 would be satisfied by any provider's libblas.so.3 that the process
already holds. So every copy gets a hash in its file name and soname, and
whoever needs it is told the new name.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SYSTEM_FOLDERS = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
HASH_DIGITS = 8

Patchelf = Callable[[Sequence[str]], str]
"""Runs patchelf with these arguments and returns what it printed."""


@dataclass(frozen=True, kw_only=True)
class Graft:
    """One library copied into the wheel."""

    origin: Path
    soname: str
    name: str
    """File name and soname of the copy."""
    needed: tuple[str, ...]


def graft(
    backend: Path,
    libraries: Iterable[Path],
    renames: Iterable[tuple[str, str]],
    patchelf: Patchelf,
) -> tuple[Graft, ...]:
    """Copy `libraries` and their private dependencies beside `backend` and relink all of them.

    `renames` are (soname asked for, soname to take instead) pairs.
    """
    instead = dict(renames)
    grafts = _collect(libraries, instead, patchelf)
    names = {one.soname: one.name for one in grafts}
    names |= {str(one.origin): one.name for one in grafts}
    for old, new in instead.items():
        names[old] = names.get(new, new)
    for one in grafts:
        copy = backend.parent / one.name
        shutil.copyfile(one.origin, copy)
        copy.chmod(0o755)
        _relink(copy, one.needed, names, patchelf, soname=one.name)
    _relink(backend, patchelf(["--print-needed", str(backend)]).split(), names, patchelf)
    return grafts


def _collect(
    libraries: Iterable[Path], instead: dict[str, str], patchelf: Patchelf
) -> tuple[Graft, ...]:
    """The libraries and, transitively, what they need from folders that are not the system's."""
    waiting = [path.resolve() for path in libraries]
    done: dict[str, Graft] = {}
    named = {patchelf(["--print-soname", str(path)]).strip() or path.name for path in waiting}
    while waiting:
        path = waiting.pop(0)
        one = _describe(path, patchelf)
        if one.soname in done:
            continue
        done[one.soname] = one
        folders = _search_folders(path, patchelf)
        for needed in one.needed:
            if needed in done or needed in named or needed in instead:
                continue
            private = next(
                (folder / needed for folder in folders if (folder / needed).exists()), None
            )
            if private is not None:
                waiting.append(private.resolve())
    return tuple(done.values())


def _describe(path: Path, patchelf: Patchelf) -> Graft:
    soname = patchelf(["--print-soname", str(path)]).strip() or path.name
    needed = tuple(patchelf(["--print-needed", str(path)]).split())
    return Graft(origin=path, soname=soname, name=hashed_name(soname, path), needed=needed)


def _search_folders(path: Path, patchelf: Patchelf) -> list[Path]:
    """Folders of the library's own search path, less those that every program searches."""
    entries = patchelf(["--print-rpath", str(path)]).strip().split(":")
    folders = [
        Path(entry.replace("$ORIGIN", str(path.parent)).replace("${ORIGIN}", str(path.parent)))
        for entry in entries
        if entry
    ]
    return [
        folder
        for folder in folders
        if str(folder) not in SYSTEM_FOLDERS
        and folder.resolve().parent.as_posix() not in ("/usr/lib", "/lib")
    ]


def hashed_name(soname: str, path: Path) -> str:
    """`libblas.so.3` -> `libblas-1a2b3c4d.so.3`; the digits come from the file's bytes."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_DIGITS]
    stem, dot, rest = soname.partition(".so")
    return f"{stem}-{digest}{dot}{rest}"


def _relink(
    path: Path,
    needed: Iterable[str],
    names: dict[str, str],
    patchelf: Patchelf,
    *,
    soname: str | None = None,
) -> None:
    words = ["--set-rpath", "$ORIGIN"]
    if soname is not None:
        words += ["--set-soname", soname]
    for name in needed:
        if name in names:
            words += ["--replace-needed", name, names[name]]
    patchelf([*words, str(path)])
