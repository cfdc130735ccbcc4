# SPDX-License-Identifier: Apache-2.0
"""Copy needed libraries beside what needs them, under names that no other library has."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from blas_probe.binary.shape import Binary
from blas_probe.errors import BinaryError
from wheels.errors import PackError
from wheels.fingerprint import sha256
from wheels.repair.system import System

DIGITS = 8  # of the hash, as auditwheel has them


Rename = Callable[[Path, Mapping[str, str], bool], None]
"""Turns what a file needs (old -> new file beside it); True: the file itself was copied in."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One format of binaries."""

    parse: Callable[[bytes], Binary]
    magics: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Where needed libraries may be taken from, and which ones stay outside."""

    search: Sequence[Path]
    system: System
    outside: Collection[str] = ()
    """File names that a run-time requirement brings."""
    instead: Mapping[str, str] = field(default_factory=dict)
    """File name asked for -> the one to take."""


@dataclass(frozen=True, kw_only=True)
class Copied:
    """One library that was copied in."""

    origin: Path
    path: Path


def graft(tree: Path, kind: Kind, shelf: Shelf, rename: Rename) -> tuple[Copied, ...]:
    """Complete the unpacked wheel `tree`; return what was copied in, by name.

    PackError when something needed is nowhere.
    """
    waiting = [(path, path, False) for path in natives(tree, kind)]
    copied: dict[Path, Copied] = {}
    while waiting:
        path, origin, mine = waiting.pop(0)
        turned: dict[str, str] = {}
        for need in read(path, kind).needed:
            source = _source(need, path, origin, shelf)
            if source is None:
                continue
            target = path.parent / unique_name(source)
            turned[need] = target.name
            if target not in copied:
                shutil.copyfile(source, target)
                target.chmod(0o755)
                copied[target] = Copied(origin=source, path=target)
                waiting.append((target, source, True))
        if turned or mine:
            rename(path, turned, mine)
    return tuple(sorted(copied.values(), key=lambda one: one.path.name))


def natives(tree: Path, kind: Kind) -> list[Path]:
    """Every binary of a format in a folder."""
    found = []
    for path in sorted(tree.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                if stream.read(4).startswith(kind.magics):
                    found.append(path)
    return found


def read(path: Path, kind: Kind) -> Binary:
    """Read one binary; PackError when it is damaged."""
    try:
        return kind.parse(path.read_bytes())
    except BinaryError as error:
        raise PackError(f"{path}: {error}", why="it is damaged, or no library") from error


def unique_name(path: Path) -> str:
    """`libx.dylib` -> `libx-1a2b3c4d.dylib`, after its content."""
    stem, dot, rest = path.name.partition(".")
    return f"{stem}-{sha256(path)[:DIGITS]}{dot}{rest}"


def _source(need: str, path: Path, origin: Path, shelf: Shelf) -> Path | None:
    """The file to be copied in; None when the system, a requirement or the wheel has it."""
    system = shelf.system
    asked = need.rpartition("/")[2]
    name = shelf.instead.get(asked, asked)
    if system.has(need) or any(system.same(name, other) for other in shelf.outside):
        return None
    if any(system.same(name, other.name) for other in path.parent.iterdir()):
        return None
    own = [Path(need).parent] if need.startswith("/") else []
    folders = list(dict.fromkeys([*shelf.search, origin.parent, *own]))
    for folder in folders:
        for found in sorted(folder.iterdir()) if folder.is_dir() else ():
            if system.same(found.name, name):
                return found.resolve()
    raise PackError(
        f"{path.name} needs {need}, which is nowhere",
        why=f"looked in {', '.join(map(str, folders))}",
        then="install what brings it; a library of every such system belongs in "
        "recipes/system_libraries.toml",
    )
