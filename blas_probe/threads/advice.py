# SPDX-License-Identifier: Apache-2.0
"""What is wrong with threads here: two run-times, too many threads, too few. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from blas_probe.errors import NotChosen
from blas_probe.found import Found
from blas_probe.library import NOT_RUN, UNKNOWN, Library
from blas_probe.recipe import Recipe, Recipes
from blas_probe.threads.facts import MachineFacts
from blas_probe.threads.runtimes import runtime_named
from blas_probe.threads.together import Used, clashes
from blas_probe.warning import Warning_

INSIDE = "an OpenMP run-time"
FORK_CURE = (
    "start processes by `spawn` or `forkserver`, let the library have one thread before the fork, "
    "or take a build with another thread layer"
)
QUOTA_SOURCE = "https://github.com/OpenMathLib/OpenBLAS/issues/6059"


def thread_warnings(
    found: Found, recipes: Recipes, environ: Mapping[str, str]
) -> tuple[Warning_, ...]:
    """All of them, each once, in a stable order."""
    usable = [library for library in found.libraries if library.problem is None]
    told = [*two_runtimes(found, usable, recipes), *known_after_fork(usable, recipes)]
    if found.machine is not None:
        threaded = [one for one in usable if one.thread_layer not in ("serial", UNKNOWN)]
        present = [r for r in recipes.providers if r.name in {one.provider for one in threaded}]
        told += set_too_high(found.machine, present, environ)
        told += beyond_the_quota(found.machine, present, environ)
        told += too_small_builds(found.machine, threaded)
    return tuple(dict.fromkeys(told))


def two_runtimes(found: Found, usable: Sequence[Library], recipes: Recipes) -> Iterator[Warning_]:
    """One library, or the pair that serves a variant, with two OpenMP run-times."""
    for library in usable:
        yield from clashes(used_by([library], recipes), recipes.runtimes)
    for variant in found.variants:
        try:
            choice = found.choose(variant.id)
        except NotChosen:
            continue
        if choice.lapack is not None:
            pair = used_by([choice.lapack, choice.blas], recipes)
            yield from clashes(pair, recipes.runtimes)


def used_by(libraries: Sequence[Library], recipes: Recipes) -> list[Used]:
    """The run-times that were measured for these libraries, each once."""
    used: dict[str, Used] = {}
    for library in libraries:
        for path in library.thread_runtimes:
            runtime = runtime_named(path, recipes.runtimes)
            copy = path == library.path and runtime is None
            if (runtime is not None or copy) and path not in used:
                used[path] = Used(
                    name=runtime.name if runtime else INSIDE,
                    api=runtime.api if runtime else "openmp",
                    path=path, asked=PurePath(path).name, chain=(library.path, path), copy=copy,
                )  # fmt: skip
    return list(used.values())


def known_after_fork(usable: Sequence[Library], recipes: Recipes) -> Iterator[Warning_]:
    """Run-times that are known not to survive a fork; what was tried here tells better."""
    for library in usable:
        if library.after_fork != NOT_RUN or not library.has_blas:
            continue
        for path in library.thread_runtimes:
            runtime = runtime_named(path, recipes.runtimes)
            if runtime is not None and runtime.fork is not None:
                yield Warning_(
                    subject=library.path,
                    text=f"its threads are those of {runtime.name}: {runtime.fork.text}",
                    cure=FORK_CURE,
                    source=runtime.fork.link,
                )


def set_too_high(
    machine: MachineFacts, present: Sequence[Recipe], environ: Mapping[str, str]
) -> Iterator[Warning_]:
    """A variable that asks for more threads than are useful."""
    for name in dict.fromkeys(name for recipe in present for name in recipe.threads.env):
        number = _number(environ.get(name, ""))
        if number is not None and number > machine.usable_threads:
            yield Warning_(
                subject=name,
                text=f"{name}={number} asks for {number} threads where "
                f"{_count(machine)} ({machine.limited_by})",
                cure=f"set {name}={machine.usable_threads}",
                source="measured on this machine",
            )


def beyond_the_quota(
    machine: MachineFacts, present: Sequence[Recipe], environ: Mapping[str, str]
) -> Iterator[Warning_]:
    """Libraries count CPUs; nobody counts what the control group pays for."""
    if machine.limited_by != "quota":
        return
    open_ = [
        recipe.threads.env[0]
        for recipe in present
        if recipe.threads.env and not _held(recipe, machine, environ)
    ]
    if open_:
        cpus = machine.affinity or machine.cores
        yield Warning_(
            subject=str(machine.quota_source),
            text=f"libraries start a thread for each of {cpus} CPUs, and the control group pays "
            f"for {machine.quota:g}: all of them are stopped in each period",
            cure="set " + ", ".join(f"{name}={machine.usable_threads}" for name in open_),
            source=QUOTA_SOURCE,
        )


def too_small_builds(machine: MachineFacts, threaded: Sequence[Library]) -> Iterator[Warning_]:
    """A build whose table of threads is smaller than this machine."""
    for library in threaded:
        most = library.max_threads
        if most is not None and most < machine.usable_threads:
            yield Warning_(
                subject=library.path,
                text=f"this build uses at most {most} threads, and {_count(machine)}",
                cure="take a build with a larger limit",
                source="its own configuration text",
            )


def _held(recipe: Recipe, machine: MachineFacts, environ: Mapping[str, str]) -> bool:
    """Does the strongest variable that is set keep the library within the limit?"""
    numbers = [_number(environ.get(name, "")) for name in recipe.threads.env]
    first = next((number for number in numbers if number is not None), None)
    return first is not None and first <= machine.usable_threads


def _count(machine: MachineFacts) -> str:
    one = machine.usable_threads == 1
    return "1 is useful" if one else f"{machine.usable_threads} are useful"


def _number(text: str) -> int | None:
    """The first number of `8` or `8,4`; libraries pass over 0 and over nonsense."""
    match = re.match(r"\s*0*([1-9]\d{0,8})\s*(?:,|\Z)", text)
    return int(match[1]) if match else None
