# SPDX-License-Identifier: Apache-2.0
"""From the child's findings and the recipes to one Library record. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from blas_probe.call.worker import plain
from blas_probe.identify.abi import cblas_suffix_of, other_interfaces, primary, width_by_cblas
from blas_probe.identify.answer import (
    core_of,
    functions_of,
    most_threads_of,
    packaged_version,
    thread_layer_of,
    version_of,
)
from blas_probe.identify.notes import Findings, Notes
from blas_probe.identify.refusal import problem
from blas_probe.library import UNKNOWN, Library
from blas_probe.recipe import Recipes
from blas_probe.threads.measured import thread_runtimes

MOST_WORDS = 1000
AS_FAR_AS_IT_GOES = "measured although functions that it needs are missing"
CALLED_FACTS = (
    "version", "core", "thread_layer", "int_bits", "complex_return", "f2c", "cblas_suffix",
    "lapack_version",
)  # fmt: skip


def provider_of(marks: Mapping[str, Sequence[str]], recipes: Recipes) -> tuple[str, str]:
    """The provider that the marks point to, or "unknown", and why."""
    hit = [recipe for recipe in recipes.providers if marks.get(recipe.name)]
    sure = [recipe for recipe in hit if not recipe.fallback] or hit
    refined = {name for recipe in sure for name in recipe.refines}
    left = [recipe.name for recipe in sure if recipe.name not in refined]
    if len(left) == 1:
        return left[0], f"provider by {', '.join(marks[left[0]])}"
    if not left:
        return UNKNOWN, "provider unknown: no recipe's marks are in the file"
    return UNKNOWN, f"provider unknown: marks of {' and '.join(left)} are in the file"


def identify(
    findings: Findings,
    recipes: Recipes,
    *,
    path: str,
    names: Sequence[str],
    source: str,
    ending: str | None = None,
    seconds: float = 0.0,
    package: str | None = None,
) -> Library:
    """The record of one file; `ending` tells why its child did not finish."""
    notes = Notes()
    binary = findings.get("binary", {})
    provider, why = provider_of(findings.get("marks", {}), recipes)
    recipe = recipes.provider(provider) if provider != UNKNOWN else None
    if binary:
        notes.add(why)
    abi = primary(findings)
    lapack_version = abi.get("lapack_version")
    complete = findings.get("complete", {})
    uncalled = "measured" not in findings
    if not complete.get("blas") and abi.get("int_bits", UNKNOWN) == UNKNOWN:
        abi |= width_by_cblas(abi)
    cblas_suffix = cblas_suffix_of(abi, notes)
    version = version_of(findings, recipe, lapack_version, notes)
    if version == UNKNOWN and recipe is not None and package is not None:
        version = packaged_version(package, notes)
    if ending is not None and findings.get("last"):
        notes.add(f"width unknown, the last way to learn it failed: it {ending}")
        ending = None
    if "siblings" in findings:
        after = ", ".join(findings["siblings"])
        notes.add(f"measured after {after} had been loaded" if after else AS_FAR_AS_IT_GOES)
    if findings.get("companions"):
        notes.add(f"measured after {', '.join(findings['companions'])} had been loaded")
    for part, name in (("blas", "BLAS"), ("lapack", "LAPACK")):
        if complete.get(f"part_of_{part}") and not complete.get(part):
            notes.add(f"{name} is there in part only; it counts as absent")
    if "width_conflict" in abi:
        notes.add(f"its integers contradict each other: {abi['width_conflict']}")
    if "linked" in findings:
        notes.add(str(findings["linked"]))
    layer = thread_layer_of(findings, recipe, recipes, path, notes)
    library = Library(
        path=path,
        names=tuple(sorted(names)),
        source=source,
        format=binary.get("format"),
        platform=binary.get("platform"),
        machine=binary.get("machine"),
        machines=tuple(binary.get("machines", ())),
        soname=binary.get("soname"),
        soname_beside=True,
        build_id=binary.get("build_id"),
        needed=tuple(binary.get("needed", ())),
        provider=provider,
        version=version,
        core=core_of(findings, recipe),
        thread_layer=layer,
        prefix=abi.get("prefix", UNKNOWN),
        suffix=abi.get("suffix", UNKNOWN),
        int_bits=abi.get("int_bits", UNKNOWN),
        complex_return=abi.get("complex_return", UNKNOWN),
        f2c=abi.get("f2c", UNKNOWN),
        has_blas=bool(complete.get("blas")),
        has_cblas=cblas_suffix is not None or (uncalled and bool(complete.get("cblas"))),
        has_lapack=bool(complete.get("lapack")),
        has_lapacke=bool(abi.get("lapacke") or (uncalled and complete.get("lapacke"))),
        cblas_suffix=cblas_suffix,
        lapack_version=lapack_version,
        missing_lapack=tuple(complete.get("missing", ())),
        missing_blas=tuple(complete.get("missing_blas", ())),
        upper=abi.get("upper", False),
        cblas_style=abi.get("cblas_style"),
        string_length=abi.get("string_length"),
        fortran_runtime=findings.get("fortran_runtime"),
        other_interfaces=other_interfaces(findings),
        blas_soname=findings.get("blas_soname"),
        blas_file=findings.get("blas_file"),
        blas_provider=_blas_provider(findings, recipes),
        blas_int_bits=findings.get("blas_int_bits"),
        functions=functions_of(findings, recipe),
        variants=(),
        defects=(),
        notes=tuple(notes.lines),
        problem=printable(problem(findings, ending)),
        seconds=round(seconds, 3),
        compilers=tuple(findings.get("compilers", ())),
        thread_runtimes=thread_runtimes(findings, recipes, path),
        max_threads=most_threads_of(findings, recipe, layer),
        package=package,
        inferred=tuple(notes.inferred),
    )
    if "inferred" not in findings:
        return library
    return replace(library, inferred=tuple(dict.fromkeys([*notes.inferred, *_inferred(library)])))


def _inferred(library: Library) -> tuple[str, ...]:
    """The facts that calls would have told, and that were read instead."""
    return tuple(name for name in CALLED_FACTS if getattr(library, name) not in (None, UNKNOWN, {}))


def _blas_provider(findings: Findings, recipes: Recipes) -> str | None:
    """Whose BLAS answers for a LAPACK that has none."""
    if findings.get("blas_file") is None:
        return None
    return provider_of(findings.get("blas_marks", {}), recipes)[0]


def printable(text: str | None) -> str | None:
    """No control characters: names inside a damaged file may hold any."""
    return None if text is None else plain(text, MOST_WORDS)
