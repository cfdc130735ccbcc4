# SPDX-License-Identifier: Apache-2.0
"""auditwheel: graft what is bundled, leave out what is depended on, prove the platform tag."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wheels.archive import unpack_wheel
from wheels.cmake import find_tool
from wheels.command import Log, call
from wheels.elf import Elf, elf_files, newest_glibc
from wheels.errors import CommandError, PackError
from wheels.rows import Platform

REPAIR_TIMEOUT = 600.0  # seconds
PATCHELF_TIMEOUT = 120.0  # seconds
TAG = re.compile(r"manylinux_(\d+)_(\d+)_")
OLD_TAGS = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


@dataclass(frozen=True, kw_only=True)
class Repaired:
    """An unpacked wheel with everything in it that it needs."""

    tree: Path
    platform_tag: str
    grafted: tuple[str, ...]


def repair(
    wheel: Path,
    folder: Path,
    *,
    platform: Platform,
    search: Sequence[Path],
    excluded: Mapping[str, Path],
    declared: tuple[int, int],
    env: Mapping[str, str],
    log: Log,
) -> Repaired:
    """Repair `wheel` and unpack the result into `folder`/tree.

    `excluded` are the libraries (soname -> file) that a run-time requirement brings, `declared`
    the oldest glibc that this requirement's own wheels name.
    """
    tools = [find_tool("patchelf", env).parent, Path(env.get("PATH", os.defpath))]
    mine = {
        **env,
        "PATH": os.pathsep.join(str(path) for path in tools),
        "AUDITWHEEL_LD_LIBRARY_PATH": os.pathsep.join(str(path) for path in search),
        "LD_LIBRARY_PATH": os.pathsep.join(str(path) for path in search),
    }
    argv = [sys.executable, "-m", "auditwheel", "repair", "-z", "0", "-w", str(folder)]
    for name in sorted(excluded):
        argv += ["--exclude", name]
    try:
        call([*argv, str(wheel)], env=mine, log=log, timeout=REPAIR_TIMEOUT)
    except CommandError as error:
        raise PackError(
            f"auditwheel could not repair {wheel.name}\n{error.what}",
            why="a needed library was not found, or asks for a newer glibc than any tag allows",
            then=f"read {log.path}",
        ) from error
    repaired = sorted(folder.glob("*.whl"))
    tree = folder / "tree"
    unpack_wheel(repaired[0], tree)
    floor = max(proven_floor(repaired[0].name), newest_glibc(excluded.values()), declared)
    repaired[0].unlink()
    grafted = sorted(path.name for path in tree.glob("*.libs/*"))
    tag = f"manylinux_{floor[0]}_{floor[1]}_{platform.machine}"
    return Repaired(tree=tree, platform_tag=tag, grafted=tuple(grafted))


def proven_floor(name: str) -> tuple[int, int]:
    """Return the oldest glibc that auditwheel's tags in a file name allow."""
    tags = name.removesuffix(".whl").rsplit("-", 1)[-1].split(".")
    floors = [(int(m[1]), int(m[2])) for tag in tags if (m := TAG.match(tag))]
    floors += [floor for old, floor in OLD_TAGS.items() if any(t.startswith(old) for t in tags)]
    if not floors:
        raise PackError(
            f"{name}: auditwheel gave it no manylinux tag",
            why="it links against something that no manylinux policy allows",
        )
    return min(floors)


def declared_floor(folders: Sequence[Path], requires: Sequence[str]) -> tuple[int, int]:
    """Return the newest glibc floor among the wheels fetched together with `requires`.

    What a requirement opens later (kernels by CPU, a thread layer) is not among the symbols that
    its first library asks for; the tags of its wheels count all of it.
    """
    names = {requirement_name(text) for text in requires}
    floors = [(0, 0)]
    for folder in folders:
        wheels = sorted(folder.glob("*.whl"))
        if names & {requirement_name(path.name.split("-")[0]) for path in wheels}:
            floors += [proven_floor(path.name) for path in wheels if "manylinux" in path.name]
    return max(floors)


def requirement_name(text: str) -> str:
    """Return the distribution that a requirement names, as file names spell it."""
    return canonicalize_name(Requirement(text).name).replace("-", "_")


def set_rpath(library: Path, rpath: Sequence[str], *, env: Mapping[str, str], log: Log) -> None:
    """Write a search path that leads out of the wheel; auditwheel drops such entries."""
    text = ":".join(rpath)
    argv: list[str | Path] = [
        find_tool("patchelf", env),
        "--force-rpath",
        "--set-rpath",
        text,
        library,
    ]
    call(argv, env=env, log=log, timeout=PATCHELF_TIMEOUT)


def verify(tree: Path, *, excluded: Sequence[str]) -> None:
    """Look at every ELF file of a finished tree; raise PackError when one could not load.

    The rules: no absolute search path, no needed path, what is bundled is found, nothing that a
    requirement brings is bundled as well.
    """
    elves = elf_files(tree)
    inside = {path.name for path in elves} | {elf.soname for elf in elves.values()}
    problems = [text for path, elf in elves.items() for text in _problems(path, elf, inside, tree)]
    problems += [
        f"{name} is bundled although a requirement brings it"
        for name in excluded
        if any(found.startswith(name.split(".so")[0]) for found in inside if found)
    ]
    if problems:
        raise PackError(
            "the repaired wheel is not sound:\n  " + "\n  ".join(problems),
            why="auditwheel or the link step left something behind",
            then="read the log of this artefact under build/logs",
        )


def _problems(path: Path, elf: Elf, inside: set[str], tree: Path) -> list[str]:
    name = path.relative_to(tree).as_posix()
    found = [f"{name}: search path {entry} is absolute" for entry in elf.rpath if entry[0] == "/"]
    found += [f"{name}: needs {need}, a path" for need in elf.needed if "/" in need]
    ours = [need for need in elf.needed if need in inside]
    for need in ours:
        folders = [Path(e.replace("$ORIGIN", str(path.parent))) for e in elf.rpath]
        if not any((folder / need).exists() for folder in folders):
            found.append(f"{name}: {need} is in the wheel, but not on its search path")
    return found
