# SPDX-License-Identifier: Apache-2.0
"""Build the core's parts for another platform: one toolchain file from its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wheels import cmake
from wheels.cmake import Value
from wheels.command import Log
from wheels.rows import Platform, Toolchain
from wheels.state import write_if_changed
from wheels.target.bindings import PythonThere
from wheels.toolchain import Compiler, Wrappers, find_compiler, link_values, write_wrappers

SYSTEMS = {"linux": "Linux", "macos": "Darwin", "windows": "Windows"}
"""What CMake calls them."""
PROGRAM_SUFFIX = {"windows": ".exe"}
BACKEND_SUFFIX = {"windows": ".dll"}
TOOLCHAIN_FILE = "toolchain.cmake"
RULES_FILE = "rules.cmake"
MODULE_RULES = "CMAKE_SHARED_MODULE_CREATE_C_FLAGS", "CMAKE_SHARED_MODULE_CREATE_CXX_FLAGS"


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Everything that building for one platform takes."""

    platform: Platform
    root: Path
    """The checkout."""
    place: Path
    """Where its builds, scripts and toolchain file lie."""
    programs: cmake.Tools
    env: Mapping[str, str]
    log: Log
    jobs: int

    @property
    def toolchain_file(self) -> Path:
        """What `cmake --toolchain` takes."""
        return self.place / TOOLCHAIN_FILE


def set_up(bench: Bench, row: Toolchain, environ: Mapping[str, str], *, cache: Path) -> None:
    """Aim a cross compiler at the platform: its scripts and the toolchain file."""
    compiler = find_compiler(row, bench.platform, environ, cache=cache)
    aim(bench.place, bench.platform, compiler)


def aim(place: Path, platform: Platform, compiler: Compiler) -> Wrappers:
    """Write the compiler's scripts and the toolchain file into `place`."""
    wrappers = write_wrappers(compiler, place / "tools")
    rules = None
    if compiler.modules:
        rules = place / RULES_FILE
        write_if_changed(rules, _text(platform, dict.fromkeys(MODULE_RULES, compiler.modules)))
    text = toolchain_text(platform, wrappers, link=compiler.link, rules=rules)
    write_if_changed(place / TOOLCHAIN_FILE, text)
    return wrappers


def toolchain_text(
    platform: Platform, wrappers: Wrappers, *, link: Sequence[str] = (), rules: Path | None = None
) -> str:
    """A CMake toolchain file: what runs there, and what compiles here.

    `link` are arguments of every link, `rules` a file of variables that CMake would overwrite were
    they set here.
    """
    values: dict[str, Value] = {
        "CMAKE_SYSTEM_NAME": SYSTEMS[platform.system],
        "CMAKE_SYSTEM_PROCESSOR": platform.machine,
        "CMAKE_C_COMPILER": str(wrappers.cc),
        "CMAKE_CXX_COMPILER": str(wrappers.cxx),
        "CMAKE_USER_MAKE_RULES_OVERRIDE": str(rules or ""),
        **link_values(link),
        # Nothing of this machine is linked into what runs on another.
        "CMAKE_FIND_ROOT_PATH_MODE_PROGRAM": "NEVER",
        "CMAKE_FIND_ROOT_PATH_MODE_LIBRARY": "ONLY",
        "CMAKE_FIND_ROOT_PATH_MODE_INCLUDE": "ONLY",
        "CMAKE_FIND_ROOT_PATH_MODE_PACKAGE": "ONLY",
    }
    if wrappers.ar:
        values["CMAKE_AR"] = values["CMAKE_CXX_COMPILER_AR"] = str(wrappers.ar)
    if wrappers.ranlib:
        values["CMAKE_RANLIB"] = values["CMAKE_CXX_COMPILER_RANLIB"] = str(wrappers.ranlib)
    return _text(platform, values)


def _text(platform: Platform, values: Mapping[str, Value]) -> str:
    lines = [f"set({name} [==[{_list(value)}]==])" for name, value in values.items() if value]
    return "\n".join([f"# Made from the row {platform.id} of recipes/platforms.toml.", *lines, ""])


def _list(value: Value) -> str:
    return value if isinstance(value, str) else ";".join(value)


def check_program(bench: Bench) -> Path:
    """trivet-check for the platform."""
    _build(bench, "core/check", "check", {})
    suffix = PROGRAM_SUFFIX.get(bench.platform.system, "")
    return bench.place / "check" / f"trivet-check{suffix}"


def backend(bench: Bench, values: Mapping[str, Value]) -> Path:
    """A backend for the platform; `values` are the inputs of core/backends/blas."""
    name = str(values["TRIVET_BACKEND_ID"])
    folder = f"backend-{name}"
    _build(bench, "core/backends/blas", folder, values)
    suffix = BACKEND_SUFFIX.get(bench.platform.system, ".so")
    return bench.place / folder / f"trivet_backend_{name.replace('-', '_')}{suffix}"


def core_archive(bench: Bench) -> Path:
    """The core for the platform, compiled once for all of its bindings."""
    _build(bench, "core", "core", {"TRIVET_BUILD_CHECK": "OFF"})
    return bench.place / "core" / "libtrivet_core.a"


def bindings(bench: Bench, there: PythonThere, core: Path, nanobind: Path) -> Path:
    """trivet._core for a Python of the platform; `nanobind` is that package's folder."""
    folder = f"bindings-{there.file.removeprefix('_core.')}"
    values: dict[str, Value] = {
        "TRIVET_BUILD_CHECK": "OFF",
        "TRIVET_BUILD_BINDINGS": "ON",
        "CMAKE_CXX_FLAGS": "-include cstdio",  # nanobind's own sources expect FILE to be known
        "TRIVET_CORE_PREBUILT": str(core),
        "nanobind_DIR": str(nanobind / "cmake"),
        **there.values(),
    }
    _build(bench, "core", folder, values)
    return bench.place / folder / "bindings" / there.file


def _build(bench: Bench, source: str, folder: str, values: Mapping[str, Value]) -> None:
    project = cmake.Project(
        source=bench.root / source,
        folder=bench.place / folder,
        values={
            "CMAKE_BUILD_TYPE": "Release",
            "CMAKE_MAKE_PROGRAM": str(bench.programs.ninja),
            "CMAKE_TOOLCHAIN_FILE": str(bench.toolchain_file),
            "TRIVET_WERROR": "ON",
            **values,
        },
    )
    cmake.build(project, bench.programs, jobs=bench.jobs, env=bench.env, log=bench.log)
