# SPDX-License-Identifier: Apache-2.0
"""Conda prefixes: the active one, those that conda or pixi noted, and those in usual folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from blas_probe.look import is_folder
from blas_probe.search.places import Candidate, Machine, in_folder, read_bytes

PREFIX_VARIABLES = ("CONDA_PREFIX", "CONDA_PREFIX_1", "CONDA_PREFIX_2", "MAMBA_ROOT_PREFIX")
ENVS_VARIABLES = ("CONDA_ENVS_PATH", "CONDA_ENVS_DIRS")
ROOT_NAMES = (
    "miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", "conda", "miniconda",
    "anaconda", "mambaforge-pypy3", "miniforge-pypy3",
)  # fmt: skip
LIBRARY_FOLDERS = ("lib", "Library/bin", "Library/lib")


def conda(machine: Machine, globs: Sequence[str]) -> Iterator[Candidate]:
    """The libraries of every prefix."""
    for prefix in prefixes(machine):
        for below in LIBRARY_FOLDERS:
            yield from in_folder(prefix / below, globs, f"conda:{prefix}")


def prefixes(machine: Machine) -> list[Path]:
    """Every prefix, the active one first; what only may be one must hold conda's own folder."""
    environ = machine.environ
    home = Path(environ.get("HOME", "/nonexistent"))
    noted = read_bytes(home / ".conda/environments.txt").decode("utf-8", "replace").splitlines()
    active = [environ.get(name, "") for name in PREFIX_VARIABLES]
    sure = [Path(text.strip()) for text in (*active, *noted) if text.strip()]
    roots = [folder / name for folder in (home, machine.at("/opt"), machine.at("/usr/local"))
             for name in ROOT_NAMES]  # fmt: skip
    roots += [Path(environ["CONDA_EXE"]).parent.parent] if environ.get("CONDA_EXE") else []
    roots += [site.parent.parent.parent for site in machine.site_packages]
    likely = [root for root in (*sure, *roots) if is_folder(root / "conda-meta")]
    inside = [below for folder in _environment_folders(machine, home, likely)
              for below in _subfolders(folder) if is_folder(below / "conda-meta")]  # fmt: skip
    return list(dict.fromkeys([*sure, *likely, *inside]))


def _environment_folders(machine: Machine, home: Path, roots: Sequence[Path]) -> list[Path]:
    """Folders whose subfolders may be prefixes."""
    environ = machine.environ
    listed = [environ.get(name, "") for name in ENVS_VARIABLES]
    named = [Path(part) for text in listed for part in text.split(os.pathsep) if part]
    project = environ.get("PIXI_PROJECT_ROOT")
    pixi = [Path(project) / ".pixi/envs"] if project else []
    return [*named, *pixi, home / ".pixi/envs", home / ".conda/envs", *(r / "envs" for r in roots)]


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
