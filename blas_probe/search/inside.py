# SPDX-License-Identifier: Apache-2.0
"""What a folder stands for that the user names: an environment, a prefix, a folder of packages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from blas_probe.look import is_folder
from blas_probe.recipe import Recipe
from blas_probe.search.content import holds_blas
from blas_probe.search.places import WIDE, Candidate, matching
from blas_probe.warning import Warning_

LIBRARY_FOLDERS = ("lib", "lib64", "lib/{triplet}", "bin", "Library/bin", "Library/lib")
LIBRARIES = ("*.so", "*.so.*", "*.dylib", "*.dll")


def sites(folder: Path) -> list[Path]:
    """The folders of Python packages: itself, or those of the environment that it is."""
    if matching(folder, ["*.dist-info"]):
        return [folder]
    pythons = matching(folder / "lib", ["python3*", "pypy3*"])
    inner = [*(python / "site-packages" for python in pythons), folder / "Lib/site-packages"]
    return [one for one in inner if is_folder(one)]


def library_folders(folder: Path, triplet: str) -> list[Path]:
    """Where a prefix keeps its libraries; nothing where there are no such folders."""
    names = [name.replace("{triplet}", triplet) for name in LIBRARY_FOLDERS]
    return [folder / name for name in names if is_folder(folder / name)]


def explicit(
    paths: Iterable[Path], recipes: Sequence[Recipe], globs: Sequence[str], triplet: str
) -> Iterator[Candidate]:
    """The user's own paths; a folder stands for the libraries in it, whatever their names."""
    for path in paths:
        for one in held_by(path, recipes, globs) or _in_prefix(path, recipes, globs, triplet):
            yield Candidate(one, "path")


def _in_prefix(
    path: Path, recipes: Sequence[Recipe], globs: Sequence[str], triplet: str
) -> list[Path]:
    """What the library folders of a prefix hold; a path that is no such folder is itself told."""
    folders = library_folders(path, triplet)
    if not (folders or sites(path)):
        return [path]
    return [one for folder in folders for one in held_by(folder, recipes, globs)]


def held_by(folder: Path, recipes: Sequence[Recipe], globs: Sequence[str]) -> list[Path]:
    """The libraries in a folder, by their names or what they define."""
    if not is_folder(folder):
        return []
    inside = matching(folder, [*globs, *WIDE])
    others = [one for one in matching(folder, LIBRARIES) if one not in inside]
    return [*inside, *(one for one in others if holds_blas(one, recipes))]


def opened(paths: Iterable[Path], triplet: str) -> list[Path]:
    """The paths that are searched inside, as environments and prefixes are."""
    return [path for path in paths if sites(path) or library_folders(path, triplet)]


def nothing_inside(path: Path, places: Sequence[str]) -> Warning_ | None:
    """Told of an environment or prefix in which nothing was found."""
    below = f"{path.absolute()}/"
    if any(f"{place}/".startswith(below) for place in places):
        return None
    return Warning_(
        subject=str(path),
        text="no BLAS, LAPACK or CUDA toolkit is in this folder, its library folders or its "
        "Python packages",
        cure="name the folder or the file itself",
        source="looked for there",
    )
