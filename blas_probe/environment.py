# SPDX-License-Identifier: Apache-2.0
"""What the user's own environment does to a library. Pure functions.

Facts are measured without the variables that change a provider; then, where such a variable is
set, a second child keeps the whole environment, and what differs is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from blas_probe.library import UNKNOWN, Library
from blas_probe.recipe import Recipes
from blas_probe.warning import Warning_

PUT_BEFORE_ALL = ("LD_PRELOAD", "DYLD_INSERT_LIBRARIES")
COMPARED = (
    "provider", "version", "core", "thread_layer", "prefix", "suffix", "int_bits",
    "complex_return", "f2c", "cblas_suffix", "lapack_version", "blas_file", "blas_provider",
)  # fmt: skip
TOLD = ("threads_now", "answered_by")
DANGEROUS = ("problem", "int_bits", "complex_return", "f2c", "answered_by", "blas_provider")
MEASURED = "measured by opening the library with and without the variable"


def ignored_environment(recipes: Recipes, environ: Mapping[str, str]) -> dict[str, str]:
    """Variables, set now, that change what a provider does; the first run does not see them."""
    globs = [glob for recipe in recipes.providers for glob in recipe.find.changed_by]
    roots = {name for recipe in recipes.providers for name in recipe.find.variables}
    return {
        name: value
        for name, value in sorted(environ.items())
        if name not in roots and _fits(name, (*PUT_BEFORE_ALL, *globs))
    }


def concerning(library: Library, recipes: Recipes, ignored: Iterable[str]) -> list[str]:
    """Those of the ignored variables that may change this library, or the BLAS that it calls."""
    names = {library.provider, library.blas_provider}
    globs = [g for one in recipes.providers if one.name in names for g in one.find.changed_by]
    return [name for name in ignored if _fits(name, (*PUT_BEFORE_ALL, *globs))]


def effects(
    plain: Library, kept: Library, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, str]:
    """Fact -> its value with the user's environment, for what differs; findings come with both."""
    if kept.problem is not None:
        return {} if plain.problem == kept.problem else {"problem": kept.problem}
    changed = {
        name: str(getattr(kept, name))
        for name in COMPARED
        if getattr(kept, name) != getattr(plain, name)
    }
    told = {name: str(after.get(name)) for name in TOLD if after.get(name) != before.get(name)}
    if told.get("answered_by") == plain.path:
        del told["answered_by"]  # it is put before all others itself
    return {**changed, **told}


def environment_warnings(
    libraries: Sequence[Library], recipes: Recipes, environ: Mapping[str, str]
) -> tuple[Warning_, ...]:
    """The effects that break a program which was built for what the library is without them."""
    ignored = ignored_environment(recipes, environ)
    found = []
    for library in libraries:
        dangerous = [name for name in DANGEROUS if name in library.environment_effects]
        names = concerning(library, recipes, ignored)
        if dangerous and names:
            found.append(_warning(library, dangerous, names, ignored))
    return tuple(found)


def _warning(
    library: Library, dangerous: Sequence[str], names: Sequence[str], environ: Mapping[str, str]
) -> Warning_:
    told = ", ".join(f"{name}: {library.environment_effects[name]}" for name in dangerous)
    set_to = ", ".join(f"{name}={environ[name]}" for name in names)
    return Warning_(
        subject=library.path,
        text=f"with your environment ({set_to}) it is another library ({told})",
        cure=f"unset {' '.join(names)}",
        source=MEASURED,
    )


def shadow_warnings(
    names: Mapping[str, tuple[str, str | None]], libraries: Sequence[Library], variable: str
) -> Iterator[Warning_]:
    """Names that lead elsewhere only because of the loader's variable."""
    provider = {library.path: library.provider for library in libraries}
    for name, (now, without) in names.items():
        if without is not None and now != without:
            yield Warning_(
                subject=name,
                text=f"{variable} makes {name} lead to {now} ({provider.get(now, UNKNOWN)}), "
                f"not to {without} ({provider.get(without, UNKNOWN)})",
                cure=f"unset {variable}, or take the folder out of it",
                source="the loader's order of folders",
            )


def _fits(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)
