# SPDX-License-Identifier: Apache-2.0
"""How much of the machine did others use while we measured? (Linux; elsewhere unknown.)"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from blas_probe.record import dataclass

STAT = Path("/proc/stat")
IDLE, IOWAIT, GUEST = 3, 4, 8
"""Columns of the first line: time in which nothing ran, and times that are counted twice."""
SHORTEST = 0.05
"""Seconds below which the system's clock ticks say nothing."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Three clocks, read together."""

    wall: float
    own: float
    """CPU seconds of this process."""
    all: float | None
    """CPU seconds of everybody, stolen ones included; None where the system does not tell."""


def now(read: Callable[[], float | None] | None = None) -> Moment:
    """The clocks now."""
    everybody = busy() if read is None else read()
    return Moment(wall=time.perf_counter(), own=time.process_time(), all=everybody)


def busy() -> float | None:
    """CPU seconds that were used since the machine started."""
    try:
        with STAT.open(encoding="ascii") as file:
            columns = [int(word) for word in file.readline().split()[1:]]
    except (OSError, ValueError):
        return None
    if len(columns) <= GUEST:
        return None
    used = sum(columns[:GUEST]) - columns[IDLE] - columns[IOWAIT]
    return used / os.sysconf("SC_CLK_TCK")


def foreign(begin: Moment, end: Moment) -> float | None:
    """CPUs that others kept busy between the two moments; None when it cannot be told."""
    seconds = end.wall - begin.wall
    if begin.all is None or end.all is None or seconds < SHORTEST:
        return None
    return max(0.0, (end.all - begin.all - (end.own - begin.own)) / seconds)


def disturbed(others: float | None, threads: int, cpus: int) -> bool:
    """Did others need the CPUs that we needed? A tenth of one is the background of any machine."""
    return others is not None and others + threads > cpus + 0.1
