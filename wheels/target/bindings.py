# SPDX-License-Identifier: Apache-2.0
"""The inputs of core/bindings for a Python of another platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wheels.cmake import Value
from wheels.command import Log
from wheels.interpreters import Interpreter
from wheels.rows import Platform, Python
from wheels.target.headers import python_headers
from wheels.target.library import (
    Names,
    interpreter_files,
    names_of,
    python_import_library,
    stable_names,
)
from wheels.target.rows import Target, filled

MODULE = "_core"


@dataclass(frozen=True, kw_only=True)
class PythonThere:
    """Everything of a Python there that an extension is compiled and linked with."""

    include: Path
    library: Path | None
    suffix: str
    stable: bool

    @property
    def file(self) -> str:
        """File name of the extension."""
        return f"{MODULE}{self.suffix}"

    def values(self) -> dict[str, Value]:
        """The cache entries of core/bindings; they stand in for Python_EXECUTABLE."""
        return {
            "TRIVET_STABLE_ABI": "ON" if self.stable else "OFF",
            "TRIVET_PYTHON_INCLUDE": str(self.include),
            "TRIVET_PYTHON_LIBRARY": str(self.library or ""),
            "TRIVET_PYTHON_SUFFIX": self.suffix,
        }


def suffix_of(row: Target, platform: Platform, python: Python) -> str:
    """What the file name of an extension ends with, e.g. .abi3.so."""
    text = row.stable_suffix if python.abi == "abi3" else row.suffix
    return filled(text, platform, python.version)


def python_there(
    here: Interpreter,
    row: Target,
    platform: Platform,
    python: Python,
    folder: Path,
    *,
    tool: tuple[str, ...],
    env: Mapping[str, str],
    log: Log,
) -> PythonThere:
    """Make headers and import library of `python` on `platform` from an interpreter here.

    `tool` is the toolchain's maker of import libraries.
    """
    stable = python.abi == "abi3"
    folder.mkdir(parents=True, exist_ok=True)
    include = python_headers(here.include, row, folder / "python")
    library = None
    if row.library:
        names = _names(here, python, stable=stable)
        library = python_import_library(
            names, row, platform, folder, version=python.version, stable=stable,
            tool=tool, env=env, log=log,
        )  # fmt: skip
    suffix = suffix_of(row, platform, python)
    return PythonThere(include=include, library=library, suffix=suffix, stable=stable)


def _names(here: Interpreter, python: Python, *, stable: bool) -> Names:
    if stable:
        return stable_names(python.numbers)
    return names_of(interpreter_files(here.path, python.version))
