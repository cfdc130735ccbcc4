# SPDX-License-Identifier: Apache-2.0
"""What somebody wants proven: from the words of a command line to libraries and their facts."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blas_probe.binary.host import own_host
from blas_probe.choose import Choice, lapack_for, refusals
from blas_probe.defects import met_by_backends
from blas_probe.errors import NotChosen
from blas_probe.found import Found
from blas_probe.library import UNKNOWN, Library
from blas_probe.probing import own_site_packages, probe
from blas_probe.recipe import Expect, Recipes, Select, Variant
from blas_probe.search.names import loader_names
from wheels.errors import NotALibraryError, RefusedLibraryError
from wheels.select import nearest

RETURNS = ("normal", "argument")  # how a backend can take complex results
ID = "custom"  # of a library that no recipe has a variant for
UNSEPARABLE = ":;$"  # letters that a search path cannot hold


@dataclass(frozen=True, kw_only=True)
class Target:
    """The libraries to be proven, and what is known about them."""

    choice: Choice
    floor: float
    """The recipe's; 0 when no recipe has a variant of this provider."""
    expects: tuple[Expect, ...]
    notes: tuple[str, ...]

    @property
    def libraries(self) -> tuple[Library, ...]:
        """The prober's records, LAPACK first."""
        lapack = (self.choice.lapack,) if self.choice.lapack else ()
        return (*lapack, self.choice.blas)

    @property
    def has_lapack(self) -> bool:
        """Say whether there is a LAPACK to be proven."""
        return self.choice.blas.has_lapack or self.choice.lapack is not None

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the libraries lie, each once."""
        return tuple(dict.fromkeys(Path(one.path).parent for one in self.libraries))


def find_target(words: Sequence[str], recipes: Recipes, environ: Mapping[str, str]) -> Target:
    """Look at what was named; NotALibraryError or RefusedLibraryError when it cannot be proven."""
    variants = {variant.id: variant for variant in recipes.variants}
    if len(words) == 1 and words[0] in variants and not Path(words[0]).exists():
        return _of_variant(words[0], recipes, environ)
    paths = [locate(word, tuple(variants), environ) for word in words]
    found = look(paths, recipes, environ)
    records = [_record(path, found) for path in paths]
    blas, lapack = _sorted(records)
    return target_of(blas, lapack, found, recipes)


def locate(word: str, variants: Sequence[str], environ: Mapping[str, str]) -> Path:
    """The file that a word leads to: a path, or a name that the loader looks up."""
    path = Path(word)
    if "/" in word or os.path.lexists(path):
        return _existing(path)
    hit = loader_names([word], environ, own_host()).get(word)
    if hit is None:
        raise NotALibraryError(
            f"{word}: no file, no name that the loader finds, no variant{nearest(word, variants)}",
            why=f"the variants are {', '.join(sorted(variants))}",
            then="give the path of the library, or: python -m blas_probe",
        )
    return Path(hit[0])


def _existing(path: Path) -> Path:
    if path.is_dir():
        inside = sorted(one.name for pattern in ("*.so*", "*.a") for one in path.glob(pattern))
        raise NotALibraryError(
            f"{path} is a folder",
            why="one library is proven at a time",
            then=f"name the file: {', '.join(inside[:6]) or 'there is no library in it'}",
        )
    if not path.exists():
        dangling = (
            "is a link to a file that does not exist" if path.is_symlink() else "does not exist"
        )
        raise NotALibraryError(f"{path} {dangling}", why="a typing error, or it was moved")
    return path


def look(paths: Sequence[Path], recipes: Recipes, environ: Mapping[str, str]) -> Found:
    """Ask the prober about these files alone; what they need is looked for beside them first."""
    beside = [str(path.resolve().parent) for path in paths]
    folders = [folder for folder in beside if not set(UNSEPARABLE) & set(folder)]
    mine = os.pathsep.join([*folders, *environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)])
    return probe(
        recipes=recipes,
        paths=paths,
        environ={**environ, "LD_LIBRARY_PATH": mine.strip(os.pathsep)},
        site_packages=(),
        providers=(),
    )


def _record(path: Path, found: Found) -> Library:
    """The prober's record of one file that can be used; else why it cannot."""
    name = os.path.abspath(path)  # noqa: PTH100 (links must stay as they are)
    records = [one for one in found.libraries if name in {one.path, *one.names}]
    record = next((one for one in records if one.has_blas), records[0] if records else None)
    if record is None or record.format is None:
        why = record.problem if record and record.problem else "it is in no format of a library"
        raise NotALibraryError(f"{path} is no library", why=why)
    if record.problem is not None:
        raise RefusedLibraryError(
            f"{path} cannot be used: {record.problem}", then=f"python -m blas_probe why {path}"
        )
    return record


def _sorted(records: Sequence[Library]) -> tuple[Library, Library | None]:
    """BLAS and LAPACK, in whatever order they were named."""
    with_blas = [one for one in records if one.has_blas]
    others = [one for one in records if not one.has_blas]
    if not with_blas:
        names = ", ".join(one.path for one in records)
        raise RefusedLibraryError(
            f"{names}: no BLAS functions of its own",
            why="a LAPACK alone calls the BLAS of another library"
            if any(one.has_lapack for one in records)
            else "it has another purpose",
            then="python -m wheels prove BLAS LAPACK",
        )
    if len(with_blas) > 1:
        raise RefusedLibraryError(
            f"{with_blas[1].path} has BLAS functions of its own",
            why=f"they would answer beside those of {with_blas[0].path}",
            then="prove each by itself",
        )
    return with_blas[0], others[0] if others else None


def _of_variant(name: str, recipes: Recipes, environ: Mapping[str, str]) -> Target:
    """The library of this machine that serves a variant, with its LAPACK."""
    variant = next(row for row in recipes.variants if row.id == name)
    found = probe(
        recipes=recipes,
        environ=environ,
        site_packages=own_site_packages(environ),
        providers=(variant.provider,),
    )
    try:
        choice = found.choose(name)
    except NotChosen as error:
        raise RefusedLibraryError(str(error), then=f"python -m blas_probe why {name}") from error
    return target_of(choice.blas, choice.lapack, found, recipes)


def target_of(blas: Library, lapack: Library | None, found: Found, recipes: Recipes) -> Target:
    """Everything known about the libraries; RefusedLibraryError when a needed fact is not."""
    model = _model(blas, recipes.variants)
    variant = Variant(
        id=model.id if model else ID,
        provider=blas.provider,
        select=Select(int_bits=64 if blas.int_bits == 64 else 32),
        lapack=lapack.provider if lapack else blas.provider,
        speed_class=model.speed_class if model else "good",
        floor=model.floor if model else 0.4,
    )
    _require_facts(variant, blas)
    if lapack is not None and lapack_for(variant, blas, [lapack])[0] is None:
        raise RefusedLibraryError(
            f"{lapack.path} does not fit {blas.path}", why=lapack_for(variant, blas, [lapack])[1]
        )
    known = {recipe.name: recipe for recipe in recipes.providers}
    used = [one for one in (lapack, blas) if one and one.provider in known]
    paths = {one.path for one in (lapack, blas) if one}
    notes = [f"{one.text}; cure: {one.cure}" for one in found.warnings if one.subject in paths]
    if model is None:
        notes.append(f"no recipe has a variant of `{blas.provider}`: no floor of speed is set")
    return Target(
        choice=Choice(variant=variant, blas=blas, lapack=lapack, reasons=()),
        floor=model.floor if model else 0.0,
        expects=tuple(row for one in used for row in met_by_backends(known[one.provider], one)),
        notes=tuple(notes),
    )


def _model(blas: Library, variants: Sequence[Variant]) -> Variant | None:
    """The recipe's variant whose promise of speed holds for this library."""
    mine = [row for row in variants if row.provider == blas.provider]
    exact = [row for row in mine if row.id in blas.variants]
    width = [row for row in mine if row.select.int_bits == blas.int_bits]
    return next(iter([*exact, *width, *mine]), None)


def _require_facts(variant: Variant, blas: Library) -> None:
    """What a backend must know; name and form of the file do not matter, it is linked anyhow."""
    reasons = refusals(variant, dataclasses.replace(blas, soname_beside=True))
    if blas.complex_return not in (*RETURNS, UNKNOWN, None):
        reasons.append(f"its complex results ({blas.complex_return}) are returned in a third way")
    if reasons:
        raise RefusedLibraryError(
            f"{blas.path} cannot be proven: {'; '.join(reasons)}",
            why="a backend is compiled from facts that were measured, and never from guesses",
            then=f"python -m blas_probe {blas.path}",
        )
