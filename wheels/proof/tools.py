# SPDX-License-Identifier: Apache-2.0
"""What building for this machine takes: its compiler, cmake and ninja, or those of PyPI."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from wheels import cmake
from wheels.cmake import Value
from wheels.command import Log, call
from wheels.errors import CommandError, CommandTimeoutError, FetchError, ToolchainError
from wheels.fingerprint import HashCache
from wheels.folders import Folders
from wheels.prepare import REPRODUCIBLE_EPOCH
from wheels.rows import Rows
from wheels.source.machine import Compiler, compile_problem, platform_tag
from wheels.source.metadata import pins
from wheels.source.toolchain import compilers, wrapper_entries

NEEDED = ("cmake", "ninja")
FETCH_TIMEOUT = 600.0  # seconds
VERSION_TIMEOUT = 60.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Everything that `prove` builds with."""

    folders: Folders
    place: Path
    """Folder of what is built with this compiler."""
    compiler: str
    """The compiler and its version, in words."""
    cxx: tuple[str, ...]
    values: Mapping[str, Value]
    """CMake's cache entries."""
    programs: cmake.Tools
    env: Mapping[str, str]
    cache: HashCache
    jobs: int


def find_tools(
    folders: Folders, rows: Rows, environ: Mapping[str, str], *, toolchain: str, jobs: int
) -> Tools:
    """Find a compiler that builds C++20, cmake and ninja; fetch from PyPI what is missing."""
    place = folders.build / "prove"
    pinned = pins()
    environ = {**environ, "PATH": f"{place / 'tools/bin'}{os.pathsep}{environ.get('PATH', '')}"}
    _see(place / "tools")
    trial = partial(compile_problem, environ=environ)
    known = compilers(rows.toolchains, environ, pinned, trial, wanted=toolchain or None)
    chosen = _good(known, toolchain)
    missing = [chosen.requirement] if chosen.requirement else []
    missing += [pinned[name] for name in NEEDED if not _is_here(name, environ)]
    if missing:
        _fetch(missing, place / "tools", folders.logs)
    values = _entries(chosen, rows, place, environ)
    named = values["CMAKE_CXX_COMPILER"]
    cxx = (named,) if isinstance(named, str) else tuple(named)
    version = call([*cxx, "--version"], env=environ, timeout=VERSION_TIMEOUT).output
    programs = cmake.find_tools(environ)
    return Tools(
        folders=folders,
        place=place / chosen.toolchain,
        compiler=f"{chosen.toolchain} {(version.splitlines() or ['unknown'])[0]}",
        cxx=cxx,
        values={
            "CMAKE_BUILD_TYPE": "Release",
            "CMAKE_MAKE_PROGRAM": str(programs.ninja),
            **values,
        },
        programs=programs,
        env=cmake.child_environment(environ, REPRODUCIBLE_EPOCH),
        cache=HashCache(folders.state / "hashes.json"),
        jobs=jobs,
    )


def _good(known: Sequence[Compiler], wanted: str) -> Compiler:
    usable = [one for one in known if one.problem is None and wanted in ("", one.toolchain)]
    if usable:
        return usable[0]
    raise ToolchainError(
        "no C++20 compiler can be used",
        why="; ".join(f"{one.title}: {one.problem}" for one in known),
        then="install one (g++ 11 or newer), or leave --toolchain out to take PyPI's",
    )


def _is_here(name: str, environ: Mapping[str, str]) -> bool:
    try:
        cmake.find_tool(name, environ)
    except ToolchainError:
        return False
    return True


def _see(folder: Path) -> None:
    """Let packages that were fetched before be found as if they were installed."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    importlib.invalidate_caches()


def _fetch(requirements: Sequence[str], folder: Path, logs: Path) -> None:
    """Install what this machine lacks into the build folder, for this program alone."""
    log = Log(logs / "prove-tools.log", "tools from PyPI")
    argv = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    argv += ["--quiet", "--upgrade", "--target", str(folder), *requirements]
    try:
        call(argv, log=log, timeout=FETCH_TIMEOUT)
    except (CommandError, CommandTimeoutError) as error:
        raise FetchError(
            f"{', '.join(requirements)}: could not be fetched from the package index",
            why="this machine lacks them, and there is no network",
            then=f"install a C++20 compiler, cmake and ninja (log: {log.path})",
        ) from error
    _see(folder)


def _entries(
    chosen: Compiler, rows: Rows, place: Path, environ: Mapping[str, str]
) -> dict[str, Value]:
    row = next((row for row in rows.toolchains if row.id == chosen.toolchain), None)
    if row is not None and row.package:
        return {**wrapper_entries(row, platform_tag(), place / "wrappers", environ)}
    return {"CMAKE_CXX_COMPILER": chosen.command}
