# SPDX-License-Identifier: Apache-2.0
"""One release at a time in a build folder; what a killed run left is recognised and ended."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wheels.command import disinherit, inherit
from wheels.errors import LockedError, from_os_error

NAME = "release.lock"
PATIENCE = 5.0  # seconds for the children of a killed run to end


@contextmanager
def locked(build: Path) -> Iterator[None]:
    """Hold the lock of `build`; every child keeps it open, so that none is missed after a kill -9.

    Raises LockedError when a run that is alive holds it.
    """
    path = build / NAME
    try:
        build.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise from_os_error(error, "cannot use the build folder", build) from error
    try:
        _take(descriptor, path)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        inherit(descriptor)
        try:
            yield
        finally:
            disinherit(descriptor)
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    if _try(descriptor):
        return
    owner = _owner(descriptor, path)
    if owner and _works_here(owner, path):
        raise LockedError(
            f"{path}: another release is running (process {owner})",
            why="two releases in one build folder would overwrite each other's work",
            then=f"wait for it, end it (kill {owner}), or use another folder with --build FOLDER",
        )
    _end_leftovers(path)
    deadline = time.monotonic() + PATIENCE
    while not _try(descriptor):
        if time.monotonic() > deadline:
            raise LockedError(
                f"{path}: still held by what a killed release (process {owner}) had started",
                why="one of its compilers has not ended yet",
                then="run the same command again in a moment",
            )
        time.sleep(0.1)


def _owner(descriptor: int, path: Path) -> int:
    """The process that says it holds the lock, or 0; what no release wrote is nothing to end."""
    text = os.pread(descriptor, 32, 0).strip()
    if text and not text.isdigit():
        raise LockedError(
            f"{path}: another process holds it, and the number of a release is not in it",
            why="the file was overwritten, or another program uses it as its own",
            then="wait for that process or end it (fuser names it: "
            f"fuser {path}), or use another folder with --build FOLDER",
        )
    return int(text or b"0")


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _works_here(process: int, path: Path) -> bool:
    """Say whether `process` lives and holds our lock (a number may have been given to another)."""
    if Path("/proc/self/fd").is_dir():
        return process in holders(path)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end_leftovers(path: Path) -> None:
    """End the processes that hold our lock file open: only a dead run's children do."""
    for process in holders(path):
        if process != os.getpid():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)


def holders(path: Path) -> list[int]:
    """List the processes that have `path` open (Linux; elsewhere nobody is listed)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            if any(_links_to(link, path) for link in folder.iterdir()):
                found.append(int(folder.parent.name))
    return found


def _links_to(link: Path, path: Path) -> bool:
    try:
        return link.samefile(path)
    except OSError:
        return False
