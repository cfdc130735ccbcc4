# SPDX-License-Identifier: Apache-2.0
"""What this machine has for building: Python.h, compilers, cmake, ninja. Measured, not assumed."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wheels.command import call
from wheels.errors import WheelsError

CMAKE_FLOOR = (3, 26)  # FindPython knows the stable ABI since then
NINJA_FLOOR = (1, 10)
TARGET = "MACOSX_DEPLOYMENT_TARGET"  # the oldest macOS to run on; else it is this one
TRIAL_SECONDS = 60.0

# What a C++20 compiler that builds Trivet must know; a compiler is good when this links.
TRIAL = """\
#include <bit>
#include <concepts>
#include <numbers>
#include <span>
#include <thread>
template <std::floating_point T> T twice(std::span<const T> x) { return x[0] * T(2); }
extern "C" int trial(const double* x) {
    static_assert(std::has_single_bit(8u));
    return twice(std::span(x, 1)) > std::numbers::pi;
}
"""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program on PATH and the version that it tells."""

    path: str
    version: tuple[int, ...]

    @property
    def text(self) -> str:
        """The version for people."""
        return ".".join(map(str, self.version)) or "of unknown version"


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """One way to compile C++20 here."""

    toolchain: str
    """Id of the row in recipes/toolchains.toml."""
    title: str
    command: tuple[str, ...]
    """How to start it; empty when it is still to be installed."""
    requirement: str = ""
    """What must be installed from PyPI first; empty when it is there."""
    reason: str = ""
    problem: str | None = None
    """Why it cannot be used; None when it can."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A snapshot of everything that `decide` looks at, besides the BLAS libraries."""

    platform: str
    """Platform tag, for example manylinux_2_36_x86_64."""
    python_version: str
    include_folder: str
    python_header: str | None
    compilers: tuple[Compiler, ...]
    cmake: Tool | None
    ninja: Tool | None
    patchelf: Tool | None


def look(compilers: tuple[Compiler, ...], environ: Mapping[str, str]) -> Machine:
    """Measure this machine; `compilers` come from `wheels.source.toolchain`."""
    include = sysconfig.get_path("include")
    header = Path(include) / "Python.h"
    return Machine(
        platform=platform_tag(),
        python_version=f"{sys.version_info.major}.{sys.version_info.minor}",
        include_folder=include,
        python_header=str(header) if header.is_file() else None,
        compilers=compilers,
        cmake=find_tool("cmake", environ),
        ninja=find_tool("ninja", environ),
        patchelf=find_tool("patchelf", environ),
    )


def platform_tag() -> str:
    """The tag of this machine, with the version of its C library where that is known."""
    plain = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    name, version = platform.libc_ver()
    if plain.startswith("linux_"):
        if name == "glibc" and version:
            return plain.replace("linux_", f"manylinux_{version.replace('.', '_')}_", 1)
        return plain.replace("linux_", "musllinux_1_2_", 1)
    target = os.environ.get(TARGET) or platform.mac_ver()[0]
    return macos_tag(plain, target, platform.machine())


def macos_tag(plain: str, target: str, machine: str) -> str:
    """The tag of what is built for macOS `target`, whatever Python itself was built for."""
    found = re.fullmatch(r"macosx_\d+_\d+_(\w+)", plain)
    if found is None or not target:
        return plain
    major, minor, *_ = [*target.split("."), "0"]
    cpu = machine if found[1].startswith("universal") else found[1]
    return f"macosx_{major}_{minor if int(major) < 11 else 0}_{cpu}"


def find_tool(name: str, environ: Mapping[str, str]) -> Tool | None:
    """The program on PATH with its version; None when there is none that answers."""
    path = shutil.which(name, path=environ.get("PATH"))
    if path is None:
        return None
    try:
        done = call([path, "--version"], env=environ, timeout=TRIAL_SECONDS, check=False)
    except WheelsError:
        return None
    return Tool(path=path, version=version_in(done.output)) if done.returncode == 0 else None


def version_in(text: str) -> tuple[int, ...]:
    """The first dotted number in an answer to --version; empty when there is none."""
    match = re.search(r"\d+(?:\.\d+)+", text)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


def compile_problem(command: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    """Why `command` cannot build a C++20 shared library; None when it can."""
    with tempfile.TemporaryDirectory(prefix="trivet-trial-") as folder:
        source = Path(folder) / "trial.cpp"
        source.write_text(TRIAL, encoding="utf-8")
        words = [
            *command,
            "-std=c++20",
            "-fPIC",
            "-shared",
            "-pthread",
            str(source),
            "-o",
            str(source.with_suffix(".so")),
        ]
        try:
            done = call(words, env=environ, timeout=TRIAL_SECONDS, check=False)
        except WheelsError as error:
            return error.what
    if done.returncode == 0:
        return None
    errors = [line for line in done.output.splitlines() if "error" in line]
    return f"a C++20 program does not build: {(errors or done.output.splitlines() or ['?'])[0]}"


def cpu_count() -> int:
    """CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
