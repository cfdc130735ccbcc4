# SPDX-License-Identifier: Apache-2.0
"""Speeds against those of a former run: what fell by more than both runs' noise. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wheels.proof.evidence import Case


@dataclass(frozen=True, kw_only=True)
class Level:
    """What one speed case reached."""

    share: float
    """Of the limit that was measured beside it, so that clocks and other CPUs cancel."""
    noise: float
    """How far apart the measurements lay, as a part of it."""


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """How far a share may lie below the former one."""

    margin: float
    """Allowed whatever the noise."""
    most: float
    """Never allowed, whatever the noise: the best of several tries is no accident."""

    def accepted(self, before: Level, noise: float) -> float:
        """The smallest share that is no regression."""
        allowed = max(self.margin, before.noise + noise)
        return before.share * (1 - min(self.most, allowed))


@dataclass(frozen=True, kw_only=True)
class Against:
    """What the speeds of a run are compared with."""

    name: str
    """Library, version and day, for the reader."""
    origin: str
    """Name of the file that it was read from."""
    levels: Mapping[str, Level]
    """By speed case."""
    tolerance: Tolerance

    def accepted(self, case: Case) -> float | None:
        """The smallest share of this case that is no regression; None: not compared."""
        before = self.levels.get(case.name)
        if before is None or case.kind != "speed" or case.share is None or case.noise is None:
            return None
        return self.tolerance.accepted(before, case.noise)


def fallen(cases: Iterable[Case], against: Against | None) -> dict[str, str]:
    """Speed case -> what is to be said of it, for each that was too slow in every try."""
    if against is None:
        return {}
    bad: dict[str, str] = {}
    for case in best_of_each(cases):
        least = against.accepted(case)
        if least is not None and case.share is not None and case.share < least:
            bad[case.name] = _said(case, against, least)
    return bad


def best_of_each(cases: Iterable[Case]) -> list[Case]:
    """Of several tries of a speed case the fastest; of two alike the first."""
    best: dict[tuple[str, int | None], Case] = {}
    for case in cases:
        key = (case.name, case.threads)
        known = best.get(key)
        if case.kind == "speed" and (known is None or (case.share or 0) > (known.share or 0)):
            best[key] = case
    return list(best.values())


def _said(case: Case, against: Against, least: float) -> str:
    before = against.levels[case.name]
    return (
        f"{case.name}: {case.share:.1%} of the limit, {before.share:.1%} in the baseline "
        f"({against.name}); noise {case.noise:.1%} now and {before.noise:.1%} then, "
        f"so that less than {least:.1%} is a regression"
    )
