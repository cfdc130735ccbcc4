# SPDX-License-Identifier: Apache-2.0
"""The table at the end of a release: one row per artefact."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NOT_RUN = "not run"
HEAD = ("artefact", "tag", "size", "worst", "speed", "status", "seconds")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What became of one artefact."""

    artefact: str
    tag: str
    size: int | None
    """Bytes; None when there is no wheel."""
    worst: float | None
    """Largest numeric ratio over its threshold; None when not run."""
    speed: float | None
    """Slowest gemm's share of the FMA peak; None when not run."""
    status: str
    """`shipped`, `FAILED`, `not built` or `not run`."""
    reason: str
    seconds: float
    left_out: tuple[str, ...] = ()
    """What of its proof nothing on this machine could run, and why."""

    @property
    def good(self) -> bool:
        """Say whether the artefact lies in dist/."""
        return self.status == "shipped"


def to_data(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rows as JSON."""
    return [dataclasses.asdict(row) for row in rows]


def table(rows: Sequence[Row]) -> str:
    """Render the rows as plain text in columns."""
    texts = [HEAD, *(_texts(row) for row in rows)]
    widths = [max(len(line[place]) for line in texts) for place in range(len(HEAD))]
    lines = [
        "  ".join(
            text.rjust(width) if place in (2, 3, 4, 6) else text.ljust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in texts
    ]
    reasons = [f"  {row.artefact}: {row.reason}" for row in rows if row.reason]
    if reasons:
        lines += ["", "what failed:", *reasons]
    groups: dict[str, list[str]] = {}
    for row in rows:
        for text in row.left_out:
            groups.setdefault(text, []).append(row.artefact)
    if groups:
        lines += ["", "what was not run:"]
        lines += [f"  {text}: {', '.join(names)}" for text, names in groups.items()]
    return "\n".join(lines)


def _texts(row: Row) -> tuple[str, ...]:
    return (
        row.artefact,
        row.tag or "-",
        f"{row.size / 1e6:.1f} MB" if row.size is not None else "-",
        f"{row.worst:.2f}" if row.worst is not None else NOT_RUN,
        f"{row.speed:.0%}" if row.speed is not None else NOT_RUN,
        row.status,
        f"{row.seconds:.1f}",
    )
