# SPDX-License-Identifier: Apache-2.0
"""The short numeric check of a backend that was just built, and what it leaves in the wheel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wheels.command import call
from wheels.source.errors import Refused

CHECK_SECONDS = 300.0
SHOWN_FAILURES = 8


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the check said: a sentence, and the cases that it ran."""

    text: str
    cases: int = 0
    worst: float = 0.0
    """Largest ratio of error to threshold."""


def not_run(why: str) -> Checked:
    """No check, and why."""
    return Checked(text=f"not run: {why}")


def check_backend(program: Path, backend: Path, environ: Mapping[str, str]) -> Checked:
    """Run `trivet-check --quick --numeric`; Refused lists the cases that failed."""
    words = [str(program), str(backend), "--quick", "--numeric"]
    done = call(words, env=environ, timeout=CHECK_SECONDS, check=False)
    rows = case_rows(done.output)
    if done.returncode != 0:
        raise Refused(_failed(backend, done.returncode, rows, done.output))
    return summarise(rows)


def case_rows(output: str) -> list[dict[str, Any]]:
    """The JSON lines of trivet-check that describe a case; other lines are passed over."""
    rows = []
    for line in output.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and "case" in row:
            rows.append(row)
    return rows


def summarise(rows: Sequence[Mapping[str, Any]]) -> Checked:
    """One sentence on cases that all held."""
    shares = [
        row["ratio"] / row["threshold"]
        for row in rows
        if row.get("threshold") and row.get("ratio") is not None
    ]
    worst = max(shares, default=0.0)
    return Checked(
        text=f"numeric: {len(rows)} cases held, worst at {worst:.2f} of its threshold",
        cases=len(rows),
        worst=worst,
    )


def _failed(backend: Path, status: int, rows: Sequence[Mapping[str, Any]], output: str) -> str:
    bad = [row for row in rows if not row.get("ok", False)]
    lines = [f"the backend was built but gives wrong results ({backend.name}, exit {status})"]
    lines += [
        f"  {row['case']}: ratio {row.get('ratio')} over {row.get('threshold')}"
        for row in bad[:SHOWN_FAILURES]
    ]
    if not bad:
        what = f"({backend.name}, exit {status})"
        lines = [f"the backend was built but trivet-check cannot use it {what}"]
        lines += [f"  {line}" for line in output.strip().splitlines()[-SHOWN_FAILURES:]]
    lines.append("  next: choose another provider with -C trivet.blas=NAME")
    return "\n".join(lines)


def certificate_text(variant: str, checked: Checked) -> str:
    """certificate.json; a source build measures no speed, so it has no score."""
    data = {"id": variant, "scores": {}, "origin": "source build", "checked": checked.text}
    return json.dumps(data, indent=1, sort_keys=True) + "\n"
