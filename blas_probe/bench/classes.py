# SPDX-License-Identifier: Apache-2.0
"""From rates and limits to a class of speed. Pure functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from blas_probe.bench.limit import Limit, accepted
from blas_probe.bench.timings import Timings
from blas_probe.library import UNKNOWN, Library, Rate, Speed
from blas_probe.recipe.speed import Routine, SpeedClass, SpeedRules
from blas_probe.warning import Warning_

WRONG = "gives wrong numbers"
SLOWER = "all threads together are slow"
THREADS_CURE = "set its number of threads to 1, or take a build with another thread layer"
WRONG_CURE = "use another build, and do not trust this one's other routines either"
DISTURBED = "other programs used the CPUs while all threads were measured: repeat it"


def kind_of(routine: Routine) -> str:
    """The limit that a routine meets."""
    if routine.bound == "memory":
        return "read"
    return "single" if routine.name.startswith(("s", "c")) else "double"


def with_shares(
    rates: Sequence[Rate], rules: SpeedRules, found: Sequence[Limit]
) -> tuple[Rate, ...]:
    """Each rate as a part of its limit, where that limit counts."""
    kinds = {routine.name: kind_of(routine) for routine in rules.routines}
    limits = accepted(found)

    def share(rate: Rate) -> float | None:
        limit = limits.get((kinds[rate.routine], rate.threads))
        return None if limit is None else round(rate.rate / limit, 3)

    return tuple(dataclasses.replace(rate, share=share(rate)) for rate in rates)


def speed(timed: Timings, rules: SpeedRules, found: Sequence[Limit]) -> Speed:
    """The class, and why it is that one."""
    told, ending = with_shares(timed.rates, rules, found), timed.ending
    judge = next(routine for routine in rules.routines if routine.judges)
    alone = [rate for rate in told if rate.routine == judge.name and rate.threads == 1]
    wrong = [f"{name} {WRONG}" for name in timed.wrong]
    if not alone:
        reason = "; ".join(wrong) or ending or f"it has no {judge.name} of its own"
        return Speed(speed_class=UNKNOWN, reason=reason, rates=told)
    best = max(alone, key=lambda rate: rate.rate)
    if best.share is None:
        limit = next(one for one in found if one.kind == kind_of(judge) and one.threads == 1)
        reason = f"the peak of this CPU is {limit.state}: {limit.reason}"
        return Speed(speed_class=UNKNOWN, reason=reason, rates=told)
    row = class_of(best.share, rules)
    reason = (
        f"{row.meaning}: {best.routine} (n={best.n}) at {best.share:.0%} of the peak at 1 thread"
    )
    words = [reason, *wrong, *remarks(told, row, rules)]
    words += [f"not all was measured: it {ending}"] if ending else []
    words += [DISTURBED] if timed.disturbed else scaling(told, rules, found)
    return Speed(speed_class=row.name, reason="; ".join(words), rates=told)


def with_speed(
    library: Library, timed: Timings, rules: SpeedRules, found: Sequence[Limit]
) -> Library:
    """The record with its speed, and with what the user's own environment makes of it."""
    told = speed(timed, rules, found)
    effects = dict(library.environment_effects)
    if timed.own is not None:
        own = speed(Timings(rates=(timed.own,)), rules, found)
        if own.speed_class != told.speed_class:
            effects["speed_class"] = f"{own.speed_class}: {own.reason}"
    return dataclasses.replace(library, speed=told, environment_effects=effects)


def class_of(share: float, rules: SpeedRules) -> SpeedClass:
    """The last class whose floor is reached."""
    return next(row for row in reversed(rules.classes) if share >= row.floor)


def remarks(rates: Sequence[Rate], row: SpeedClass, rules: SpeedRules) -> list[str]:
    """What the class does not say: another precision is in a lower one."""
    lines = []
    for routine in rules.routines:
        if routine.judges or routine.lapack or routine.bound != "compute":
            continue
        shares = [one.share for one in rates if one.routine == routine.name and one.threads == 1]
        best = max((share for share in shares if share is not None), default=None)
        if best is not None and class_of(best, rules).floor < row.floor:
            lines.append(f"{routine.name} is only {class_of(best, rules).name} ({best:.0%})")
    return lines


def scaling(rates: Sequence[Rate], rules: SpeedRules, found: Sequence[Limit]) -> list[str]:
    """How much faster all threads are, beside how much faster the CPUs themselves are."""
    judge = next(routine for routine in rules.routines if routine.judges)
    best: dict[int, float] = {}
    for rate in rates:
        if rate.routine == judge.name:
            best[rate.threads] = max(best.get(rate.threads, 0.0), rate.rate)
    most = max(best)
    if most == 1 or 1 not in best:
        return []
    limits = accepted(found)
    peaks = [limits.get((kind_of(judge), threads)) for threads in (1, most)]
    cpus = peaks[1] / peaks[0] if peaks[0] and peaks[1] else None
    gain = best[most] / best[1]
    beside = f" (the CPUs: {cpus:.1f})" if cpus else ""
    slow = f"{SLOWER}: " if cpus and cpus > 1 and gain < rules.threads_floor * cpus else ""
    return [f"{slow}{most} threads are {gain:.1f} times as fast as 1{beside}"]


def warnings(libraries: Sequence[Library], rules: SpeedRules) -> tuple[Warning_, ...]:
    """A warning for each library that is slow, is slow with threads, or computes nonsense."""
    return tuple(
        Warning_(
            subject=one.path,
            text=f"{one.provider} {one.version} {text}: {one.speed.reason}",
            cure=cure,
            source="measured by --bench on this machine",
        )
        for one in libraries
        if one.speed is not None
        for text, cure in faults(one.speed, rules)
    )


def faults(told: Speed, rules: SpeedRules) -> list[tuple[str, str]]:
    """What is wrong, in a few words, and its cure."""
    cures = {row.name: row.cure for row in rules.classes if row.cure}
    name = told.speed_class
    found = [(f"is slow ({name})", cures[name])] if name in cures else []
    found += [("is slow with threads", THREADS_CURE)] if SLOWER in told.reason else []
    return found + ([("computes nonsense", WRONG_CURE)] if WRONG in told.reason else [])
