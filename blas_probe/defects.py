# SPDX-License-Identifier: Apache-2.0
"""Which known defects hold for a library: by version, kernel, platform, compiler. Pure."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from itertools import zip_longest
from typing import Any, Literal

from blas_probe.library import UNKNOWN, Library
from blas_probe.recipe import Expect, KnownBad, Recipe, Recipes
from blas_probe.recipe.known_bad import CONDITION
from blas_probe.warning import Warning_

Version = tuple[int, ...]
Fit = Literal["yes", "no", "unknown"]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
REPORTED = {
    "wrong result": "wrong results are reported", "crash": "crashes are reported",
    "hang": "hangs are reported", "refused": "others refuse it",
}  # fmt: skip
SYSTEMS = {"elf": "linux", "mach-o": "macos", "pe": "windows"}
"""What a file's format says of its platform when the file itself does not say more."""


def defects(recipe: Recipe, library: Library) -> tuple[Expect, ...]:
    """The recipe's `expect` rows that hold for this library on this machine's CPU.

    Whether an emulator is at work is only known when something was run.
    """
    facts = (library.version, library.core, library.thread_layer)
    return tuple(row for row in recipe.expect if holds(row, *facts))


def met_by_backends(recipe: Recipe, library: Library) -> tuple[Expect, ...]:
    """Those of them that a backend of this library is still expected to have."""
    return tuple(row for row in defects(recipe, library) if not row.one_caller)


def holds(row: Expect, version: str, core: str | None, thread_layer: str = UNKNOWN) -> bool:
    """All version conditions, one of the kernels and layers fit; what is unknown does not fit."""
    of_version = all(compare(version, condition) for condition in row.versions)
    asked = ((row.cores, core or ""), (row.thread_layers, thread_layer))
    return of_version and all(not globs or _any(globs, fact) == "yes" for globs, fact in asked)


def known_bad(libraries: Sequence[Library], recipes: Recipes) -> tuple[Warning_, ...]:
    """A warning for each library that others reported to be wrong, with the cure."""
    return tuple(
        _warning(row, library, unsure) for library, row, unsure in _reports(libraries, recipes)
    )


def with_reports(libraries: Sequence[Library], recipes: Recipes) -> tuple[Library, ...]:
    """Note what surely holds of that: nothing about this library is unknown."""
    sure: dict[str, dict[str, None]] = {}
    for library, row, unsure in _reports(libraries, recipes):
        if not unsure:
            sure.setdefault(library.path, {})[f"{row.effect}: {row.symptom} ({row.link})"] = None
    return tuple(replace(one, reported=tuple(sure.get(one.path, ()))) for one in libraries)


def _reports(
    libraries: Sequence[Library], recipes: Recipes
) -> Iterator[tuple[Library, KnownBad, tuple[str, ...]]]:
    kernels = {
        (one.provider, one.version, one.machine): one.core
        for one in libraries
        if one.core not in (None, UNKNOWN)
    }
    by_name = {recipe.name: recipe for recipe in recipes.providers}
    for library in libraries:
        same_build = (library.provider, library.version, library.machine)
        core = library.core if library.core != UNKNOWN else kernels.get(same_build, UNKNOWN)
        recipe = by_name.get(library.provider)
        parts = recipe.version.release if recipe and recipe.version else 0
        for row in recipe.known_bad if recipe else ():
            unsure = doubts(row, library, core, release=parts)
            if unsure is not None:
                yield library, row, unsure


def doubts(
    row: KnownBad, library: Library, core: str | None, *, release: int = 0
) -> tuple[str, ...] | None:
    """None when the row does not apply; otherwise the facts, unknown here, on which it hangs.

    `release`: numbers that the version of a release has; 0: however many.
    """
    version = _version_fits(row.versions, library.version, release)
    if version == "no":
        return None
    asked = {
        "kernel": (row.cores, [core or ""]),
        "platform": (row.platforms, _platforms(library)),
        "compiler": (row.compilers, library.compilers or [UNKNOWN]),
        "thread layer": (row.thread_layers, [library.thread_layer]),
        "spelling": (row.suffixes, [library.suffix]),
        "width": (tuple(map(str, row.int_bits)), [str(library.int_bits)]),
    }
    fits = {name: _fit(globs, values) for name, (globs, values) in asked.items() if globs}
    if "no" in fits.values():
        return None
    return tuple(name for name, fit in {"commit": version, **fits}.items() if fit == "unknown")


def _version_fits(conditions: Sequence[str], version: str, release: int) -> Fit:
    """A snapshot has what its release and the next one both have; of the rest nobody knows."""
    both = [version, *filter(None, [next_release(version, release)])]
    fits = {all(compare(one, condition) for condition in conditions) for one in both}
    return "unknown" if len(fits) == 2 else "yes" if fits == {True} else "no"


def next_release(version: str, release: int) -> str | None:
    """The release after a snapshot (0.3.31 after 0.3.30.dev and 0.3.30.44); None for a release.

    The number behind those of a release counts what was changed since: 0.3.30.0.2 is 0.3.30.
    """
    numbers = version_numbers(version)
    behind = version.removeprefix(".".join(map(str, numbers)))
    parts = numbers[: release or len(numbers)]
    changes = numbers[len(parts) : len(parts) + 1]
    if not parts or not (any(changes) or "dev" in behind):
        return None
    return ".".join(map(str, (*parts[:-1], parts[-1] + 1)))


@cache
def compare(version: str, condition: str) -> bool:
    """Does `version` fit a condition such as `<0.3.26`? Only as many parts as it has count."""
    match = CONDITION.match(condition)
    numbers = version_numbers(version)
    if match is None or not numbers:
        return False
    wanted = version_numbers(match[2])
    pairs = list(zip_longest(numbers[: len(wanted)], wanted, fillvalue=0))
    return COMPARE[match[1]]([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def crashes(libraries: Sequence[Library], recipes: Recipes) -> tuple[KnownBad, ...]:
    """Reported crashes that these libraries may have here, and that a variable avoids."""
    rows = [row for _, row, _ in _reports(libraries, recipes)]
    return tuple(row for row in rows if row.effect == "crash" and row.avoid)


def _warning(row: KnownBad, library: Library, unsure: Sequence[str]) -> Warning_:
    where = f" ({', '.join(row.routines)})" if row.routines else ""
    may = f" (possible; unknown here: its {' and '.join(unsure)})" if unsure else ""
    return Warning_(
        subject=library.path,
        text=f"{library.provider} {library.version}: {REPORTED[row.effect]}{may}: "
        f"{row.symptom}{where}",
        cure=row.cure,
        source=row.link,
    )


def _platforms(library: Library) -> list[str]:
    """One for each architecture in the file."""
    system = library.platform or SYSTEMS.get(library.format or "", UNKNOWN)
    machines = library.machines or (library.machine or UNKNOWN,)
    return [f"{system}-{machine}" for machine in machines]


def _fit(globs: Sequence[str], values: Iterable[str]) -> Fit:
    fits = {_any(globs, value) for value in values}
    return "yes" if "yes" in fits else "unknown" if "unknown" in fits else "no"


def _any(globs: Sequence[str], value: str) -> Fit:
    if value == UNKNOWN:
        return "unknown"
    hit = any(fnmatchcase(value.lower(), glob.lower()) for glob in globs)
    return "yes" if hit else "no"


@cache
def version_numbers(version: str) -> Version:
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
