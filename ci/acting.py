# SPDX-License-Identifier: Apache-2.0
"""The commands of `python3 -m ci` that read files and start processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ci.errors import CiError, SkippedEverywhere
from ci.matrix import Job, jobs
from ci.skips import complaints, read_allowed, read_report, skipped_everywhere
from wheels.plan import Plan
from wheels.rows import load_rows

ROOT = Path(__file__).resolve().parents[1]


def read_plan(path: Path | None) -> Plan:
    """The plan in a file of `wheels plan --json`; without one, a new plan for this machine."""
    if path is None:
        return Plan.from_json(new_plan())
    try:
        return Plan.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read: {error}\n  next: leave --plan out"
        raise CiError(msg) from error


def new_plan() -> str:
    """The JSON that the session `plan` prints on standard output (nox talks on the other one)."""
    line = [sys.executable, "noxfile.py", "-s", "plan", "--", "--json"]
    print(f"$ {' '.join(line)}", file=sys.stderr, flush=True)
    done = subprocess.run(
        line, cwd=ROOT, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    if done.returncode != 0:
        msg = "no plan could be made; the reason is above\n  next: python3 noxfile.py -s plan"
        raise CiError(msg)
    return done.stdout


def read_jobs(plan: Path | None, only: Sequence[str]) -> tuple[Job, ...]:
    """The jobs of the plan's cells that match `only` (all when empty)."""
    rows = load_rows(ROOT / "recipes")
    return jobs(read_plan(plan).only(tuple(only)), rows.pythons, rows.platforms)


def run_cell(cell: str) -> int:
    """Do one job's work here: everything of the release that this cell needs, and no more."""
    line = [sys.executable, "noxfile.py", "-s", "wheels", "--", "--only", cell]
    print(f"$ {' '.join(line)}", file=sys.stderr, flush=True)
    return subprocess.run(line, cwd=ROOT, check=False, stdin=subprocess.DEVNULL).returncode


def guard(reports: Sequence[Path], allowed: Path) -> int:
    """Print what no job ran; SkippedEverywhere when that is not allowed."""
    read = [read_report(path) for path in reports]
    count = len({outcome.test for report in read for outcome in report})
    skipped = skipped_everywhere(read)
    lines = complaints(skipped, read_allowed(allowed), ran_somewhere=bool(count))
    if lines:
        text = "\n  ".join(lines)
        msg = (
            f"{len(lines)} of {count} tests ran in no job:\n  {text}\n"
            f"  next: give a job what they need, or allow them with a reason in {allowed.name}"
        )
        raise SkippedEverywhere(msg)
    print(
        f"ci: {count} tests in {len(read)} reports; {len(skipped)} skipped everywhere, all allowed"
    )
    return 0
