# SPDX-License-Identifier: Apache-2.0
"""Which visits prove a backend in company: who, in which order, in which environment. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from blas_probe.choose import Choice
from blas_probe.library import Library
from blas_probe.recipe import Recipe, Recipes
from wheels.company.rows import Guest, Setting

ALONE = "alone"
PRELOADED = "another BLAS in LD_PRELOAD"
ON_PATH = "other libraries of its names on LD_LIBRARY_PATH"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One process."""

    parties: tuple[str, ...]
    """Backends and guests, in the order in which they are loaded."""
    cases: Mapping[str, str]
    """Backend -> what this visit is called in its certificate."""
    env: Mapping[str, str] = field(default_factory=dict)
    strange: Path | None = None
    """Nothing that lies in this folder may be loaded."""
    foreign: Path | None = None
    """Nothing may be bound to this library."""
    detail: str = ""
    foretold: bool = False
    """A known defect names it: what hangs then is not waited for long."""


def alone(backend: str) -> Visit:
    """The same work with nobody else there: what fails here is no matter of company."""
    return Visit(parties=(backend,), cases={backend: ALONE})


def pair(first: str, second: str) -> Visit:
    """Two backends in this order."""
    return Visit(
        parties=(first, second),
        cases={first: f"before {second}", second: f"after {first}"},
    )


def pairs(backends: Sequence[str], backend: str) -> Iterator[Visit]:
    """Both orders of `backend` with each that stands before it."""
    for other in backends[: backends.index(backend)]:
        yield pair(other, backend)
        yield pair(backend, other)


def with_guests(backend: str, guests: Sequence[Guest]) -> Iterator[Visit]:
    """Both orders with those that are always there, then with each large one."""
    usual = [guest.name for guest in guests if not guest.asked]
    groups = [usual] * bool(usual) + [[guest.name] for guest in guests if guest.asked]
    for group in groups:
        names = ", ".join(group)
        yield Visit(parties=(backend, *group), cases={backend: f"before {names}"})
        yield Visit(parties=(*group, backend), cases={backend: f"after {names}"})


def in_settings(backend: str, settings: Sequence[Setting], recipes: Recipes) -> Iterator[Visit]:
    """Alone, in each environment."""
    counts = sorted({name for recipe in recipes.providers for name in recipe.threads.env})
    for row in settings:
        env = {**(dict.fromkeys(counts, row.threads) if row.threads else {}), **row.variables}
        text = " ".join(f"{name}={value}" for name, value in env.items())
        yield Visit(parties=(backend,), cases={backend: row.name}, env=env, detail=text)


def in_layers(backend: str, recipe: Recipe) -> Iterator[Visit]:
    """With each thread layer that the environment can choose for its provider."""
    for text in dict.fromkeys(row.choose for row in recipe.threads.opens if row.choose):
        name, _, value = text.partition("=")
        yield Visit(parties=(backend,), cases={backend: text}, env={name: value})


def stranger(choice: Choice, libraries: Sequence[Library]) -> Library | None:
    """A library of another provider, at best with the same names and other integers behind them."""
    mine = choice.blas

    def order(one: Library) -> tuple[bool, bool, str]:
        alike = (one.prefix, one.suffix) == (mine.prefix, mine.suffix)
        return not alike, one.int_bits == mine.int_bits, one.path

    others = [
        one
        for one in libraries
        if not one.problem
        and one.has_blas
        and one.machine == mine.machine
        and one.provider not in (mine.provider, "unknown")
    ]
    return min(others, key=order, default=None)


def beside_stranger(backend: str, other: Library, folder: Path) -> Iterator[Visit]:
    """With that library loaded first, then with it under the names that the backend asks for."""
    path = Path(other.path)
    text = f"{path} ({other.provider} {other.version}, {other.prefix}dgemm{other.suffix})"
    yield Visit(
        parties=(backend,),
        cases={backend: PRELOADED},
        env={"LD_PRELOAD": str(path)},
        foreign=path,
        detail=text,
    )
    yield Visit(
        parties=(backend,),
        cases={backend: ON_PATH},
        env={"LD_LIBRARY_PATH": str(folder)},
        strange=folder,
        detail=text,
    )


def without(visit: Visit, backend: str) -> Visit:
    """The same, told of in the certificates of the others alone."""
    kept = {name: case for name, case in visit.cases.items() if name != backend}
    return dataclasses.replace(visit, cases=kept)
