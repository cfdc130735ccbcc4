# SPDX-License-Identifier: Apache-2.0
"""The Python interpreters of this machine, and which rows of pythons.toml they serve."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wheels.command import call
from wheels.errors import WheelsError
from wheels.rows import Python

ASK = """
import json, sys, sysconfig
print(json.dumps([list(sys.version_info[:3]), sysconfig.get_path("include"),
                  sys.implementation.name, bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
                  sysconfig.get_config_var("EXT_SUFFIX"), sys.executable]))
"""
NAME = re.compile(r"python3\.\d+\Z")


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """One Python of this machine."""

    path: Path
    version: tuple[int, int, int]
    include: Path
    suffix: str
    has_headers: bool

    @property
    def text(self) -> str:
        """The version as text."""
        return ".".join(str(number) for number in self.version)


@dataclass(frozen=True, kw_only=True)
class Interpreters:
    """Which interpreter builds and runs each row, or why none does."""

    builds: Mapping[str, Interpreter]
    runs: Mapping[str, Interpreter]
    refusals: Mapping[str, str]


def candidates(environ: Mapping[str, str], extra: Sequence[Path] = ()) -> list[Path]:
    """List interpreters: the given ones, this one, those on PATH and those of pyenv and uv."""
    home = Path(environ.get("HOME", "/nonexistent"))
    roots = [
        Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions",
        Path(environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local/share/uv/python"),
    ]
    found = [*extra, Path(sys.executable)]
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        if folder and Path(folder).is_dir() and Path(folder).name != "shims":
            found += sorted(p for p in Path(folder).glob("python3.*") if NAME.match(p.name))
    for root in roots:
        found += sorted(root.glob("*/bin/python3"))
    unique: dict[Path, Path] = {}
    for path in found:
        if path.exists():
            unique.setdefault(path.resolve(), path)
    return list(unique.values())


def ask(path: Path) -> Interpreter | None:
    """Ask an interpreter for its facts; one that does not answer is no interpreter."""
    try:
        done = call([path, "-I", "-c", ASK], timeout=20)
        version, include, name, free_threaded, suffix, executable = json.loads(done.output)
    except (WheelsError, ValueError):
        return None
    if name != "cpython" or free_threaded:
        return None
    return Interpreter(
        path=Path(executable),
        version=tuple(version),
        include=Path(include),
        suffix=suffix,
        has_headers=(Path(include) / "Python.h").is_file(),
    )


def match(rows: Sequence[Python], found: Sequence[Interpreter]) -> Interpreters:
    """Give each row the interpreter that builds its wheel and the one that runs its cells."""
    builds: dict[str, Interpreter] = {}
    runs: dict[str, Interpreter] = {}
    refusals: dict[str, str] = {}
    for row in rows:
        exact = [item for item in found if item.version[:2] == row.numbers]
        newer = sorted(
            (item for item in found if row.newer and item.version[:2] > row.numbers),
            key=lambda item: item.version,
        )
        able = [item for item in [*exact, *newer] if item.has_headers]
        if row.abi and able:
            builds[row.id] = able[0]
        usable = [*exact, *newer] if row.abi else exact
        if usable:
            runs[row.id] = usable[0]
        refusals[row.id] = _refusal(row, usable, able)
    return Interpreters(builds=builds, runs=runs, refusals=refusals)


def _refusal(row: Python, usable: Sequence[Interpreter], able: Sequence[Interpreter]) -> str:
    if not usable:
        return f"no CPython {row.version} on this machine (PATH, pyenv, uv); give --python PATH"
    if row.abi and not able:
        where = usable[0].include / "Python.h"
        return f"{where} is missing; install the headers (Debian: python{row.version}-dev)"
    return ""


def search(
    rows: Sequence[Python], environ: Mapping[str, str], extra: Sequence[Path] = ()
) -> Interpreters:
    """Find the interpreters of this machine and match them with the rows."""
    return match(rows, [item for path in candidates(environ, extra) if (item := ask(path))])
