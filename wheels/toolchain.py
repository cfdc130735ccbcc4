# SPDX-License-Identifier: Apache-2.0
"""The compiler: which one this machine has, and wrapper scripts that CMake calls as one word."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wheels.command import call
from wheels.errors import CommandError, ToolchainError
from wheels.rows import COMMANDS, Platform, Toolchain
from wheels.state import write_if_changed

VERSION_TIMEOUT = 60.0  # seconds
LINKED = ("EXE", "SHARED", "MODULE")
"""What CMake links, as its variables name it."""


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """A toolchain of this machine, aimed at one platform."""

    id: str
    version: str
    cc: tuple[str, ...]
    cxx: tuple[str, ...]
    ar: tuple[str, ...]
    ranlib: tuple[str, ...]
    import_library: tuple[str, ...] = ()
    modules: str = ""
    """What makes a loadable module there, if not what CMake says."""
    link: tuple[str, ...] = ()
    """Arguments of every link."""
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> tuple[object, ...]:
        """What a rebuild depends on: version and fixed arguments, not where it is installed."""
        arguments = [command[1:] for command in (self.cc, self.cxx, self.ar)]
        arguments += [self.link] if self.link else []
        return (self.id, self.version, *arguments, *([self.modules] if self.modules else []))


@dataclass(frozen=True, kw_only=True)
class Wrappers:
    """The scripts that stand for a compiler; each is one path."""

    cc: Path
    cxx: Path
    ar: Path | None
    ranlib: Path | None


def package_folder(name: str) -> Path | None:
    """Return the folder of an installed package without importing it."""
    found = importlib.util.find_spec(name) if name else None
    places = list(found.submodule_search_locations or []) if found else []
    return Path(places[0]) if places else None


def why_unusable(row: Toolchain, path: str) -> str:
    """Return an empty text when the toolchain is here, or what is missing."""
    folder = package_folder(row.package)
    if row.package and folder is None:
        return f"the package {row.package} is not installed here; pip install {row.package}"
    programs = [getattr(row, name)[0] for name in COMMANDS if getattr(row, name)]
    for text in programs:
        program = text.replace("{wheel}", str(folder))
        if shutil.which(program, path=path) is None:
            wrong = "is not there, or no program" if "/" in program else "is not on PATH"
            return f"{program} {wrong}"
    return ""


def find_compiler(
    row: Toolchain, platform: Platform, environ: Mapping[str, str], *, cache: Path
) -> Compiler:
    """Resolve a toolchain's commands for `platform` and ask for its version."""
    path = environ.get("PATH", os.defpath)
    if why := why_unusable(row, path):
        raise ToolchainError(
            f"toolchain {row.id} cannot be used: {why}",
            then="install it, or choose another with --toolchain",
        )
    places = {"target": platform.target, "wheel": str(package_folder(row.package or "") or "")}
    variables: dict[str, str] = {}
    if row.cache_variable:
        variables[row.cache_variable] = environ.get(row.cache_variable) or str(cache)
    more = row.musl if platform.libc == "musl" else ()
    version = _version(_resolved(row.version, places, path), {**environ, **variables})
    return Compiler(
        id=row.id,
        version=version,
        cc=(*_resolved(row.cc, places, path), *more),
        cxx=(*_resolved(row.cxx, places, path), *more),
        ar=_resolved(row.ar, places, path),
        ranlib=_resolved(row.ranlib, places, path),
        import_library=_resolved(row.import_library, places, path),
        modules=row.modules.get(platform.system, ""),
        link=row.link,
        environment=tuple(sorted(variables.items())),
    )


def link_values(link: Sequence[str]) -> dict[str, str]:
    """CMake's variables for arguments of every link; what is tried out is built as the rest is."""
    text = " ".join(link)
    if not text:
        return {}
    kinds = {f"CMAKE_{kind}_LINKER_FLAGS_INIT": text for kind in LINKED}
    return {**kinds, "CMAKE_TRY_COMPILE_CONFIGURATION": "Release"}


def _resolved(command: Sequence[str], places: Mapping[str, str], path: str) -> tuple[str, ...]:
    words = [word.format_map(places) for word in command]
    if words and "/" not in words[0]:
        words[0] = shutil.which(words[0], path=path) or words[0]
    return tuple(words)


def _version(command: Sequence[str], environ: Mapping[str, str]) -> str:
    try:
        done = call(command, env=environ, timeout=VERSION_TIMEOUT)
    except CommandError as error:
        raise ToolchainError(
            f"{command[0]} does not tell its version",
            why="it is damaged, or for another machine",
            then="install it again, or choose another with --toolchain",
        ) from error
    return (done.output.strip().splitlines() or ["unknown"])[0]


def write_wrappers(compiler: Compiler, folder: Path) -> Wrappers:
    """Write one script per tool; folder and tools may hold spaces and any letters."""
    folder.mkdir(parents=True, exist_ok=True)

    def script(name: str, command: Sequence[str]) -> Path:
        words = " ".join(shlex.quote(word) for word in command)
        exports = "".join(
            f"export {key}={shlex.quote(value)}\n" for key, value in compiler.environment
        )
        path = folder / name
        write_if_changed(path, f'#!/bin/sh\n{exports}exec {words} "$@"\n')
        path.chmod(0o755)
        return path

    return Wrappers(
        cc=script("cc", compiler.cc),
        cxx=script("c++", compiler.cxx),
        ar=script("ar", compiler.ar) if compiler.ar else None,
        ranlib=script("ranlib", compiler.ranlib) if compiler.ranlib else None,
    )
