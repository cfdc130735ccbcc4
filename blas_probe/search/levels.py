# SPDX-License-Identifier: Apache-2.0
"""Folders of glibc's loader for newer CPUs (glibc-hwcaps), which it looks into first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

FOLDER = "glibc-hwcaps"
# Level, and what /proc/cpuinfo must tell beyond the level before it. Other architectures' levels
# are searched for libraries, but no loader is expected to take them.
LEVELS = (
    ("x86-64-v2", "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"),
    ("x86-64-v3", "abm avx avx2 bmi1 bmi2 f16c fma movbe xsave"),
    ("x86-64-v4", "avx512bw avx512cd avx512dq avx512f avx512vl"),
)
ENOUGH = 1 << 14
"""Bytes of the list that describe the first CPU."""


def own_levels(root: Path) -> tuple[str, ...]:
    """The levels that the first CPU of the system below `root` has, best first."""
    try:
        with (root / "proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            lines = file.read(ENOUGH).splitlines()
    except OSError:
        return ()
    told = next((line for line in lines if line.startswith("flags")), "")
    return tuple(reversed(list(reached(set(told.split())))))


def reached(flags: set[str]) -> Iterator[str]:
    """Each level whose needs, and those below it, are met."""
    for level, needs in LEVELS:
        if not flags.issuperset(needs.split()):
            return
        yield level


def level_of(path: str) -> str | None:
    """The level for which the file at `path` was made; None for a file for all CPUs."""
    _, found, below = path.partition(f"/{FOLDER}/")
    return below.split("/")[0] if found else None


def in_order(paths: Sequence[str], levels: Sequence[str]) -> list[str]:
    """The paths that a CPU of these levels takes, the most special first."""
    ranks = {level: rank for rank, level in enumerate((*levels, None))}
    taken = [path for path in paths if level_of(path) in ranks]
    return sorted(taken, key=lambda path: ranks[level_of(path)])
