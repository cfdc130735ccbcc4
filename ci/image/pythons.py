# SPDX-License-Identifier: Apache-2.0
"""The Pythons of the image: Debian's own where it fits a row, else one of this machine, copied."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wheels.errors import ToolchainError
from wheels.interpreters import Interpreter, ask, candidates
from wheels.rows import Python

FOLDER = "opt/python"
LEFT_OUT = shutil.ignore_patterns(
    "__pycache__", "test", "tests", "idlelib", "site-packages", "config-*", "*.a"
)


@dataclass(frozen=True, kw_only=True)
class Supplied:
    """Where the Python of one row comes from."""

    tag: str
    """The name of its folder, for example cp312-cp312."""
    version: str
    origin: Path | None
    """The folder that holds bin, lib and include; None: the image has it from Debian."""


def choose(
    rows: Sequence[Python], in_image: Sequence[str], here: Sequence[Interpreter]
) -> tuple[tuple[Supplied, ...], tuple[str, ...]]:
    """One Python for each row, and the versions that cannot be had.

    Only an interpreter with headers serves; ToolchainError when a row that builds has none.
    """
    chosen, missing = [], []
    for row in rows:
        tag = f"{row.id}-{row.id}"
        if row.version in in_image:
            chosen.append(Supplied(tag=tag, version=row.version, origin=None))
            continue
        fits = [one for one in here if one.version[:2] == row.numbers and one.has_headers]
        fits = [one for one in fits if (origin_of(one) / "bin" / program(row.version)).is_file()]
        if fits:
            chosen.append(Supplied(tag=tag, version=row.version, origin=origin_of(fits[0])))
        elif row.abi:
            raise ToolchainError(
                f"the image lacks CPython {row.version}",
                why="its Debian release has another one, and this machine has none with headers",
                then=f"install one (pyenv install {row.version}, uv python install {row.version})",
            )
        else:
            missing.append(row.version)
    return tuple(chosen), tuple(missing)


def program(version: str) -> str:
    """The name of an interpreter's program."""
    return f"python{version}"


def origin_of(interpreter: Interpreter) -> Path:
    """The folder above bin, lib and include of an interpreter."""
    return interpreter.include.parents[1]


def interpreters_here(environ: Mapping[str, str]) -> list[Interpreter]:
    """Every CPython of this machine that answers."""
    return [one for path in candidates(environ) if (one := ask(path))]


def versions_in(root: Path) -> tuple[str, ...]:
    """The versions of the Pythons that Debian's packages put into the image."""
    found = sorted((root / "usr" / "bin").glob("python3.*"))
    return tuple(
        path.name.removeprefix("python") for path in found if path.name[len("python3.") :].isdigit()
    )


def copy(supplied: Supplied, root: Path) -> None:
    """Copy an interpreter of this machine into the image, without its packages and tests."""
    assert supplied.origin is not None
    target = root / FOLDER / supplied.tag
    name = program(supplied.version)
    for part in (f"lib/{name}", f"include/{name}"):
        shutil.copytree(
            supplied.origin / part,
            target / part,
            symlinks=True,
            ignore=LEFT_OUT,
            dirs_exist_ok=True,
        )
    (target / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy2(supplied.origin / "bin" / name, target / "bin" / name)
    for library in (supplied.origin / "lib").glob(f"lib{name}*.so*"):
        shutil.copy2(library, target / "lib" / library.name, follow_symlinks=False)
    (target / "bin" / "python").symlink_to(name)
