# SPDX-License-Identifier: Apache-2.0
"""The way of each system to put into a wheel what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from wheels.command import Log
from wheels.repair.elf import repair as repair_elf
from wheels.repair.job import Job, Repaired
from wheels.repair.macho import repair as repair_macho
from wheels.repair.pe import repair as repair_pe
from wheels.rows import Platform

WAYS: Mapping[str, Callable[[Job], Repaired]] = {
    "linux": repair_elf,
    "macos": repair_macho,
    "windows": repair_pe,
}


def repair(
    wheel: Path,
    folder: Path,
    *,
    platform: Platform,
    search: Sequence[Path],
    excluded: Mapping[str, Path],
    declared: tuple[int, int],
    env: Mapping[str, str],
    log: Log,
    recipes: Path | None = None,
) -> Repaired:
    """Repair `wheel` and unpack the result into `folder`/tree; the same bytes each time.

    `excluded` are the libraries (soname -> file) that a run-time requirement brings, `declared`
    the oldest glibc that this requirement's own wheels name, `recipes` the folder with the rows of
    systems (None: the checkout's).
    """
    job = Job(
        wheel=wheel, folder=folder, platform=platform, search=tuple(search), excluded=excluded,
        declared=declared, env=env, log=log, recipes=recipes,
    )  # fmt: skip
    return WAYS[platform.system](job)
