# SPDX-License-Identifier: Apache-2.0
"""Which OpenMP or TBB run-time is a file, or does it carry a copy of one? Read, never run."""

from __future__ import annotations

import mmap
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from blas_probe.look import open_regular
from blas_probe.recipe.runtime import Runtime

LARGEST = 1 << 30


def runtime_of(path: Path, defined: Collection[str], runtimes: Sequence[Runtime]) -> Runtime | None:
    """The run-time that this file is, or shows to others as its own copy; by what it defines."""
    for runtime in runtimes:
        if all(mark in defined for mark in runtime.marks) and _has_text(path, runtime):
            return runtime
    return None


def runtime_named(name: str, runtimes: Sequence[Runtime]) -> Runtime | None:
    """The run-time that a file of this name should be; for names that lead to no file."""
    last = PurePath(name).name.lower()
    for runtime in runtimes:
        if any(fnmatchcase(last, glob.lower()) for glob in runtime.files):
            return runtime
    return None


def hidden_copy(path: Path, runtimes: Sequence[Runtime]) -> Runtime | None:
    """The run-time that was linked into this file without showing its names."""
    told = [runtime for runtime in runtimes if runtime.byte_marks]
    return next((runtime for runtime in told if _has_text(path, runtime)), None)


def _has_text(path: Path, runtime: Runtime) -> bool:
    if not runtime.byte_marks:
        return True
    try:
        with open_regular(path) as file:
            if not 0 < file.seek(0, 2) <= LARGEST:
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return all(data.find(mark.encode()) >= 0 for mark in runtime.byte_marks)
    except (OSError, ValueError):
        return False
