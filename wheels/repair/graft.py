# SPDX-License-Identifier: Apache-2.0
"""Copy needed libraries beside what needs them, under names that no other library has."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from blas_probe.binary.shape import Binary
from blas_probe.errors import BinaryError
from wheels.errors import PackError
from wheels.fingerprint import sha256
from wheels.repair.job import Job
from wheels.repair.system import System, system_of

DIGITS = 8  # of the hash, as auditwheel has them


Rename = Callable[[Path, Mapping[str, str], bool], None]
"""Turns what a file needs (old -> new file beside it); True: the file itself was copied in."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One format of binaries."""

    parse: Callable[[bytes], Binary]
    magics: tuple[bytes, ...]


def graft(job: Job, kind: Kind, rename: Rename) -> tuple[str, ...]:
    """Complete the unpacked wheel `job.tree`; return the names of what was copied in."""
    system = system_of(job.platform)
    waiting = [(path, False) for path in natives(job.tree, kind)]
    copied: list[Path] = []
    while waiting:
        path, mine = waiting.pop(0)
        turned: dict[str, str] = {}
        for need in read(path, kind).needed:
            source = _source(need, path, job, system)
            if source is None:
                continue
            target = path.parent / unique_name(source)
            turned[need] = target.name
            if target not in copied:
                shutil.copyfile(source, target)
                target.chmod(0o755)
                copied.append(target)
                waiting.append((target, True))
        if turned or mine:
            rename(path, turned, mine)
    return tuple(sorted(path.name for path in copied))


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


def _source(need: str, path: Path, job: Job, system: System) -> Path | None:
    """The file to be copied in; None when the system, a requirement or the wheel has it."""
    name = need.rpartition("/")[2]
    if system.has(need) or any(system.same(name, other) for other in job.excluded):
        return None
    if any(system.same(name, other.name) for other in path.parent.iterdir()):
        return None
    for folder in job.search:
        for found in sorted(folder.iterdir()) if folder.is_dir() else ():
            if system.same(found.name, name):
                return found.resolve()
    raise PackError(
        f"{job.wheel.name}: {path.name} needs {need}, which is nowhere",
        why=f"looked in {', '.join(map(str, job.search)) or 'no folder'}",
        then=f"read {job.log.path}; a library of every such system belongs in "
        "recipes/system_libraries.toml",
    )
