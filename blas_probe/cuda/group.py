# SPDX-License-Identifier: Apache-2.0
"""Join the places that are one toolkit: an nvcc tells its folder, links lead to one real folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from blas_probe.cuda.nvcc import Nvcc
from blas_probe.cuda.places import Place, is_root
from blas_probe.look import is_file
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.record import dataclass

SOURCES = ("path", "env:CUDACXX", "env:", "PATH", "pypi", "conda:", "system", "loader")


@dataclass(frozen=True, kw_only=True)
class Group:
    """One toolkit's places, before its pieces are looked at."""

    roots: tuple[Path, ...]
    """Real folders; the one of nvcc first."""
    source: str
    names: tuple[str, ...]
    nvcc: Nvcc | None
    packages: Mapping[str, str]


def compilers_of(place: Place, find_bin: Sequence[str], names: Sequence[str]) -> list[Path]:
    """The compilers that a place has, by the paths that users would take."""
    if place.nvcc is not None:
        return [place.nvcc]
    paths = [root / below / name for root in place.roots for below in find_bin for name in names]
    return [path for path in paths if is_file(path)]


def join(
    places: Sequence[Place],
    recipes: CudaRecipes,
    nvcc_at: Callable[[Path], Nvcc],
    triplet: str,
) -> list[Group]:
    """Groups of places that share a real folder, in the order of their best source."""
    found: list[Group] = []
    for place in places:
        group = _group(place, recipes, nvcc_at, triplet)
        mine = [other for other in found if set(other.roots) & set(group.roots)]
        for other in mine:
            found.remove(other)
            group = merge(other, group)
        found.append(group)
    return sorted(found, key=lambda group: (rank(group.source), str(group.roots[0])))


def _group(
    place: Place, recipes: CudaRecipes, nvcc_at: Callable[[Path], Nvcc], triplet: str
) -> Group:
    """One place; its roots are what its compiler says, if it says so."""
    find = recipes.anatomy.find
    compilers = compilers_of(place, find.bin, find.compilers)
    nvcc = nvcc_at(compilers[0]) if compilers else None
    roots = [Path(os.path.realpath(root)) for root in place.roots]
    if nvcc is not None and nvcc.top is not None and is_root(Path(nvcc.top), recipes, triplet):
        top = Path(os.path.realpath(nvcc.top))
        # A folder that only holds a script for another folder's compiler is that toolkit.
        roots = [top, *(root for root in roots if root != top and len(roots) > 1)]
    elif nvcc is not None and not roots:
        real = Path(os.path.realpath(nvcc.path))
        above = real.parent.parent if real.parent.name == "bin" else real.parent
        roots = [above if is_root(above, recipes, triplet) else real]
    names = dict.fromkeys([place.name, *(str(root) for root in place.roots)])
    return Group(roots=tuple(dict.fromkeys(roots)), source=place.source, names=tuple(names),
                 nvcc=nvcc, packages=dict(place.packages))  # fmt: skip


def merge(first: Group, second: Group) -> Group:
    """Two groups that are one toolkit; an nvcc that answered is kept."""
    answered = [one.nvcc for one in (first, second) if one.nvcc and one.nvcc.problem is None]
    silent = [one.nvcc for one in (first, second) if one.nvcc]
    return Group(
        roots=tuple(dict.fromkeys([*first.roots, *second.roots])),
        source=min(first.source, second.source, key=rank),
        names=tuple(dict.fromkeys([*first.names, *second.names])),
        nvcc=min(answered, key=_is_script, default=next(iter(silent), None)),
        packages={**first.packages, **second.packages},
    )


def _is_script(nvcc: Nvcc) -> bool:
    """Does it lie elsewhere than the folder that it tells?"""
    return nvcc.top is None or not Path(os.path.realpath(nvcc.path)).is_relative_to(nvcc.top)


def rank(source: str) -> int:
    """Place of a source in SOURCES."""
    return next((i for i, start in enumerate(SOURCES) if source.startswith(start)), len(SOURCES))
