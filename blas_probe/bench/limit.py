# SPDX-License-Identifier: Apache-2.0
"""What this machine can do at most, and whether that measurement can be trusted. Pure functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from blas_probe.library import Rate
from blas_probe.record import dataclass

SAME = 0.95
KINDS = ("double", "single", "read", "copy")


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One limit of the machine, measured without any foreign library."""

    kind: str
    """double, single (1e9 operations in a second), read or copy (1e9 bytes in a second)."""
    threads: int
    """Number of threads."""
    rate: float | None
    """Best of the runs; None when it was not measured."""
    state: str
    """accepted, rejected or not run."""
    reason: str
    """How it was measured, or why it does not count."""


def limits(
    measured: Sequence[Mapping[str, Any]], threads: Sequence[int], ending: str | None
) -> tuple[Limit, ...]:
    """Join the findings of several calibrations: the best of each counts."""
    why = next((str(one["not_run"]) for one in measured if "not_run" in one), ending)
    return tuple(_limit(kind, number, measured, why) for kind in KINDS for number in threads)


def _limit(
    kind: str, threads: int, measured: Sequence[Mapping[str, Any]], why: str | None
) -> Limit:
    rates = [
        float(one[kind][str(threads)]) for one in measured if str(threads) in one.get(kind, {})
    ]
    if not rates:
        reason = why or "the measurement did not get that far"
        return Limit(kind=kind, threads=threads, rate=None, state="not run", reason=reason)
    names = {str(one.get("instructions", {}).get(kind, "")) for one in measured} - {""}
    how = f"a loop of {'/'.join(sorted(names))} instructions" if names else HOW.get(kind, "")
    return Limit(kind=kind, threads=threads, rate=max(rates), state="accepted", reason=how)


HOW = {"read": "loads of 128 MiB", "copy": "the system's memmove, bytes read and written"}


def checked(found: Iterable[Limit], rates: Iterable[tuple[str, Rate]]) -> tuple[Limit, ...]:
    """Reject what a library went beyond: such a limit is none. `rates` are by kind of limit."""
    fastest: dict[tuple[str, int], Rate] = {}
    for kind, rate in rates:
        key = (kind, rate.threads)
        if key not in fastest or rate.rate > fastest[key].rate:
            fastest[key] = rate
    return tuple(_checked(limit, fastest.get((limit.kind, limit.threads))) for limit in found)


def plausible(found: Sequence[Limit]) -> tuple[Limit, ...]:
    """Reject what several CPUs computed less of than one of them."""
    alone = {one.kind: one.rate for one in found if one.threads == 1}
    return tuple(_plausible(limit, alone.get(limit.kind)) for limit in found)


def _plausible(limit: Limit, alone: float | None) -> Limit:
    """Of memory one may use as much as all."""
    computes = limit.kind in ("double", "single") and limit.state == "accepted"
    if not computes or limit.rate is None or alone is None or limit.rate >= SAME * alone:
        return limit
    reason = (
        f"{limit.rate:.1f} were measured with {limit.threads} threads and {alone:.1f} with 1: "
        "other programs used the CPUs"
    )
    return dataclasses.replace(limit, state="rejected", reason=reason)


def _checked(limit: Limit, fastest: Rate | None) -> Limit:
    if limit.rate is None or fastest is None or fastest.rate <= limit.rate:
        return limit
    reason = (
        f"{limit.rate:.1f} were measured, but {fastest.routine} (n={fastest.n}) of a library "
        f"reached {fastest.rate:.1f}"
    )
    return Limit(
        kind=limit.kind, threads=limit.threads, rate=limit.rate, state="rejected", reason=reason
    )


def accepted(found: Iterable[Limit]) -> dict[tuple[str, int], float]:
    """The limits that count: (kind, threads) -> rate."""
    return {
        (limit.kind, limit.threads): limit.rate
        for limit in found
        if limit.state == "accepted" and limit.rate is not None
    }
