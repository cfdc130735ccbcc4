# SPDX-License-Identifier: Apache-2.0
"""All candidates of all sources, joined so that each real file stands once."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from blas_probe.cache import Cache
from blas_probe.recipe import Recipes
from blas_probe.record import dataclass
from blas_probe.search import packages, places
from blas_probe.search.alternatives import alternatives
from blas_probe.search.cmake import cmake
from blas_probe.search.conda import conda
from blas_probe.search.elsewhere import of_tools
from blas_probe.search.inside import explicit
from blas_probe.search.mounts import Mount, patiently
from blas_probe.search.owners import owners
from blas_probe.search.places import Candidate, Machine
from blas_probe.search.programs import needed, preloaded
from blas_probe.search.scripts import named_by_script
from blas_probe.search.stores import modules, stores
from blas_probe.search.systems import in_cache, of_system

# The source that says most about a file wins: what the user named, then who brought it.
RANKS = (
    "path", "pypi:", "conda:", "module:", "store:", "debian", "alternatives", "env:", "system",
    "cmake", "pkg-config", "local", "tool:", "needed:",
)  # fmt: skip
KINDS = {
    stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class File:
    """One real file (or a path that leads to none) with the names that lead to it."""

    path: str
    names: tuple[str, ...]
    source: str
    problem: str | None
    package: str | None = None


def find(
    recipes: Recipes,
    machine: Machine,
    paths: Sequence[Path] = (),
    cache: Cache | None = None,
) -> list[File]:
    """Every candidate on the machine, once per real file, sorted by path."""
    providers = recipes.providers
    globs = tuple(dict.fromkeys(glob for recipe in providers for glob in recipe.find.files))
    sources: tuple[Callable[[], Iterable[Candidate]], ...] = (
        lambda: explicit(paths, providers, globs, machine.triplet),
        lambda: packages.pypi(machine, providers, globs),
        lambda: conda(machine, globs),
        lambda: modules(machine, providers, globs),
        lambda: stores(machine, providers, globs),
        lambda: alternatives(machine, globs),
        lambda: preloaded(machine, providers, globs),
        lambda: places.variables(machine, providers, globs),
        lambda: places.system(machine, providers, globs),
        lambda: of_system(machine, globs),
        lambda: in_cache(machine, providers),
        lambda: cmake(machine, providers, globs),
        lambda: packages.pkg_config(machine, providers, globs),
        lambda: places.local(machine, globs),
        lambda: of_tools(machine, globs),
        lambda: needed(paths, machine, providers),
    )
    given = (patiently(source) if machine.silent else source() for source in sources)
    candidates = [one for some in given for one in some]
    files = join(one for told in candidates for one in through_scripts(told))
    packaged = owners(machine, [file.path for file in files if file.package is None], cache)
    files = [replace(file, package=file.package or packaged.get(file.path)) for file in files]
    return [*files, *(not_searched(mount.point, mount) for mount in machine.silent)]


def not_searched(path: str, mount: Mount) -> File:
    """The row for a mount, or a path on it, at which nobody looks."""
    problem = (
        f"the file system mounted at {mount.point} ({mount.kind}) does not answer; nothing on it "
        "was looked at"
    )
    return File(path=path, names=(path,), source="system", problem=problem)


def with_archives(recipes: Recipes) -> Recipes:
    """The same recipes, which look for static archives as well."""
    wider = []
    for recipe in recipes.providers:
        shared = recipe.find.files
        names = [glob.split(".so")[0] + ".a" for glob in shared if ".so" in glob]
        find_more = replace(recipe.find, files=(*shared, *dict.fromkeys(names)))
        wider.append(replace(recipe, find=find_more))
    return replace(recipes, providers=tuple(wider))


def through_scripts(candidate: Candidate) -> list[Candidate]:
    """The candidate, or one for each library that it names as a linker script."""
    named = named_by_script(candidate.path)
    return [candidate._replace(stands_for=path) for path in named] or [candidate]


def join(candidates: Iterable[Candidate]) -> list[File]:
    """Group candidates by the identity of the real file."""
    groups: dict[object, list[tuple[Candidate, str, str | None]]] = {}
    for candidate in dict.fromkeys(candidates):
        key, real, problem = resolve(candidate.stands_for or candidate.path)
        if candidate.cached:
            problem = None
        groups.setdefault(key, []).append((candidate, real, problem))
    files = []
    for group in groups.values():
        best = min((candidate.source for candidate, _, _ in group), key=rank)
        files.append(
            File(
                path=min(real for _, real, _ in group),
                names=tuple(sorted({_absolute(candidate.path) for candidate, _, _ in group})),
                source=best,
                problem=group[0][2],
                package=next((one.package for one, _, _ in group if one.package), None),
            )
        )
    return sorted(files, key=lambda file: file.path)


def resolve(path: Path) -> tuple[object, str, str | None]:
    """Identity, real path, and what is wrong with it as a file."""
    try:
        real = str(path.resolve(strict=True))
        status = path.stat()
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop, before 3.13
        return _absolute(path), _absolute(path), _unreachable(path, error)
    if not stat.S_ISREG(status.st_mode):
        kind = KINDS.get(stat.S_IFMT(status.st_mode), "no regular file")
        return real, real, f"it is {kind}, not a library; give the library's file"
    return (status.st_dev, status.st_ino), real, None


def _unreachable(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        dangling = path.is_symlink()
        return "it is a link to a file that does not exist" if dangling else "it does not exist"
    if isinstance(error, RuntimeError) or "symbolic links" in str(error):
        return "it is a circle of links"
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"it cannot be reached: {reason}"


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 (links must stay as they are)


def rank(source: str) -> int:
    """Place of a source in RANKS."""
    return next(i for i, start in enumerate(RANKS) if source.startswith(start))
