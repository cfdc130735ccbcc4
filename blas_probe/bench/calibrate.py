# SPDX-License-Identifier: Apache-2.0
"""The child that measures what this machine can do at most. It opens no foreign library."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Sequence
from functools import partial
from typing import Any

from blas_probe.bench.clock import together
from blas_probe.bench.executable import Code, Refused, run_once
from blas_probe.bench.loops import Loop, Loops, loops_of
from blas_probe.call.pipe import Pipe, serve

FIRST_ROUNDS = 1 << 14
RUN_SECONDS = 0.006
RUNS = 16
BUFFER = 1 << 27
"""Bytes that are read in all: more than the caches of most CPUs, as much as the routines read."""


def main(number: int) -> None:
    """Be the child."""
    serve(number, calibrate)


def calibrate(request: dict[str, Any], pipe: Pipe) -> None:
    """Tell peak and bandwidth for each number of threads that is asked for."""
    pipe.step("copying memory")
    for threads in request["threads"]:
        pipe.tell(copy={str(threads): copy_rate(threads, request.get("bytes", BUFFER))})
    pipe.step("placing generated code")
    try:
        loops = loops_of(platform.machine(), platform.system(), run_once)
    except Refused as error:
        pipe.tell(not_run=str(error))
        return
    if loops is None:
        pipe.tell(not_run=f"no loop of machine code is known for {platform.machine()}")
        return
    measure(loops, request, pipe)


def measure(loops: Loops, request: dict[str, Any], pipe: Pipe) -> None:
    """Find the fastest instructions alone, then measure them for each number of threads."""
    for kind in ("double", "single"):
        alone = best_of_all(getattr(loops, kind), pipe)
        loop = max(alone, key=lambda one: alone[one])
        pipe.tell(instructions={kind: loop.name})
        for threads in request["threads"]:
            rate = alone[loop] if threads == 1 else peak_rate(loop, threads, RUNS)
            pipe.tell(**{kind: {str(threads): rate}})
    for threads in request["threads"]:
        pipe.step("reading memory")
        rates = [read_rate(one, threads, request.get("bytes", BUFFER)) for one in loops.read]
        pipe.tell(read={str(threads): max(rates)})


def best_of_all(loops: Sequence[Loop], pipe: Pipe) -> dict[Loop, float]:
    """The peak of each set of instructions; in turns, so that a pause of the machine hits all."""
    found = dict.fromkeys(loops, 0.0)
    for _ in range(RUNS // 4):
        for loop in loops:
            pipe.step(f"running {loop.name} arithmetic")
            found[loop] = max(found[loop], peak_rate(loop, 1, 4))
    return found


def peak_rate(loop: Loop, threads: int, runs: int) -> float:
    """1e9 operations in a second, best of the runs."""
    code = Code(loop.code)
    rounds = FIRST_ROUNDS
    while (
        seconds := together([partial(code, rounds, 0, 0)])
    ) < RUN_SECONDS / 2 and rounds < 1 << 40:
        rounds = int(rounds * min(16.0, RUN_SECONDS / max(seconds, 1e-6)))
    works = [partial(code, rounds, 0, 0)] * threads
    seconds = min(together(works) for _ in range(runs))
    return loop.work * rounds * threads / seconds / 1e9


def read_rate(loop: Loop, threads: int, size: int) -> float:
    """1e9 bytes in a second that the threads read from memory, each its own part."""
    code = Code(loop.code)
    rounds = size // threads // loop.work
    part = rounds * loop.work
    parts = [filled(part) for _ in range(threads)]
    works = [partial(code, rounds, ctypes.addressof(one), part // 2) for one in parts]
    seconds = min(together(works) for _ in range(RUNS))
    return loop.work * rounds * threads / seconds / 1e9


def copy_rate(threads: int, size: int) -> float:
    """1e9 bytes in a second, read and written ones counted, of the system's own memmove."""
    half = size // 2 // threads
    pairs = [(filled(half), filled(half)) for _ in range(threads)]
    works = [partial(ctypes.memmove, to, source, half) for to, source in pairs]
    seconds = min(together(works) for _ in range(RUNS))
    return 2 * half * threads / seconds / 1e9


def filled(size: int) -> Any:
    """Memory that is really there: pages never written would all be the same one."""
    memory = (ctypes.c_char * max(size, 1))()
    ctypes.memset(memory, 0x3F, max(size, 1))
    return memory
