# SPDX-License-Identifier: Apache-2.0
"""Which sets of libraries are offered to other projects, and under which names. Pure functions.

`blas-<variant>` and `lapack-<variant>` are the libraries of a variant; `blas`, `lapack`, `cblas`
and `lapacke` those of the best one; the recipes tell further names that build tools ask for; and
each library on its own has a name made of its facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from blas_probe.choose import choose, in_order, rank
from blas_probe.errors import NotChosen
from blas_probe.found import Found
from blas_probe.library import UNKNOWN, Library
from blas_probe.recipe import Asked, Recipes, Variant
from blas_probe.record import dataclass

PLAIN = ("", "_")
WIDTHS: Mapping[object, str] = {32: "lp64", 64: "ilp64"}
NOTHING = "no library here can be offered; `python -m blas_probe doctor` says why"
WIDE_ONLY = (
    "the libraries here have 64-bit integers, with which an ordinary project gets wrong results; "
    "for one that is built for them: --use {}"
)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Libraries under a name."""

    name: str
    libraries: tuple[Library, ...]
    """In link order: what needs others comes first."""
    remark: str = ""
    """What a user should know about this set."""

    @property
    def blas(self) -> Library:
        """The library whose facts the set has."""
        return next((one for one in self.libraries if one.has_blas), self.libraries[-1])


def chosen(found: Found, use: str | None) -> tuple[Offer, Offer]:
    """The BLAS and the LAPACK that one project shall use; NotChosen says why there is none.

    Unless `use` names them, those with 64-bit integers are none: most projects have 32.
    """
    if use is not None:
        variant = found.variant(use)
        offer = _first_choice(variant, found)
        return offer if offer is not None else of_variant(variant, found.libraries)
    best = _best(found, 32, None)
    if best is not None:
        return best
    offers_of = ((one, _first_choice(one, found)) for one in in_order(found.variants))
    fitting = {variant: offer for variant, offer in offers_of if offer is not None}
    for variant, offer in fitting.items():
        if variant.select.int_bits == 32:
            return offer
    raise NotChosen(WIDE_ONLY.format(next(iter(fitting)).id) if fitting else NOTHING)


def offers(found: Found, recipes: Recipes, *, use: str | None = None) -> list[Offer]:
    """Every set, each name once, sorted; `use` is the variant behind the plain names."""
    made: dict[str, Offer] = {}
    for offer in (
        *_plain(found, use),
        *variants(found),
        *_asked(found, recipes),
        *_records(found.libraries),
    ):
        made.setdefault(offer.name, offer)
    return [made[name] for name in sorted(made)]


def usable(library: Library) -> bool:
    """Can it be linked, and are its names known?"""
    parts = library.has_blas or library.has_lapack or library.has_cblas
    named = UNKNOWN not in (library.prefix, library.suffix) and not library.upper
    return library.problem is None and parts and named


def of_variant(variant: Variant, libraries: Sequence[Library]) -> tuple[Offer, Offer]:
    """The BLAS and the LAPACK of a variant; NotChosen says why there is none."""
    choice = choose(variant, libraries)
    blas, remark = choice.blas, ""
    if choice.lapack is not None:
        blas = twin(blas, choice.lapack, libraries)
        if choice.lapack.blas_soname not in (None, blas.soname):
            remark = (
                f"this LAPACK asks for {choice.lapack.blas_soname}; the BLAS named here answers "
                "it only where it is linked too"
            )
    first = with_cblas(blas, libraries)
    both = first if choice.lapack is None else (choice.lapack, *first)
    return (
        Offer(name=f"blas-{variant.id}", libraries=first),
        Offer(name=f"lapack-{variant.id}", libraries=both, remark=remark),
    )


def twin(blas: Library, lapack: Library, libraries: Sequence[Library]) -> Library:
    """The file of the same build whose soname the LAPACK asks for; else `blas` itself.

    One soname then stands for one file in the process, and the LAPACK gets this provider's.
    """
    if lapack.blas_soname in (None, blas.soname):
        return blas
    facts = ("provider", "version", "thread_layer", "int_bits", "prefix", "suffix")
    for one in libraries:
        same = all(getattr(one, fact) == getattr(blas, fact) for fact in facts)
        beside = PurePath(one.path).parent == PurePath(blas.path).parent
        wanted = one.soname == lapack.blas_soname and one.has_blas and one.soname_beside
        if same and beside and wanted and usable(one):
            return one
    return blas


def with_cblas(blas: Library, libraries: Sequence[Library]) -> tuple[Library, ...]:
    """The library, after the one of the same provider that has its C interface, if it has none."""
    if blas.has_cblas:
        return (blas,)
    near = [
        one
        for one in libraries
        if usable(one) and one.has_cblas and not one.has_blas and not one.has_lapack
        and (one.provider, one.int_bits) == (blas.provider, blas.int_bits)
        and PurePath(one.path).parent == PurePath(blas.path).parent
    ]  # fmt: skip
    return (*near[:1], blas)


def _plain(found: Found, use: str | None) -> Iterator[Offer]:
    """blas, lapack, cblas, lapacke, and the same with 64, for programs that expect plain names."""
    for width, ending in ((32, ""), (64, "64")):
        offer = _best(found, width, use)
        if offer is None:
            continue
        blas, lapack = offer
        yield replace(blas, name=f"blas{ending}")
        yield replace(lapack, name=f"lapack{ending}")
        if any(one.has_cblas for one in blas.libraries):
            yield replace(blas, name=f"cblas{ending}")
        if any(one.has_lapacke for one in lapack.libraries):
            yield replace(lapack, name=f"lapacke{ending}")


def _best(found: Found, width: int, use: str | None) -> tuple[Offer, Offer] | None:
    """The best variant of this width without a prefix or suffix; `use` before all others."""
    plain = plainly_named(found.libraries)
    ordered = in_order((one for one in found.variants if one.select.int_bits == width), use)
    tries = [(variant, plain) for variant in ordered]
    if ordered and ordered[0].id == use:
        tries.insert(1, (ordered[0], list(found.libraries)))
    for variant, libraries in tries:
        try:
            return of_variant(variant, libraries)
        except NotChosen:
            continue
    return None


def plainly_named(libraries: Sequence[Library]) -> list[Library]:
    """Those whose functions have the names that every program expects."""
    return [
        one for one in libraries
        if usable(one) and (one.prefix, one.suffix) == PLAIN and one.cblas_suffix in (None, "")
    ]  # fmt: skip


def variants(found: Found) -> list[Offer]:
    """Each variant; those of its libraries first which most projects can call."""
    pairs = [_first_choice(variant, found) for variant in found.variants]
    return [offer for pair in pairs if pair is not None for offer in pair]


def _first_choice(variant: Variant, found: Found) -> tuple[Offer, Offer] | None:
    """The offers of a variant; None when it has no library.

    With 32-bit integers plain names come first. With 64 they are the dangerous ones: a process
    that has both widths would mix them up.
    """
    plain = plainly_named(found.libraries) if variant.select.int_bits == 32 else ()
    for libraries in (plain, found.libraries):
        try:
            return of_variant(variant, libraries)
        except NotChosen:
            continue
    return None


def _asked(found: Found, recipes: Recipes) -> Iterator[Offer]:
    """The names in the recipes, for the best library that fits each."""
    for recipe in recipes.providers:
        for row in recipe.asked:
            fitting = [
                one for one in found.libraries
                if usable(one) and one.has_blas and one.provider == recipe.name
                and one.prefix == row.prefix and one.int_bits in row.int_bits
                and (not row.thread_layer or one.thread_layer in row.thread_layer)
            ]  # fmt: skip
            if fitting:
                best = min(fitting, key=lambda one: _order(row, one, recipe.variant))
                yield Offer(name=row.name, libraries=with_cblas(best, found.libraries))


def _order(row: Asked, library: Library, variants: Sequence[Variant]) -> tuple[object, ...]:
    """Shared before static, then the width asked for, then the rank in the provider's variant."""
    assert library.int_bits != UNKNOWN
    width = row.int_bits.index(library.int_bits)
    mine = [one for one in variants if one.select.int_bits == library.int_bits] or list(variants)
    return (
        library.format == "archive",
        width,
        *(rank(mine[0], library) if mine else (library.path,)),
    )


def _records(libraries: Sequence[Library]) -> Iterator[Offer]:
    """Each library under a name of its own; the second of the same facts gets a number."""
    taken: dict[str, int] = {}
    for library in libraries:
        if usable(library):
            name = slug(library)
            taken[name] = taken.get(name, 0) + 1
            number = f"-{taken[name]}" if taken[name] > 1 else ""
            sets = with_cblas(library, libraries)
            yield Offer(name=name + number, libraries=sets, remark=_private(library))


def _private(library: Library) -> str:
    """Say so when a package carries the file for itself."""
    if not PurePath(library.path).parent.name.endswith((".libs", ".dylibs")):
        return ""
    return "a private copy of another package, which its next upgrade may remove"


def slug(library: Library) -> str:
    """provider-version-layer-width-file, of what is known."""
    file = re.sub(r"(\.so|\.dylib|\.dll|\.a).*", "", PurePath(library.path).name)
    width = WIDTHS.get(library.int_bits)
    static = "static" if library.format == "archive" else None
    known = [library.provider, library.version, library.thread_layer, width, file, static]
    words = [word for word in known if word not in (None, UNKNOWN)]
    return re.sub(r"[^\w.+-]+", "-", "-".join(str(word) for word in words))
