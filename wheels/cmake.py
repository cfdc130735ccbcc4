# SPDX-License-Identifier: Apache-2.0
"""Configure and build one folder with cmake and ninja."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wheels.command import Log, call
from wheels.errors import ToolchainError
from wheels.state import write_if_changed
from wheels.toolchain import Wrappers, package_folder

CONFIGURE_TIMEOUT = 900.0  # seconds; the first use of a cross compiler takes minutes
BUILD_TIMEOUT = 3600.0  # seconds
Value = str | Sequence[str]
KEPT_VARIABLES = ("PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH")


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Programs that every build uses."""

    cmake: Path
    ninja: Path


def find_tool(name: str, environ: Mapping[str, str]) -> Path:
    """Find a program: in its PyPI package, beside this Python, or on PATH."""
    package = package_folder(name)
    places = [package / "data" / "bin" / name] if package else []
    places.append(Path(sys.executable).parent / name)
    for place in places:
        if os.access(place, os.X_OK):
            return place
    hit = shutil.which(name, path=environ.get("PATH", os.defpath))
    if hit is None:
        raise ToolchainError(
            f"{name} is not on PATH and not installed in this environment",
            why="it comes from PyPI with the release tools",
            then=f"{sys.executable} -m pip install {name}   (or: python3 noxfile.py -s wheels)",
        )
    return Path(hit)


def find_tools(environ: Mapping[str, str]) -> Tools:
    """Find cmake and ninja."""
    return Tools(cmake=find_tool("cmake", environ), ninja=find_tool("ninja", environ))


def child_environment(environ: Mapping[str, str], epoch: int) -> dict[str, str]:
    """Give builds nothing of this machine's habits: no CXXFLAGS, one locale, one clock."""
    kept = {name: environ[name] for name in KEPT_VARIABLES if name in environ}
    fixed = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONNOUSERSITE": "1"}
    return {**kept, **fixed, "SOURCE_DATE_EPOCH": str(epoch)}


def compiler_values(wrappers: Wrappers, tools: Tools) -> dict[str, Value]:
    """Return the cache entries that name the compiler."""
    values: dict[str, Value] = {
        "CMAKE_BUILD_TYPE": "Release",
        "CMAKE_MAKE_PROGRAM": str(tools.ninja),
        "CMAKE_CXX_COMPILER": str(wrappers.cxx),
    }
    if wrappers.ar:
        values["CMAKE_AR"] = values["CMAKE_CXX_COMPILER_AR"] = str(wrappers.ar)
    if wrappers.ranlib:
        values["CMAKE_RANLIB"] = values["CMAKE_CXX_COMPILER_RANLIB"] = str(wrappers.ranlib)
    return values


def cache_text(values: Mapping[str, Value]) -> str:
    """Render cache entries as a file for `cmake -C`."""
    lines = []
    for name, value in sorted(values.items()):
        text = value if isinstance(value, str) else ";".join(value)
        lines.append(f'set({name} [==[{text}]==] CACHE STRING "" FORCE)')
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, kw_only=True)
class Project:
    """One CMake project and where it is built."""

    source: Path
    folder: Path
    values: Mapping[str, Value]


def build(
    project: Project,
    tools: Tools,
    *,
    jobs: int,
    env: Mapping[str, str],
    log: Log,
) -> None:
    """Configure and build one project."""
    project.folder.mkdir(parents=True, exist_ok=True)
    cache = project.folder / "inputs.cmake"
    write_if_changed(cache, cache_text(project.values))
    configure: list[str | Path] = [tools.cmake, "-G", "Ninja", "-C", cache, "-S", project.source]
    call(
        [*configure, "-B", project.folder],
        env=env,
        log=log,
        timeout=CONFIGURE_TIMEOUT,
    )
    call([tools.ninja, "-C", project.folder, f"-j{jobs}"], env=env, log=log, timeout=BUILD_TIMEOUT)


def install(
    folder: Path, component: str, prefix: Path, tools: Tools, *, env: Mapping[str, str], log: Log
) -> None:
    """Copy what belongs to `component` to `prefix`."""
    argv: list[str | Path] = [
        tools.cmake,
        "--install",
        folder,
        "--component",
        component,
        "--prefix",
        prefix,
    ]
    call(argv, env=env, log=log, timeout=CONFIGURE_TIMEOUT)
