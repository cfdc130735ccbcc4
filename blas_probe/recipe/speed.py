# SPDX-License-Identifier: Apache-2.0
"""What speed.toml may say: the classes of speed with their floors, and the routines measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from blas_probe.recipe.schema import Where, build, read
from blas_probe.record import dataclass


@dataclass(frozen=True, kw_only=True)
class SpeedClass:
    """A name for a share of the machine's limit."""

    name: Annotated[str, "what users read"]
    floor: Annotated[float, "smallest share of the peak (0 to 1) that deserves the name"]
    meaning: Annotated[str, "what it means, in a few words"]
    cure: Annotated[str, "what to do about it; empty: nothing needs to be done"] = ""

    def check(self, where: Where) -> None:
        """Refuse a floor that is no share."""
        if not 0 <= self.floor < 1:
            raise where.at("floor").fail(f"got {self.floor}", "write a share from 0 to below 1")


@dataclass(frozen=True, kw_only=True)
class Routine:
    """A routine to measure: `count * n ** power` operations or bytes."""

    name: Annotated[str, "Fortran name without affixes, one that blas_probe/bench/calls.py knows"]
    sizes: Annotated[tuple[int, ...], "n, growing; larger ones are left out where they are slow"]
    count: Annotated[float, "factor"]
    power: Annotated[int, "exponent of n"]
    bound: Annotated[Literal["compute", "memory"], "what limits it"]
    lapack: Annotated[bool, "true when it is part of LAPACK"] = False
    judges: Annotated[bool, "true for the one that decides the class"] = False


@dataclass(frozen=True, kw_only=True)
class SpeedRules:
    """The whole file; without one nothing is measured."""

    classes: tuple[SpeedClass, ...] = ()
    routines: tuple[Routine, ...] = ()
    threads_floor: float = 0.5
    baseline_margin: float = 0.2
    baseline_most: float = 0.5


@dataclass(frozen=True, kw_only=True)
class SpeedFile:
    """The tables of the file, called as in the file."""

    threads_floor: Annotated[
        float, "smallest part of the CPUs' own gain by all threads that is not slow"
    ] = 0.5
    baseline_margin: Annotated[
        float, "a share lower by less than this part of the recorded one is no regression"
    ] = 0.2
    baseline_most: Annotated[
        float, "a share lower by more than this part is one, however noisy the machine"
    ] = 0.5
    routine: Annotated[tuple[Routine, ...], "what is measured"] = ()


def load_speed(path: Path) -> SpeedRules:
    """Read speed.toml; no rules when there is none."""
    if not path.is_file():
        return SpeedRules()
    table, where = read(path)
    rows = table.pop("class", [])  # a word of Python, so no dataclass can have such a field
    classes = tuple(
        build(SpeedClass, row, where.at("class", index)) for index, row in enumerate(rows)
    )
    told = build(SpeedFile, table, where)
    routines = told.routine
    floors = [one.floor for one in classes]
    if floors != sorted(set(floors)) or (floors and floors[0] != 0):
        raise where.at("class").fail(
            f"floors are {floors}", "begin with 0 and let each be above the one before"
        )
    if sum(one.judges for one in routines) != 1:
        raise where.at("routine").fail("not exactly one routine judges", "set `judges` at one")
    if not 0 < told.baseline_margin <= told.baseline_most < 1:
        raise where.at("baseline_margin").fail(
            f"got {told.baseline_margin}, and baseline_most is {told.baseline_most}",
            "write two parts between 0 and 1, the margin first",
        )
    return SpeedRules(
        classes=classes,
        routines=routines,
        threads_floor=told.threads_floor,
        baseline_margin=told.baseline_margin,
        baseline_most=told.baseline_most,
    )
