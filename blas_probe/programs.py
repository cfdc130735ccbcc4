# SPDX-License-Identifier: Apache-2.0
"""What programs that are here get, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from blas_probe.environment import PUT_BEFORE_ALL
from blas_probe.faults import serves_its_wheel
from blas_probe.found import Found
from blas_probe.library import UNKNOWN, Library

DESCRIBED = ("core", "int_bits", "problem")
"""What `describe` tells of that the user's environment may change."""
GENERIC = ("libblas", "libcblas", "liblapack", "liblapacke", "blas", "lapack")


def by_programs(found: Found) -> Iterator[str]:
    """What programs that are here already get."""
    known = {library.path: library for library in found.libraries}
    for name in PUT_BEFORE_ALL:
        if name in found.ignored_environment:
            put = found.ignored_environment[name]
            yield f"{name} is set: every program loads {put} first, and calls it before others"
    for name, path in sorted(found.loader_names.items()):
        if is_generic(name):
            yield f"A program that asks for {name} {gets(known.get(path), path, known)}"
    yield from by_environments(found, known)
    for library in found.libraries:
        carried = not library.problem or serves_its_wheel(library)
        if library.source.startswith("pypi:") and not library.variants and carried:
            carrier = library.source.removeprefix("pypi:")
            alone = ", for itself alone" if library.problem else ""
            own = describe(replace(library, problem=None))
            yield f"{carrier} carries its own {own}{alone}: {library.path}"


def by_environments(found: Found, known: Mapping[str, Library]) -> Iterator[str]:
    """What programs of a conda environment get: they look in its own folder first."""
    for library in found.libraries:
        if not library.source.startswith("conda:") or library.problem is not None:
            continue
        of = f"of {library.source.removeprefix('conda:')}"
        for name in sorted({path.rpartition("/")[2] for path in library.names}):
            if is_generic(name):
                what = gets(library, library.path, known)
                yield f"A program {of} that asks for {name} {what}"


def is_generic(name: str) -> bool:
    """A name that any provider may have, as programs ask for it: libblas.so.3, libblas.dll."""
    stem = name.split(".")[0].rstrip("0123456789_")
    return stem in GENERIC and not name.endswith((".so", ".a"))


def gets(library: Library | None, path: str, known: Mapping[str, Library]) -> str:
    """Who answers a program that loads this file, with the user's environment as it is."""
    effects = {} if library is None else library.environment_effects
    first = effects.get("answered_by")
    if library is not None and first is not None:
        other = known.get(first)
        who = f"{describe(other)}, which is put before it: {first}"
        if library.has_lapack and not (other and other.has_lapack):
            return f"gets {describe(library)}: {path}; its calls of BLAS are answered by {who}"
        return f"is answered by {who} (it loads {describe(library)}: {path})"
    if library is None or not effects:
        return f"gets {describe(library)}: {path}"
    changed: dict[str, Any] = {
        name: int(value) if value.isdigit() else value
        for name, value in effects.items() if name in DESCRIBED
    }  # fmt: skip
    your = ", with your environment," if changed else ""
    return f"gets{your} {describe(replace(library, **changed))}: {path}"


def describe(library: Library | None) -> str:
    """Provider, version and kernel in a few words."""
    if library is None:
        return "a library that was not looked at"
    version = "" if library.version == UNKNOWN else f" {library.version}"
    core = f" with its {library.core} kernel" if library.core not in (None, UNKNOWN) else ""
    wide = ", 64 bit integers" if library.int_bits == 64 else ""
    provider = "an unknown provider" if library.provider == UNKNOWN else library.provider
    broken = "" if library.problem is None else ", which cannot be used"
    return f"{provider}{version}{core}{wide}{broken}"
