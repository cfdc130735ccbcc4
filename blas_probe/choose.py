# SPDX-License-Identifier: Apache-2.0
"""Which library serves a variant, and a sentence for each one that does not. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from pathlib import PurePath

from blas_probe.errors import NotChosen
from blas_probe.library import UNKNOWN, Library
from blas_probe.recipe import Variant
from blas_probe.record import dataclass

SPEEDS = ("good", "generic", "reference")
NAMED = ("path", "env:*")
"""Sources by which the user himself named a library."""
NEEDED_FACTS = ("prefix", "suffix", "int_bits", "complex_return", "f2c")


@dataclass(frozen=True, kw_only=True)
class LinkFacts:
    """All that a backend needs to be compiled and linked against the chosen libraries."""

    variant: str
    provider: str
    libraries: tuple[str, ...]
    """Full paths in link order: LAPACK first when it is a library of its own."""
    rpath_dirs: tuple[str, ...]
    prefix: str
    suffix: str
    int_bits: int
    complex_return: str
    f2c: str
    defines: Mapping[str, str] = field(default_factory=dict)
    """TRIVET_BLAS_<ROLE> -> the full name of a function that the file exports, or a word."""
    needed_renames: tuple[tuple[str, str], ...] = ()
    """(soname asked for by the LAPACK library, soname of the chosen BLAS), for bundling."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The libraries that serve a variant."""

    variant: Variant
    blas: Library
    lapack: Library | None
    reasons: tuple[str, ...]

    def link_facts(self) -> LinkFacts:
        """The values that the build stage writes for CMake."""
        used = (self.lapack, self.blas) if self.lapack else (self.blas,)
        folders = dict.fromkeys(str(PurePath(library.path).parent) for library in used)
        defines = {
            f"TRIVET_BLAS_{role.upper()}": name
            for role, name in sorted(self.blas.functions.items())
        }
        if "thread_layer_int" not in self.blas.functions and self.blas.thread_layer != UNKNOWN:
            defines["TRIVET_BLAS_THREAD_LAYER"] = self.blas.thread_layer
        if any(library.one_caller for library in used):
            defines["TRIVET_BLAS_ONE_CALLER"] = "1"
        if self.blas.cblas_suffix is not None:
            defines["TRIVET_BLAS_CBLAS_SUFFIX"] = self.blas.cblas_suffix
        return LinkFacts(
            variant=self.variant.id,
            provider=self.blas.provider,
            libraries=tuple(library.path for library in used),
            rpath_dirs=tuple(folders),
            prefix=self.blas.prefix,
            suffix=self.blas.suffix,
            int_bits=int(self.blas.int_bits),
            complex_return=str(self.blas.complex_return),
            f2c=str(self.blas.f2c),
            defines=defines,
            needed_renames=self._renames(),
        )

    def _renames(self) -> tuple[tuple[str, str], ...]:
        """The LAPACK library's own wish for a BLAS, turned to the BLAS chosen here."""
        if self.lapack is None or self.blas.soname is None or self.lapack.blas_soname is None:
            return ()
        wanted = self.lapack.blas_soname
        return () if wanted == self.blas.soname else ((wanted, self.blas.soname),)


def in_order(variants: Iterable[Variant], use: str | None = None) -> list[Variant]:
    """The best first: what the user names, the default, the faster class, the recipes' order."""
    return sorted(
        variants, key=lambda one: (one.id != use, not one.default, SPEEDS.index(one.speed_class))
    )


def refusals(variant: Variant, library: Library) -> list[str]:
    """Why `library` cannot be the BLAS of `variant`; empty when it can."""
    if library.problem is not None:
        return [library.problem]
    if library.format == "archive":
        return ["it is a static archive; variants are made from shared libraries"]
    if library.provider != variant.provider:
        return [f"provider is {library.provider}, the variant needs {variant.provider}"]
    if not library.has_blas:
        return ["it has no BLAS functions of its own"]
    return _fact_refusals(variant, library)


def _fact_refusals(variant: Variant, library: Library) -> list[str]:
    select = variant.select
    reasons = _name_refusals(library)
    if library.upper:
        reasons.append("its Fortran names are in capitals, which backends do not call")
    reasons += [
        f"needs {name}, which is unknown"
        for name in NEEDED_FACTS
        if getattr(library, name) in (UNKNOWN, None)
    ]
    if library.int_bits not in (UNKNOWN, select.int_bits):
        reasons.append(f"int_bits is {library.int_bits}, the variant needs {select.int_bits}")
    if select.thread_layer and library.thread_layer not in select.thread_layer:
        allowed = " or ".join(select.thread_layer)
        reasons.append(
            f"needs thread_layer ({allowed}), which is unknown"
            if library.thread_layer == UNKNOWN
            else f"thread_layer is {library.thread_layer}, the variant needs {allowed}"
        )
    if select.source and _source_rank(variant, library) == len(select.source):
        reasons.append(f"source is {library.source}, the variant takes {', '.join(select.source)}")
    if not library.has_lapack and not variant.lapack:
        reasons.append("it has no LAPACK, and the variant names no other provider for it")
    return reasons


def _name_refusals(library: Library) -> list[str]:
    """A program linked to a renamed file would ask for the old name, and get another file."""
    if library.soname_beside:
        return []
    return [
        f"its soname is {library.soname}, and that name does not lead to it in its folder; "
        f"cure: ln -s {library.path} {PurePath(library.path).parent / str(library.soname)}"
    ]


def choose(variant: Variant, libraries: Sequence[Library]) -> Choice:
    """The best library for `variant`; NotChosen says why there is none."""
    fitting = [library for library in libraries if not refusals(variant, library)]
    ranked = sorted(fitting, key=lambda library: rank(variant, library))
    reasons: list[str] = []
    for blas in ranked:
        if blas.has_lapack:
            return _choice(variant, blas, None, ranked)
        partner, why = lapack_for(variant, blas, libraries)
        if partner is not None:
            return _choice(variant, blas, partner, ranked)
        reasons.append(f"{blas.path}: {why}")
    raise NotChosen(_refused_message(variant, libraries, reasons))


def rank(variant: Variant, library: Library) -> tuple[object, ...]:
    """Sort key, best first; CRITERIA says each part in words."""
    layers = variant.select.thread_layer
    layer = layers.index(library.thread_layer) if library.thread_layer in layers else len(layers)
    version = tuple(-int(part) for part in library.version.split(".") if part.isdigit())
    return (
        not library.has_lapack,
        not any(fnmatchcase(library.source, glob) for glob in NAMED),
        bool(library.defects or library.reported),
        _source_rank(variant, library),
        layer,
        -len(library.functions),
        library.version == UNKNOWN,
        version,
        library.path,
    )


CRITERIA = (
    "it has LAPACK inside", "you named it", "nothing is known to be wrong with it",
    "its source stands first in the recipe",
    "its thread layer stands first in the recipe",
    "more of its functions are known", "its version is known", "it is newer",
    "its path comes first in the alphabet",
)  # fmt: skip
"""Why one library ranks before another, in the order of `rank`."""


def why_before(variant: Variant, first: Library, second: Library) -> str:
    """The first criterion that sets two libraries apart."""
    pairs = zip(rank(variant, first), rank(variant, second), CRITERIA, strict=True)
    reason = next(text for mine, other, text in pairs if mine != other)
    mine, other = first.source, second.source
    return f"{reason} ({mine} before {other})" if "source" in reason else reason


def lapack_for(
    variant: Variant, blas: Library, libraries: Sequence[Library]
) -> tuple[Library | None, str]:
    """The LAPACK-only library to put before `blas`, or why there is none."""
    right: list[tuple[Library, str]] = []
    wrong: list[tuple[Library, str]] = []
    for library in libraries:
        if library.provider == variant.lapack and library.has_lapack and not library.has_blas:
            reason = _pair_refusal(blas, library)
            (wrong if reason else right).append((library, reason))
    if right:
        best = min(right, key=lambda pair: _nearness(blas, pair[0]))
        return best[0], ""
    tried = "; ".join(f"{library.path}: {reason}" for library, reason in wrong)
    return None, f"no LAPACK library of {variant.lapack} fits it" + (f" ({tried})" if tried else "")


def _pair_refusal(blas: Library, lapack: Library) -> str:
    if lapack.problem is not None:
        return lapack.problem
    if reasons := _name_refusals(lapack):
        return reasons[0]
    for name in ("prefix", "suffix", "int_bits"):
        ours, theirs = getattr(blas, name), getattr(lapack, name)
        if theirs == UNKNOWN:
            return f"needs {name}, which is unknown"
        if ours != theirs:
            return f"{name} is {theirs!r}, the BLAS has {ours!r}"
    return ""


def _nearness(blas: Library, lapack: Library) -> tuple[object, ...]:
    """Prefer one without known defects, the same folder, the same source, the newest."""
    bad = bool(lapack.defects or lapack.reported)
    version = tuple(-int(p) for p in (lapack.lapack_version or "").split(".") if p.isdigit())
    same_folder = PurePath(blas.path).parent == PurePath(lapack.path).parent
    return (bad, not same_folder, blas.source != lapack.source, version, lapack.path)


def _source_rank(variant: Variant, library: Library) -> int:
    globs = variant.select.source
    for index, glob in enumerate(globs):
        if fnmatchcase(library.source, glob):
            return index
    return len(globs)


def _choice(
    variant: Variant, blas: Library, lapack: Library | None, ranked: Sequence[Library]
) -> Choice:
    reasons = [f"{blas.path} has every fact that {variant.id} needs"]
    if lapack is not None:
        reasons.append(f"LAPACK comes from {lapack.path} ({lapack.provider}), placed before it")
    for other in ranked[ranked.index(blas) + 1 :]:
        reasons.append(f"preferred to {other.path}: {why_before(variant, blas, other)}")
    return Choice(variant=variant, blas=blas, lapack=lapack, reasons=tuple(reasons))


def _refused_message(variant: Variant, libraries: Sequence[Library], pairs: list[str]) -> str:
    lines = [f"no library on this machine can serve `{variant.id}`"]
    same = [library for library in libraries if library.provider == variant.provider]
    lines += pairs
    for library in same:
        lines += [f"{library.path}: {reason}" for reason in refusals(variant, library)]
    if not same:
        lines.append(f"no library of {variant.provider} was found")
        found = sorted({library.provider for library in libraries if not library.problem})
        lines.append(f"found: {', '.join(found) or 'nothing'}")
    if variant.wheel:
        lines.append(f"`pip install {variant.wheel}` supplies it")
    return "\n  ".join(lines)
