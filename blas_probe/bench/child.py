# SPDX-License-Identifier: Apache-2.0
"""The child that times the routines of one library with one number of threads."""

from __future__ import annotations

import ctypes
import os
from typing import Any

from blas_probe.bench import load
from blas_probe.bench.calls import ROUTINES, Library, Timed
from blas_probe.bench.clock import Effort, best
from blas_probe.call.opening import open_library
from blas_probe.call.pipe import Pipe, serve

EFFORT = Effort(fewest=3, most=12, seconds=0.2)
SLOW = 0.25
"""A size is left out when it would take longer than this many seconds, by the size before it."""


def main(number: int) -> None:
    """Be the child."""
    serve(number, bench)


def bench(request: dict[str, Any], pipe: Pipe) -> None:
    """Tell the rate of every routine as soon as it is known."""
    os.environ["OMP_NUM_THREADS"] = str(request["threads"])
    os.environ.update(request["environment"])
    pipe.step("being opened")
    mode = os.RTLD_NOW | os.RTLD_LOCAL | getattr(os, "RTLD_DEEPBIND", 0)
    try:
        handle = open_library(request["path"], mode)
    except OSError as error:
        pipe.tell(load_error=str(error))
        return
    library = Library(handle=handle, **request["spelling"])
    prepare(handle, request, pipe)
    begin = load.now()
    for row in request["routines"]:
        time_routine(library, row, request["threads"], pipe)
        pipe.tell(foreign=load.foreign(begin, load.now()))


def prepare(handle: Any, request: dict[str, Any], pipe: Pipe) -> None:
    """Make the calls that the recipe asks for, and set the number of threads."""
    functions = request["functions"]
    if "init" in functions:
        pipe.step(f"calling {functions['init']}")
        handle[functions["init"]](int(functions["init_argument"]))
    if "set_threads" in functions:
        pipe.step(f"calling {functions['set_threads']}")
        set_threads = handle[functions["set_threads"]]
        set_threads.restype = None
        set_threads(ctypes.c_int64(request["threads"]))


def time_routine(library: Library, row: dict[str, Any], threads: int, pipe: Pipe) -> None:
    """Time one routine at each of its sizes, as long as that is quick enough."""
    name = row["name"]
    expected = 0.0
    for n in row["sizes"]:
        if expected * n ** row["power"] > SLOW:
            return
        pipe.step(f"timing {name} with n={n}")
        try:
            timed = ROUTINES[name](library, n)
        except (AttributeError, MemoryError):  # it has no such routine, or the matrix no room
            pipe.tell(absent={name: n})
            return
        if timed.restore is not None:
            timed.restore()
        timed.call()  # threads start and memory is touched in the first run, which does not count
        seconds = max(best(timed.call, EFFORT, threads=threads, before=timed.restore), 1e-9)
        if not gives_right(timed):
            pipe.tell(wrong={name: n})
            return
        expected = seconds / n ** row["power"]
        rate = row["count"] * n ** row["power"] / seconds / 1e9
        pipe.tell(rates={f"{name} {n}": rate})


def gives_right(timed: Timed) -> bool:
    """Call once more: is the result right? What was there before the call does not count."""
    for before in filter(None, (timed.restore, timed.spoil)):
        before()
    return timed.is_right(timed.call())
