# SPDX-License-Identifier: Apache-2.0
"""Where the headers of a library may lie, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from blas_probe.library import UNKNOWN, Library
from blas_probe.look import first_bytes, is_file, is_folder
from blas_probe.recipe import Headers, Recipe, Recipes
from blas_probe.record import dataclass
from blas_probe.search.places import Machine

MOST_BYTES = 1 << 22
NEAR = ("include", "../include", "../../include", "../../../include")
SYSTEM = ("/usr/local/include", "/usr/include/{triplet}", "/usr/include")
# A function that each kind declares, called by the program that proves the pair.
TELLING: Mapping[str, str] = {"cblas": "cblas_dscal", "lapacke": "LAPACKE_dgesv"}


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A header that may go with a library."""

    path: str
    kind: str
    owner: str | None
    """The provider whose marks are in it; None for the plain reference one."""
    version: str | None
    """What it says about its own version."""
    near: bool
    """It lies where the library's own headers lie, not in a folder that all share."""


def candidates(
    library: Library, recipes: Recipes, machine: Machine, kind: str
) -> Iterator[Candidate]:
    """Headers of one kind, the library's own first; another provider's only from shared folders."""
    if library.provider == UNKNOWN:
        return
    recipe = recipes.provider(library.provider)
    names: Sequence[str] = getattr(recipe.headers, kind)
    mine: list[Candidate] = []
    seen: set[str] = set()
    for folder, near in folders(library, recipe.headers, machine):
        for name in names:
            real = _real(folder / name)
            if real is None or real in seen:
                continue
            seen.add(real)
            owner = owner_of(real, recipes)
            if near and owner not in (None, recipe.name, *recipe.refines):
                continue
            version = version_of(real, recipe.headers) if owner == recipe.name else None
            path = str(folder / name)
            mine.append(Candidate(path=path, kind=kind, owner=owner, version=version, near=near))
    yield from sorted(mine, key=lambda one: (one.owner != recipe.name, not _agree(one, library)))


def _agree(header: Candidate, library: Library) -> bool:
    return header.version is None or same_version(header.version, library.version)


def folders(library: Library, headers: Headers, machine: Machine) -> Iterator[tuple[Path, bool]]:
    """Where to look, and whether the folder is near the library: True, or shared by all: False."""
    home = Path(library.path).parent
    shared = {text.replace("{triplet}", machine.triplet) for text in SYSTEM}
    for below in NEAR:
        folder = home / below
        if is_folder(folder) and str(folder.resolve()) not in shared:
            yield folder.resolve(), True
    for text in sorted(shared):
        folder = machine.at(text) / home.name
        if is_folder(folder) and str(folder) not in shared:
            yield folder, True
    for pattern in headers.dirs:
        text = pattern.replace("{triplet}", machine.triplet)
        for folder in sorted(machine.root.glob(text.lstrip("/"))):
            yield folder, True
    for text in SYSTEM:
        yield machine.at(text.replace("{triplet}", machine.triplet)), False


def _real(path: Path) -> str | None:
    try:
        return str(path.resolve(strict=True)) if is_file(path) else None
    except (OSError, RuntimeError):
        return None


@cache
def text_of(path: str) -> str:
    """The header's text; empty when it cannot be read."""
    return first_bytes(Path(path), MOST_BYTES).decode("utf-8", "replace")


def forget() -> None:
    """Read headers anew: they may have changed since the last look of this process."""
    text_of.cache_clear()
    _owner.cache_clear()


def owner_of(path: str, recipes: Recipes) -> str | None:
    """The provider whose marks stand in the header."""
    return _owner(path, tuple((one.name, one.headers.marks) for one in recipes.providers))


@cache
def _owner(path: str, marks: tuple[tuple[str, tuple[str, ...]], ...]) -> str | None:
    text = text_of(path)
    hits = (name for name, words in marks if any(word in text for word in words))
    return next(hits, None)


def version_of(path: str, headers: Headers) -> str | None:
    """The version that the header, or the file beside it that the recipe names, tells."""
    if not headers.version:
        return None
    file = Path(path).parent / headers.version_file if headers.version_file else Path(path)
    match = re.search(headers.version, text_of(str(file)))
    return match[1] if match else None


def same_version(one: str, other: str) -> bool:
    """Equal as far as both tell: a header may know the year alone."""
    pairs = zip(re.findall(r"\d+", one), re.findall(r"\d+", other), strict=False)
    return all(mine == theirs for mine, theirs in pairs)


def spelling(library: Library, path: str, kind: str) -> tuple[str, str] | None:
    """Prefix and suffix by which the header declares the functions; None when it does not."""
    name = TELLING[kind]
    text = text_of(path)
    for affix in (own_affix(library), ("", "")):
        if re.search(rf"\b{re.escape(affix[0] + name + affix[1])}(?![\w$])", text):
            return affix
    return None


def own_affix(library: Library) -> tuple[str, str]:
    """What the library puts before and after the names of its C functions."""
    prefix = "" if library.prefix == UNKNOWN else library.prefix
    return prefix, library.cblas_suffix or ""


def renames(path: str, kind: str) -> bool:
    """Does the header give the functions other names by macros?"""
    return bool(re.search(rf"^\s*#\s*define\s+{TELLING[kind]}\b", text_of(path), re.M))


def static_width(path: str, recipe: Recipe, kind: str) -> int | None:
    """The width that the text alone tells: of a plain int, or of the recipe's own switch."""
    text = text_of(path)
    match = re.search(
        rf"{TELLING[kind]}\w*\s*\((?:\s*int\s+\w+\s*,)?\s*(?:const\s+|\w+_CONST\s+)?(\w+)", text
    )
    if match and match[1] in ("int", "int32_t"):
        return 32
    fixed = recipe.headers.wide_when
    if not fixed or not recipe.headers.version_file:
        return None
    beside = text_of(str(Path(path).parent / recipe.headers.version_file))
    return (
        (64 if re.search(rf"^\s*#\s*define\s+{fixed}\b", beside, re.M) else 32) if beside else None
    )
