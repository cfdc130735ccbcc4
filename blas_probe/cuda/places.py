# SPDX-License-Identifier: Apache-2.0
"""Where toolkits may lie. A name only leads to a folder or a compiler, which are then asked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from blas_probe.look import exists, is_folder
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.record import dataclass
from blas_probe.search.conda import prefixes
from blas_probe.search.packages import normal
from blas_probe.search.places import (
    LOADER_VARIABLES,
    Machine,
    cached_paths,
    fits,
    matching,
    read_bytes,
)

WHOLE = re.compile(r"cu\d+\Z")
"""A folder of PyPI packages that holds a whole toolkit; others hold one piece of it."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Folders that are one toolkit, or a compiler that will tell its folder."""

    source: str
    name: str
    """The path or variable that led to it."""
    roots: tuple[Path, ...] = ()
    nvcc: Path | None = None
    packages: tuple[tuple[str, str], ...] = ()
    """(distribution, version) of what lies in the roots."""


def places(machine: Machine, recipes: CudaRecipes, paths: Sequence[Path] = ()) -> list[Place]:
    """Every place of every source, best source first."""
    return [
        *explicit(machine, recipes, paths),
        *variables(machine, recipes),
        *in_path(machine, recipes),
        *folders(machine, recipes),
        *conda(machine, recipes),
        *pypi(machine, recipes),
        *loader(machine, recipes),
    ]


def is_root(folder: Path, recipes: CudaRecipes, triplet: str) -> bool:
    """Does `folder` hold a file that only toolkits hold?"""
    for sign in recipes.anatomy.find.signs:
        try:
            if any(folder.glob(sign.replace("{triplet}", triplet))):
                return True
        except (OSError, ValueError):
            return False
    return False


def _root(
    source: str, name: str, folder: Path, machine: Machine, recipes: CudaRecipes
) -> list[Place]:
    if not is_root(folder, recipes, machine.triplet):
        return []
    return [Place(source=source, name=name, roots=(folder,))]


def explicit(machine: Machine, recipes: CudaRecipes, paths: Sequence[Path]) -> Iterator[Place]:
    """The user's own paths: a toolkit's folder, its bin folder, or a compiler."""
    for path in paths:
        if fits(path.name, recipes.anatomy.find.compilers) and not is_folder(path):
            yield Place(source="path", name=str(path), nvcc=path)
        elif is_folder(path):
            yield from _root("path", str(path), path, machine, recipes)


def variables(machine: Machine, recipes: CudaRecipes) -> Iterator[Place]:
    """Variables that hold a toolkit's folder or its compiler."""
    find = recipes.anatomy.find
    for name, value in sorted(machine.environ.items()):
        if value and any(fnmatchcase(name, glob) for glob in find.env):
            yield from _root(f"env:{name}", f"${name}", Path(value), machine, recipes)
        elif value and name in find.compiler_env:
            program = program_of(value, machine, find.compilers)
            if program is not None:
                yield Place(source=f"env:{name}", name=f"${name}", nvcc=program)


def program_of(value: str, machine: Machine, names: Sequence[str]) -> Path | None:
    """The compiler that a variable names; beside it may stand flags, or a launcher before it."""
    words = [word for word in value.split() if fits(Path(word).name, names)]
    hits = (_which(text, machine) for text in (value, *words))
    return next((hit for hit in hits if hit is not None), None)


def _which(name: str, machine: Machine) -> Path | None:
    """The file that a command word stands for."""
    if os.sep in name:
        return Path(name) if exists(Path(name)) else None
    folders = machine.environ.get("PATH", "").split(os.pathsep)
    paths = (Path(folder) / name for folder in folders if folder)
    return next((path for path in paths if exists(path)), None)


def in_path(machine: Machine, recipes: CudaRecipes) -> Iterator[Place]:
    """Every compiler in PATH, the first one first."""
    for folder in machine.environ.get("PATH", "").split(os.pathsep):
        for path in matching(Path(folder), recipes.anatomy.find.compilers) if folder else []:
            yield Place(source="PATH", name=str(path), nvcc=path)


def folders(machine: Machine, recipes: CudaRecipes) -> Iterator[Place]:
    """The folders that installers use."""
    for pattern in recipes.anatomy.find.dirs:
        drive, text = machine.root, pattern.lstrip("/")
        if pattern.startswith("~/"):
            drive, text = Path(machine.environ.get("HOME", "/nonexistent")), pattern[2:]
        elif re.match(r"[A-Za-z]:/", pattern):
            drive, text = Path(pattern[:3]), pattern[3:]
        for folder in sorted(drive.glob(text)) if is_folder(drive) else []:
            yield from _root("system", str(folder), folder, machine, recipes)


def conda(machine: Machine, recipes: CudaRecipes) -> Iterator[Place]:
    """Every conda prefix that holds a piece."""
    for prefix in prefixes(machine):
        yield from _root(f"conda:{prefix}", str(prefix), prefix, machine, recipes)


def pypi(machine: Machine, recipes: CudaRecipes) -> Iterator[Place]:
    """Toolkits in site-packages: one whole folder, or the pieces of one major version together."""
    find = recipes.anatomy.find
    for site in machine.site_packages:
        groups: dict[str, tuple[list[Path], list[tuple[str, str]]]] = {}
        for info in matching(site, ["*.dist-info"]):
            stem, _, version = info.name.removesuffix(".dist-info").rpartition("-")
            dist = normal(stem)
            if not fits(dist, [*find.wheels, find.meta_wheel]):
                continue
            for folder in _folders_of(info, find.wheel_root):
                key = folder if WHOLE.match(folder) else _major_of(dist, recipes)
                roots, packages = groups.setdefault(key, ([], []))
                root = site / find.wheel_root / folder
                if key and root not in roots and is_root(root, recipes, machine.triplet):
                    roots.append(root)
                packages.append((dist, version))
        for key, (roots, packages) in sorted(groups.items()):
            if key and roots:
                yield Place(
                    source="pypi", name=str(site), roots=tuple(roots), packages=tuple(packages)
                )


def _folders_of(info: Path, wheel_root: str) -> list[str]:
    """The folders below `wheel_root` in which a distribution has files."""
    text = read_bytes(info / "RECORD").decode("utf-8", "replace")
    hits = re.findall(rf"^{re.escape(wheel_root)}/([^/,\n]+)/", text, re.MULTILINE)
    return sorted(set(hits))


def _major_of(dist: str, recipes: CudaRecipes) -> str:
    """The suffix that names the toolkit's major version in a distribution's name."""
    endings = [major.wheel_suffix for major in recipes.majors if major.wheel_suffix]
    return next((ending for ending in endings if dist.endswith(ending)), "")


def meta_version(site: Path, recipes: CudaRecipes) -> tuple[Path, str] | None:
    """The distribution that pins all pieces, if it is installed: its folder and version."""
    for info in matching(site, ["*.dist-info"]):
        stem, _, version = info.name.removesuffix(".dist-info").rpartition("-")
        if normal(stem) == recipes.anatomy.find.meta_wheel:
            return info, version
    return None


def loader(machine: Machine, recipes: CudaRecipes) -> Iterator[Place]:
    """Roots of the run-time libraries that the loader would find."""
    globs = [
        glob
        for part in recipes.anatomy.part
        if part.kind == "library" and part.stem
        for glob in part.files
    ]
    for text in cached_paths(read_bytes(machine.at("/etc/ld.so.cache"))):
        if fits(text.rsplit("/", 1)[-1], globs):
            yield from _above(machine.at(text), "loader", machine, recipes)
    for name in LOADER_VARIABLES:
        for folder in filter(None, machine.environ.get(name, "").split(os.pathsep)):
            for path in matching(Path(folder), globs):
                yield from _above(path, f"env:{name}", machine, recipes)


def _above(library: Path, source: str, machine: Machine, recipes: CudaRecipes) -> Iterator[Place]:
    """The nearest folder above a library that is a toolkit's root."""
    for folder in list(library.parents)[1:4]:
        if is_root(folder, recipes, machine.triplet):
            yield Place(source=source, name=str(library), roots=(folder,))
            return
