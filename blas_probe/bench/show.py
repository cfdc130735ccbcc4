# SPDX-License-Identifier: Apache-2.0
"""Speeds for people: a row per library and number of threads, and the limits of the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from blas_probe.bench.classes import DISTURBED
from blas_probe.bench.limit import Limit
from blas_probe.library import UNKNOWN, Library, Rate

LEGEND = (
    "1e9 operations a second, of dgemv and ddot 1e9 bytes, best of the runs.  %: of the limit "
    "below, at the same number of threads."
)
UNITS = {"double": "", "single": "", "read": " GB/s", "copy": " GB/s"}


def rows(libraries: Sequence[Library]) -> list[tuple[str, ...]]:
    """Head and cells; nothing when no speed was measured."""
    measured = [(number, one) for number, one in enumerate(libraries, start=1) if one.speed]
    names = list(dict.fromkeys(rate.routine for _, one in measured for rate in _rates(one)))
    if not names:
        return []
    cells = [("#", "speed", "thr", *names)]
    for number, one in measured:
        assert one.speed is not None
        for threads in sorted({rate.threads for rate in _rates(one)}) or [1]:
            first = threads == 1
            best = _best(one.speed.rates, threads)
            cells.append((
                str(number) if first else "", one.speed.speed_class if first else "",
                str(threads), *(_cell(best.get(name)) for name in names),
            ))  # fmt: skip
    return cells


def remarks(libraries: Sequence[Library]) -> list[str]:
    """Why no class was found, and whose threads were disturbed; the rest stands in the table."""
    whose: dict[str, list[str]] = {}
    for number, one in enumerate(libraries, start=1):
        if one.speed is None:
            continue
        if one.speed.speed_class == UNKNOWN:
            whose.setdefault(one.speed.reason, []).append(str(number))
        if DISTURBED in one.speed.reason:
            whose.setdefault(DISTURBED, []).append(str(number))
    return [f"Speed of {', '.join(numbers)}: {text}" for text, numbers in whose.items()]


def limits(found: Sequence[Limit]) -> list[str]:
    """One line for each limit."""
    return [_limit(limit) for limit in found]


def _limit(limit: Limit) -> str:
    thread = "thread" if limit.threads == 1 else "threads"
    head = f"{limit.kind}, {limit.threads} {thread}"
    if limit.rate is None:
        return f"{head}: {limit.state}: {limit.reason}"
    said = "" if limit.state == "accepted" else f"{limit.state}: "
    return f"{head}: {limit.rate:.1f}{UNITS[limit.kind]} ({said}{limit.reason})"


def _rates(library: Library) -> tuple[Rate, ...]:
    return library.speed.rates if library.speed is not None else ()


def _best(rates: Sequence[Rate], threads: int) -> Mapping[str, Rate]:
    """The fastest size of each routine."""
    best: dict[str, Rate] = {}
    for rate in rates:
        if rate.threads == threads and rate.rate > getattr(best.get(rate.routine), "rate", 0):
            best[rate.routine] = rate
    return best


def _cell(rate: Rate | None) -> str:
    if rate is None:
        return "-"
    number = f"{rate.rate:.1f}" if rate.rate < 10 else f"{rate.rate:.0f}"
    return number if rate.share is None else f"{number} {rate.share:.0%}"
