# SPDX-License-Identifier: Apache-2.0
"""Look at every binary of a finished wheel: could it load on the platform that the tag names?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from blas_probe.binary import elf
from blas_probe.binary.host import SPELLED
from blas_probe.binary.shape import Binary
from wheels.errors import PackError
from wheels.repair.graft import Kind, natives, read
from wheels.repair.macho import KIND as macho_kind
from wheels.repair.pe import KIND as pe_kind
from wheels.repair.system import System, system_of
from wheels.rows import Platform

SELF = ("$ORIGIN", "@loader_path")
FLOOR = re.compile(r"(?:glibc|macos) (\d+)\.(\d+)")
TAG_FLOOR = re.compile(r"(?:manylinux|macosx)_(\d+)_(\d+)_")


KINDS = {
    "linux": Kind(parse=elf.parse, magics=(b"\x7fELF",)),
    "macos": macho_kind,
    "windows": pe_kind,
}


def verify(
    tree: Path,
    *,
    platform: Platform,
    tag: str,
    excluded: Sequence[str] = (),
    recipes: Path | None = None,
) -> None:
    """Raise PackError when a binary of the tree could not load where `tag` says.

    The rules: right machine, no system newer than the tag's, everything needed is inside, of the
    system or `excluded` (a requirement brings it), no path of another machine, nothing twice.
    `recipes` is the folder with the rows of systems (None: the checkout's).
    """
    kind, system = KINDS[platform.system], system_of(platform.id, recipes)
    binaries = {path: read(path, kind) for path in natives(tree, kind)}
    problems = [
        f"{path.relative_to(tree).as_posix()}: {text}"
        for path, binary in binaries.items()
        for text in (
            *_machine(binary, platform),
            *_too_new(binary, tag),
            *_needs(path, binary, tree, system, excluded),
            *_away(binary, system),
        )
    ]
    inside = [path.name for path in binaries]
    problems += [
        f"{name} is bundled although a requirement brings it"
        for name in excluded
        if any(found.startswith(name.split(".so")[0]) for found in inside)
    ]
    if problems:
        raise PackError(
            "the repaired wheel is not sound:\n  " + "\n  ".join(problems),
            why="the repair or the link step left something behind",
            then="read the log of this artefact under build/logs",
        )


def _machine(binary: Binary, platform: Platform) -> list[str]:
    told = platform.machine.lower()
    wanted = SPELLED.get(told, told)
    return [] if binary.machine == wanted else [f"is for {binary.machine}, not for {wanted}"]


def _too_new(binary: Binary, tag: str) -> list[str]:
    floor, named = FLOOR.match(binary.floor or ""), TAG_FLOOR.match(tag)
    if not floor or not named:
        return []
    asked, given = ((int(match[1]), int(match[2])) for match in (floor, named))
    return [f"asks for {binary.floor}, the tag is {tag}"] if asked > given else []


def _needs(
    path: Path, binary: Binary, tree: Path, system: System, excluded: Sequence[str]
) -> list[str]:
    return [
        f"needs {need}, which is neither in the wheel where it looks nor a system's library"
        for need in binary.needed
        if not system.has(need)
        and not any(system.same(PurePosixPath(need).name, name) for name in excluded)
        and not _inside(need, path, binary, tree)
    ]


def _inside(need: str, path: Path, binary: Binary, tree: Path) -> bool:
    """Would the loader find it in this tree?"""
    beside = str(path.parent)
    if binary.format == "pe":
        places = [path.parent / need]
    elif need.startswith(SELF):
        places = [_filled(need, beside)]
    else:
        name = need.removeprefix("@rpath/")
        places = [_filled(entry, beside) / name for entry in binary.rpaths]
    return any(
        place.resolve().is_relative_to(tree.resolve()) and place.exists() for place in places
    )


def _filled(text: str, beside: str) -> Path:
    for word in SELF:
        text = text.replace(word, beside)
    return Path(text)


def _away(binary: Binary, system: System) -> list[str]:
    """Paths of the machine that it was made on."""
    found = [f"search path {entry} is absolute" for entry in binary.rpaths if entry[0] == "/"]
    found += [
        f"needs {need}, a path"
        for need in binary.needed
        if need.startswith("/") and not system.has(need)
    ]
    return found
