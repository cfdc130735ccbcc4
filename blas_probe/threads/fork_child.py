# SPDX-License-Identifier: Apache-2.0
"""Does a library still work in a process that was forked after it had started threads?

Runs in a child of its own: `dgemm` with threads, then for `dgemm` and `dgetrf` a fork of its own
whose first call it is, in the forked process and in its parent: a library may set up its threads
again in one routine and forget it in another. What hangs is ended by a time limit.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path
from typing import Any

from blas_probe.call import shared_memory
from blas_probe.call.abi import lookup, slot
from blas_probe.call.opening import open_library
from blas_probe.call.pipe import Pipe, serve

SIZE = 384
POLL = 0.005
STEPS = ("dgemm", "dgetrf")
WRONG = 3


class Task:
    """The routines of one library, and numbers whose product is known without computing."""

    def __init__(self, library: Any, request: dict[str, Any]) -> None:
        start, end = request["prefix"], request["suffix"]
        upper = request["upper"]
        self.calls: dict[str, Any] = {
            name: lookup(library, start + (name.upper() if upper else name) + end)
            for name in STEPS
        }  # fmt: skip
        rows = [float(row + 1) for row in range(SIZE)]
        self.left = (ctypes.c_double * SIZE**2)(*(rows * SIZE))  # column-major: a[i, k] = i + 1
        self.right = (ctypes.c_double * SIZE**2)(*([1.0] * SIZE**2))

    def gives_right(self, name: str) -> bool:
        """Call the routine; are its numbers right?"""
        return {"dgemm": self.dgemm, "dgetrf": self.dgetrf}[name]()

    def dgemm(self) -> bool:
        """Multiply; is every number of the last column right?"""
        product = (ctypes.c_double * SIZE**2)()
        one, zero, size = ctypes.c_double(1.0), ctypes.c_double(0.0), slot(SIZE)
        by = ctypes.byref
        length = ctypes.c_size_t(1)
        self.calls["dgemm"](
            ctypes.c_char_p(b"N"), ctypes.c_char_p(b"N"), by(size), by(size), by(size), by(one),
            self.left, by(size), self.right, by(size), by(zero), product, by(size), length, length,
        )  # fmt: skip
        wanted = [float(SIZE * (row + 1)) for row in range(SIZE)]
        return list(product[-SIZE:]) == wanted and list(product[:SIZE]) == wanted

    def dgetrf(self) -> bool:
        """Factor a matrix that is its own upper factor; is `info` 0 and the diagonal kept?"""
        matrix = (ctypes.c_double * SIZE**2)()
        for column in range(SIZE):
            for row in range(column + 1):
                matrix[column * SIZE + row] = 1.0 if row < column else 2.0
        pivots, info, size = (ctypes.c_int64 * SIZE)(), slot(0), slot(SIZE)
        by = ctypes.byref
        self.calls["dgetrf"](by(size), by(size), matrix, by(size), pivots, by(info))
        kept = all(matrix[index * (SIZE + 1)] == 2.0 for index in range(SIZE))
        return info.value & 0xFFFFFFFF == 0 and kept


def main(number: int) -> None:
    """Read the request from standard input, tell the findings to descriptor `number`."""
    serve(number, try_it)


def try_it(request: dict[str, Any], pipe: Pipe) -> None:
    """The whole test, each step told before it is made."""
    for name in (*request["variables"], "OMP_NUM_THREADS"):
        os.environ[name] = str(request["threads"])
    pipe.step("being opened")
    try:
        mode = os.RTLD_NOW | os.RTLD_LOCAL | getattr(os, "RTLD_DEEPBIND", 0)
        library = open_library(request["path"], mode)
    except OSError as error:
        pipe.tell(load_error=str(error))
        return
    if request["set_threads"]:
        library[request["set_threads"]](ctypes.c_int(request["threads"]))
    task = Task(library, request)
    if task.calls["dgemm"] is None:
        pipe.tell(load_error="it has no dgemm")
        return
    pipe.step("dgemm before the fork")
    pipe.tell(before=task.gives_right("dgemm"), threads=_threads())
    for name in STEPS:
        if task.calls[name] is not None:
            pipe.step(f"{name} in a forked process")
            answer, code = _in_a_fork(task, name, request["patience"])
            pipe.tell(forked={name: answer}, codes={name: code})
            if answer != "works":
                return
            pipe.step(f"{name} after the fork")
            pipe.tell(parent={name: task.gives_right(name)})


def _in_a_fork(task: Task, name: str, patience: float) -> tuple[str, int]:
    """What became of a forked process whose first call is `name`, and how it ended."""
    since = time.time()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if task.gives_right(name) else WRONG
        finally:
            os._exit(code)
    status = _wait(pid, patience)
    shared_memory.give_back(pid, since)
    if status is None:
        return "hangs", 0
    code = os.waitstatus_to_exitcode(status)
    return {0: "works", WRONG: "wrong"}.get(code, "crashes"), code


def _wait(pid: int, patience: float) -> int | None:
    """The status of a forked process; None for one that hung and was killed."""
    deadline = time.monotonic() + patience
    while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return None
        time.sleep(POLL)
    return ended[1]


def _threads() -> int:
    """Threads of this process; 0 where the system does not say."""
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return 0
