# SPDX-License-Identifier: Apache-2.0
"""Compilers from the rows of recipes/toolchains.toml: the system's first, then PyPI's."""

from __future__ import annotations

import re
import shlex
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

from wheels.rows import Toolchain
from wheels.source.machine import Compiler

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
        command=fill(row.cxx, folder, "{target}"),
        reason="installed from PyPI",
    )


def package_folder(package: str) -> Path | None:
    """Folder of an importable package; None when it is not installed."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) if places else None


def fill(words: Iterable[str], folder: Path, target: str) -> tuple[str, ...]:
    """A row's command with {wheel} and {target} filled in."""
    return tuple(word.replace("{wheel}", str(folder)).replace("{target}", target) for word in words)


def native_target(platform: str, listing: str) -> str:
    """This machine as the cross compiler calls it, its glibc no newer than the compiler knows.

    `listing` is what the compiler prints about its targets.
    """
    match = re.fullmatch(r"manylinux_(\d+)_(\d+)_(\w+)", platform)
    if match is None:
        cpu = re.sub(r"^musllinux_\d+_\d+_", "", platform)
        return f"{cpu}-linux-musl"
    ours = (int(match[1]), int(match[2]))
    known = [(int(a), int(b)) for a, b in re.findall(r'"(2)\.(\d+)\.\d+"', listing)]
    version = min(ours, max(known, default=ours))
    return f"{match[3]}-linux-gnu.{version[0]}.{version[1]}"


def wrappers(row: Toolchain, folder: Path, target: str) -> dict[str, str]:
    """Scripts for a compiler of several words, and the CMake entries that name them."""
    package = package_folder(row.package) if row.package else Path()
    assert package is not None  # its requirement is installed by now
    entries: dict[str, str] = {}
    for variable, name, words in (
        ("CMAKE_CXX_COMPILER", "c++", row.cxx),
        ("CMAKE_AR", "ar", row.ar),
        ("CMAKE_RANLIB", "ranlib", row.ranlib),
    ):
        if words:
            script = folder / f"{row.id}-{name}"
            script.write_text(f'#!/bin/sh\nexec {shlex.join(fill(words, package, target))} "$@"\n')
            script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
            entries[variable] = str(script)
    return entries
