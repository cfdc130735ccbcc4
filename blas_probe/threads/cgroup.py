# SPDX-License-Identifier: Apache-2.0
"""How much CPU time do Linux control groups (version 1 and 2) leave to this process?

Everything is read below a given root folder, so that tests make their own trees.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from blas_probe.look import first_bytes

CONTROLLER = "cpu"
USUAL_PERIOD = "100000"
OCTAL = re.compile(r"\\([0-7]{3})")
UP = re.compile(r"/?(?:\.\.(?:/|\Z))*")
MOST_GROUPS, MOST_LEVELS, MOST_BYTES = 20_000, 40, 1 << 24


class Quota(NamedTuple):
    """A limit on CPU time."""

    cpus: float
    """CPUs' worth of time; 1.5 is 150 ms in each 100 ms."""
    source: str
    """The file that says so."""


class Mount(NamedTuple):
    """A place where a hierarchy of control groups is visible."""

    point: str
    root: str
    """The group that is seen at `point`; not `/` in many containers."""
    version: int


def cpu_quota(root: Path, process: str = "self") -> Quota | None:
    """The tightest limit of the process's group and its ancestors; None without any."""
    folder = root / "proc" / process
    mounts = mounted(_text(folder / "mountinfo"))
    groups = groups_of(_text(folder / "cgroup"))
    limits = [
        limit
        for mount in mounts
        if mount.version in groups
        for limit in limits_of(root, mount, groups[mount.version], process)
    ]
    return min(limits, default=None)


def groups_of(text: str) -> dict[int, str]:
    """Version of the hierarchy -> the process's group in it, from /proc/self/cgroup."""
    groups = {}
    for line in text.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            groups[2] = path
        elif CONTROLLER in controllers.split(","):
            groups[1] = path
    return groups


def mounted(text: str) -> list[Mount]:
    """Where hierarchies that limit CPU time are visible, from /proc/self/mountinfo."""
    mounts = []
    for line in text.splitlines():
        before, found, after = line.partition(" - ")
        columns, kinds = before.split(), after.split()
        if not found or len(columns) < 5 or not kinds:
            continue
        options = kinds[2].split(",") if len(kinds) > 2 else []
        version = {"cgroup2": 2, "cgroup": 1}.get(kinds[0])
        if version == 2 or (version == 1 and CONTROLLER in options):
            mounts.append(Mount(_plain(columns[4]), _plain(columns[3]), version))
    return mounts


def limits_of(root: Path, mount: Mount, group: str, process: str) -> Iterator[Quota]:
    """The limits from the process's own group up to the one at the mount point."""
    read = {1: _limit_1, 2: _limit_2}[mount.version]
    hidden = _levels_up(mount.root) - _levels_up(group)
    if 0 < hidden <= MOST_LEVELS:
        own = _hidden_group(root, mount, group, hidden, process)
    else:
        own = below_mount(mount.root, group)
    for below in ancestry(own):
        path = posixpath.join(mount.point, below)
        limit = read(root / path.lstrip("/"))
        if limit is not None:
            yield Quota(limit[0], posixpath.join(path, limit[1]))


def below_mount(mount_root: str, group: str) -> str:
    """The group's path seen from the mount point; empty when it lies elsewhere."""
    if _levels_up(group) > _levels_up(mount_root):
        return ""  # it lies above all that the mount shows
    base = posixpath.normpath(mount_root)
    path = posixpath.normpath("/" + group.lstrip("/"))
    if base in ("/", "//"):
        return path.strip("/")
    if path == base or path.startswith(base + "/"):
        return path[len(base) :].strip("/")
    return ""  # a namespace hides it: what the mount shows at its top is ours


def _levels_up(path: str) -> int:
    """How far a path leaves the root of a control group namespace: 2 for `/../../a`."""
    match = UP.match(path)
    return match[0].count("..") if match else 0


def _hidden_group(root: Path, mount: Mount, group: str, levels: int, process: str) -> str:
    """The group's path below a mount that was made outside the namespace; empty if not found.

    The names between the two are told nowhere, but the group lists this process.
    """
    inside = UP.sub("", group, count=1).strip("/")
    pid = os.path.basename(os.path.realpath(root / "proc" / process))  # noqa: PTH119
    top = root / mount.point.lstrip("/")
    for folder in islice(top.glob("/".join("*" * levels)), MOST_GROUPS):
        if pid in _text(folder / inside / "cgroup.procs").split():
            return (folder / inside).relative_to(top).as_posix()
    return ""


def ancestry(path: str) -> Iterator[str]:
    """`a/b`, `a` and the empty path."""
    while path:
        yield path
        path = posixpath.dirname(path)
    yield ""


def _limit_2(folder: Path) -> tuple[float, str] | None:
    words = _text(folder / "cpu.max").split()
    if len(words) == 1:
        words.append(USUAL_PERIOD)
    return _share(words[0], words[1], "cpu.max") if len(words) == 2 else None


def _limit_1(folder: Path) -> tuple[float, str] | None:
    name = "cpu.cfs_quota_us"
    return _share(_text(folder / name), _text(folder / "cpu.cfs_period_us"), name)


def _share(quota: str, period: str, name: str) -> tuple[float, str] | None:
    """Quota over period; None for `max`, -1 and whatever is no number."""
    try:
        allowed, length = int(quota), int(period)
        return (allowed / length, name) if allowed > 0 and length > 0 else None
    except (OverflowError, ValueError):
        return None


def _plain(text: str) -> str:
    return OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def _text(path: Path) -> str:
    return first_bytes(path, MOST_BYTES, sized=False).decode("utf-8", "surrogateescape")
