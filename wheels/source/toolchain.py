# SPDX-License-Identifier: Apache-2.0
"""Compilers from the rows of recipes/toolchains.toml: the system's first, then PyPI's."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from wheels.command import call
from wheels.rows import Platform, Toolchain
from wheels.source.machine import Compiler
from wheels.toolchain import find_compiler, link_values, package_folder, write_wrappers

Trial = Callable[[tuple[str, ...]], str | None]
"""Why a command cannot build C++20; None when it can."""
FROM_ENVIRONMENT = "CXX"


def compilers(
    rows: Iterable[Toolchain],
    environ: Mapping[str, str],
    pins: Mapping[str, str],
    trial: Trial,
    *,
    wanted: str | None = None,
) -> tuple[Compiler, ...]:
    """Compilers, best first, tried until one is good (or `wanted` was tried)."""
    ordered = sorted(rows, key=lambda row: bool(row.package))
    answer: list[Compiler] = []
    command = shlex.split(environ.get(FROM_ENVIRONMENT, ""))
    if command and wanted is None:
        answer.append(_from_environment(tuple(command), trial))
        return tuple(answer)  # asked for by name: nothing else is taken in its place
    for row in ordered:
        if wanted not in (None, row.id):
            answer.append(_untried(row))
            continue
        one = _packaged(row, pins) if row.package else _system(row, environ, trial)
        answer.append(one)
        if one.problem is None and wanted is None:
            break
    return tuple(answer)


def _from_environment(command: tuple[str, ...], trial: Trial) -> Compiler:
    return Compiler(
        toolchain=FROM_ENVIRONMENT,
        title=shlex.join(command),
        command=command,
        reason="named by the environment variable CXX",
        problem=trial(command),
    )


def _untried(row: Toolchain) -> Compiler:
    return Compiler(toolchain=row.id, title=row.id, command=(), problem="not asked for")


def _system(row: Toolchain, environ: Mapping[str, str], trial: Trial) -> Compiler:
    path = shutil.which(row.cxx[0], path=environ.get("PATH"))
    if path is None:
        return Compiler(toolchain=row.id, title=row.cxx[0], command=(), problem="not on PATH")
    command = (path, *row.cxx[1:])
    return Compiler(
        toolchain=row.id,
        title=path,
        command=command,
        reason="on PATH, and it builds a C++20 program",
        problem=trial(command),
    )


def _packaged(row: Toolchain, pins: Mapping[str, str]) -> Compiler:
    """A compiler from PyPI: taken as good, because its version is pinned."""
    folder = package_folder(row.package)
    pin = pins.get(row.package, row.package)
    if folder is None:
        return Compiler(
            toolchain=row.id,
            title=f"{pin} from PyPI",
            command=(),
            requirement=pin,
            reason="no good compiler on this machine",
        )
    return Compiler(
        toolchain=row.id,
        title=pin,
        command=row.cxx,
        reason="installed from PyPI",
    )


def native_target(platform: str, listing: str) -> str:
    """This machine as the cross compiler calls it, its glibc no newer than the compiler knows.

    `listing` is what the compiler prints about its targets.
    """
    match = re.fullmatch(r"manylinux_(\d+)_(\d+)_(\w+)", platform)
    if match is None:
        musl = re.fullmatch(r"musllinux_\d+_\d+_(\w+)", platform)
        return f"{musl[1]}-linux-musl" if musl else "native"
    ours = (int(match[1]), int(match[2]))
    known = [(int(a), int(b)) for a, b in re.findall(r'"(2)\.(\d+)\.\d+"', listing)]
    version = min(ours, max(known, default=ours))
    return f"{match[3]}-linux-gnu.{version[0]}.{version[1]}"


def wrapper_entries(
    row: Toolchain, platform: str, folder: Path, environ: Mapping[str, str]
) -> dict[str, str]:
    """CMake entries for a compiler from PyPI: scripts below `folder`, aimed at this machine."""
    package = package_folder(row.package)
    words = [word.replace("{wheel}", str(package)) for word in row.cxx[:1]]
    listing = call([*words, "targets"], env=environ, check=False).output
    here = Platform(
        id=platform,
        system="linux",
        machine="",
        target=native_target(platform, listing),
        toolchains=(row.id,),
    )
    compiler = find_compiler(row, here, environ, cache=cache_folder(environ, folder))
    scripts = write_wrappers(compiler, folder)
    entries: dict[str, str] = {"CMAKE_CXX_COMPILER": str(scripts.cxx)}
    if scripts.ar:
        entries["CMAKE_AR"] = entries["CMAKE_CXX_COMPILER_AR"] = str(scripts.ar)
    if scripts.ranlib:
        entries["CMAKE_RANLIB"] = entries["CMAKE_CXX_COMPILER_RANLIB"] = str(scripts.ranlib)
    return {**entries, **link_values(compiler.link)}


def cache_folder(environ: Mapping[str, str], work: Path) -> Path:
    """Where the compiler keeps its C++ library: the user's cache, else the build's own folder."""
    base = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME", "/")) / ".cache")
    folder = Path(base) / "trivet" / "toolchain"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return work / "cache"
    return folder if os.access(folder, os.W_OK) else work / "cache"
