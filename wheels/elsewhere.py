# SPDX-License-Identifier: Apache-2.0
"""Platforms other than this machine's own: their libraries are read, and never run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from blas_probe.binary import cannot_run, read
from blas_probe.binary.host import own_host
from blas_probe.errors import BinaryError
from blas_probe.found import Found
from blas_probe.library import UNKNOWN, Library
from blas_probe.probing import found_from
from blas_probe.recipe import Recipes, Variant
from blas_probe.recipe.model import Recipe
from blas_probe.search.packages import distribution, recorded_files
from wheels.finding import read_found
from wheels.fingerprint import HashCache, fingerprint
from wheels.folders import Folders
from wheels.proof.target import look
from wheels.providers import SITE, Fetched, exists_on, libraries_of
from wheels.rows import Platform
from wheels.state import read_json_or_none, write_json, write_text
from wheels.target.framework import framework_stub, suffix_of

STUB = "stub"
"""Source of what is not a library but the list of its names."""


def is_native(platform: Platform) -> bool:
    """Say whether this machine runs programs of `platform` itself."""
    return platform.host == own_host()


def find_elsewhere(
    platform: Platform,
    folders: Folders,
    recipes: Recipes,
    fetched: Fetched,
    environ: Mapping[str, str],
    cache: HashCache,
) -> Found:
    """What the packages fetched for `platform` hold; the last answer while it is still true."""
    files = {path: name for name, path in _files(recipes, fetched)}
    stubs = list(_stubs(platform, folders, recipes))
    record = folders.state / f"found-{platform.id}.json"
    told = folders.state / f"found-{platform.id}-libraries.json"
    sources = [folders.recipes / "blas", folders.root / "blas_probe", Path(__file__)]
    hashes = {str(path): cache.of(path) for path in [*files, *(Path(one.path) for one in stubs)]}
    variants = [row.id for row in recipes.variants]
    value = fingerprint(cache, folders.root, sources, hashes, platform.id, variants)
    known = read_json_or_none(record)
    same = isinstance(known, dict) and known.get("fingerprint") == value
    if same and (old := read_found(told)):
        return old
    records = look(list(files), recipes, environ).libraries if files else ()
    mine = [adopted(one, platform, f"pypi:{files[Path(one.path)]}") for one in records]
    found = found_from([*mine, *stubs], recipes, environ)
    write_text(told, found.to_json())
    write_json(record, {"fingerprint": value})
    return found


def _files(recipes: Recipes, fetched: Fetched) -> Iterator[tuple[str, Path]]:
    """(distribution, library file), for each variant whose package was fetched."""
    seen = set()
    for requirement, folder in fetched.folders.items():
        for path in libraries_of(requirement, folder, recipes):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield _owner(path, folder / SITE) or requirement.partition("==")[0], path.resolve()


def _owner(path: Path, site: Path) -> str:
    """The distribution that a file came with: a requirement brings others; empty when unknown."""
    for info in sorted(site.glob("*.dist-info")):
        if any(path.samefile(one) for one in recorded_files(site, info, [path.name])):
            return distribution(info)[0]
    return ""


def _stubs(platform: Platform, folders: Folders, recipes: Recipes) -> Iterator[Library]:
    """Libraries that are part of the platform's system: a list of names stands for each here."""
    for recipe in recipes.providers:
        for variant in recipe.variant if recipe.stub else ():
            if exists_on(variant, platform.id):
                place = folders.build / platform.id / "stubs"
                path = framework_stub(recipe, variant, platform, place, root=folders.root)
                yield stub_record(recipe, variant, platform, path)


def stub_record(recipe: Recipe, variant: Variant, platform: Platform, path: Path) -> Library:
    """What the maker documents of a library that only the system itself has."""
    system, machine = platform.host
    complex_return: Any = recipe.inferred.complex_return
    f2c: Any = recipe.inferred.f2c
    known = ("complex_return", "f2c", "int_bits", "prefix", "suffix")
    return Library(
        path=str(path), names=(str(path),), source=STUB, machine=machine, format="mach-o",
        platform=system, machines=(machine,), needed=(), build_id=None, problem=None, seconds=0.0,
        soname=recipe.stub.install_name if recipe.stub else None, soname_beside=True,
        provider=recipe.name, version=UNKNOWN, core=None, thread_layer=UNKNOWN,
        prefix=recipe.prefixes[0], suffix=suffix_of(recipe, variant),
        int_bits=variant.select.int_bits, complex_return=complex_return,
        f2c=f2c, has_blas=True, has_cblas=False, has_lapack=True,
        has_lapacke=False, cblas_suffix=None, lapack_version=None, blas_soname=None,
        blas_file=None, functions={}, variants=(), defects=(), inferred=known,
        notes=("a list of names; the library itself is part of the system",),
    )  # fmt: skip


def adopted(library: Library, platform: Platform, source: str) -> Library:
    """The record as it stands for a machine of `platform`, where the file can be run."""
    changes: dict[str, object] = {"source": source}
    if (library.platform, library.machine) == platform.host and _is_only_foreign(library):
        changes["problem"] = None
    return dataclasses.replace(library, **changes)  # type: ignore[arg-type]


def _is_only_foreign(library: Library) -> bool:
    """Is nothing wrong with the file but that this machine cannot run it?"""
    try:
        return library.problem == cannot_run(read(Path(library.path)), own_host())
    except BinaryError:
        return False
