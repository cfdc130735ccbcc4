# SPDX-License-Identifier: Apache-2.0
"""Python's headers for another platform: those of this machine with another pyconfig.h."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

from wheels.errors import BuildError
from wheels.state import new_folder, write_text
from wheels.target.rows import Target

CONFIG = "pyconfig.h"


def python_headers(include: Path, row: Target, folder: Path, *, triplet: str | None = None) -> Path:
    """Write headers like those in `include`, as they are on the row's platforms, to `folder`.

    A copy, for Python.h takes the pyconfig.h beside it before any other. `triplet` is the folder
    in which Debian keeps the real one (none: this machine's).
    """
    if not (include / "Python.h").is_file():
        raise BuildError(
            f"{include / 'Python.h'} is missing",
            why="this Python was installed without its headers",
            then="install them (Debian: python3-dev), or give another Python",
        )
    text = whole_config(include, triplet=triplet)
    with new_folder(folder) as temporary:
        target = temporary / "include"
        shutil.copytree(include, target, ignore=shutil.ignore_patterns(CONFIG))
        write_text(target / CONFIG, config_text(text, row))
    return folder / "include"


def whole_config(include: Path, *, triplet: str | None = None) -> str:
    """Read this machine's pyconfig.h; Debian's only includes one that lies elsewhere."""
    inner = str(sysconfig.get_config_var("MULTIARCH") or "") if triplet is None else triplet
    elsewhere = include.parent / inner / include.name / CONFIG
    path = elsewhere if inner and elsewhere.is_file() else include / CONFIG
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BuildError(
            f"{path} is missing",
            why="only a part of Python's headers is installed",
            then="install them (Debian: libpython3-dev), or give another Python",
        ) from error


def config_text(here: str, row: Target) -> str:
    """Return pyconfig.h for a row: the text of this machine's, then what is different there."""
    lines = [line for name, value in sorted(row.macros.items()) for line in _macro(name, value)]
    head = "" if row.complete else here.rstrip("\n") + "\n\n"
    body = "\n".join(lines)
    return f"{head}/* Made from recipes/python_targets.toml. */\n{body}\n"


def _macro(name: str, value: str) -> list[str]:
    return [f"#undef {name}", f"#define {name} {value}"] if value else [f"#undef {name}"]
