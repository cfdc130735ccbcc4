# SPDX-License-Identifier: Apache-2.0
"""Time work that is done once or many times, alone or by several threads at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from blas_probe.record import dataclass

Work = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long a measurement may take."""

    fewest: int = 3
    most: int = 9
    seconds: float = 0.4
    """No further run is begun after this time; `fewest` and this time may be passed by one run."""


def best(work: Work, effort: Effort, *, threads: int, before: Work | None = None) -> float:
    """The shortest of several runs, in seconds; `before` is done ahead of each and not counted."""
    clock = clock_of(threads)
    shortest = float("inf")
    begin = time.perf_counter()
    for number in range(effort.most):
        spent = time.perf_counter() - begin
        if spent > effort.seconds and (number >= effort.fewest or spent > 4 * effort.seconds):
            break
        if before is not None:
            before()
        start = clock()
        work()
        shortest = min(shortest, clock() - start)
    return shortest


def clock_of(threads: int) -> Callable[[], float]:
    """The CPU's time for 1 thread, which does not run while another program has the CPU.

    A library that uses more threads than it was told is not faster by it: all of them count.
    """
    return time.process_time if threads == 1 else time.perf_counter


def together(works: Sequence[Work]) -> float:
    """Seconds from the start of the first to the end of the last, each in a thread of its own."""
    if len(works) == 1:
        start = time.process_time()
        works[0]()
        return time.process_time() - start
    gate = threading.Barrier(len(works))
    spans: list[tuple[float, float]] = []

    def one(work: Work) -> None:
        gate.wait()
        start = time.perf_counter()
        work()
        spans.append((start, time.perf_counter()))

    threads = [threading.Thread(target=one, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(end for _, end in spans) - min(start for start, _ in spans)
