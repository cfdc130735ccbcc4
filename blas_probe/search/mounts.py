# SPDX-License-Identifier: Apache-2.0
"""Mounts that do not answer: a server that is gone would stop every search that looks there.

Only file systems of other machines, and of programs (FUSE), are tried, each path in a thread that
nobody waits for longer than a moment.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from blas_probe.look import first_bytes

REMOTE = re.compile(
    r"nfs|cifs|smb|fuse|9p|lustre|gpfs|beegfs|ceph|afs|gluster|panfs|pvfs|orangefs|autofs|sshfs"
)
MOST_BYTES = 1 << 24
PATIENCE = 2.0
"""Seconds for a path to answer; all are asked at once."""
SOURCE_SECONDS = 5.0
"""Seconds for one source of candidates where a mount is known to be silent."""
OCTAL = re.compile(r"\\([0-7]{3})")
T = TypeVar("T")


class Mount(NamedTuple):
    """A file system that may not answer."""

    point: str
    kind: str


def remote_mounts(root: Path) -> list[Mount]:
    """The mounts of other machines and of programs, from Linux's own list; none elsewhere."""
    data = first_bytes(root / "proc/self/mountinfo", MOST_BYTES, sized=False)
    mounts = []
    for line in data.decode("utf-8", "surrogateescape").splitlines():
        before, found, after = line.partition(" - ")
        columns, kinds = before.split(), after.split()
        if found and len(columns) > 4 and kinds and REMOTE.match(kinds[0]):
            point = OCTAL.sub(lambda match: chr(int(match[1], 8)), columns[4])
            if point != "/":
                mounts.append(Mount(point, kinds[0]))
    return mounts


def silent(
    mounts: Sequence[Mount],
    paths: Iterable[str],
    *,
    seconds: float = PATIENCE,
    look: Callable[[str], object] = os.stat,
) -> list[Mount]:
    """The mounts of which a path, or the mount point, does not answer."""
    asked = {path: mount for path in paths if (mount := mount_of(path, mounts)) is not None}
    asked |= {mount.point: mount for mount in mounts}
    threads = {path: _started(look, path) for path in asked}
    deadline = time.monotonic() + seconds
    for thread in threads.values():
        thread.join(max(0.0, deadline - time.monotonic()))
    return list(dict.fromkeys(asked[path] for path, one in threads.items() if one.is_alive()))


def _started(look: Callable[[str], object], path: str) -> threading.Thread:
    def ask() -> None:
        try:
            look(path)
        except (OSError, ValueError):
            return  # an error is an answer

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread


def mount_of(path: str, mounts: Sequence[Mount]) -> Mount | None:
    """The innermost of the mounts that a path lies on, by its text alone."""
    text = os.path.normpath(path)
    above = [one for one in mounts if text == one.point or text.startswith(f"{one.point}/")]
    return max(above, key=lambda one: len(one.point), default=None)


def folders_named(environ: Mapping[str, str]) -> list[str]:
    """All absolute paths in variables that hold one, or a list of them."""
    parts = [part for value in environ.values() for part in re.split("[:;]", value)]
    return [part for part in parts if part.startswith("/")]


def without(environ: Mapping[str, str], mounts: Sequence[Mount]) -> dict[str, str]:
    """The environment without the paths that lie on these mounts."""

    def kept(value: str) -> str:
        parts = re.split("([:;])", value)
        return "".join("" if mount_of(part, mounts) else part for part in parts)

    return {name: kept(value) if "/" in value else value for name, value in environ.items()}


def patiently(source: Callable[[], Iterable[T]], *, seconds: float = SOURCE_SECONDS) -> list[T]:
    """What the source gives within its time."""
    found: list[T] = []

    def collect() -> None:
        for one in source():
            found.append(one)

    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    thread.join(seconds)
    return list(found)
