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


def read_plan(path: Path) -> Plan:
    """The plan that `wheels plan` wrote; it is made when it is not there."""
    if not path.is_file():
        _run("noxfile.py", "-s", "plan", quiet=True)
    if not path.is_file():
        msg = f"{path} does not exist\n  next: python3 noxfile.py -s plan"
        raise CiError(msg)
    return Plan.from_json(path.read_text(encoding="utf-8"))


def read_jobs(plan: Path, only: Sequence[str]) -> tuple[Job, ...]:
    """The jobs of the plan's cells that match `only` (all when empty)."""
    rows = load_rows(ROOT / "recipes")
    return jobs(read_plan(plan).only(tuple(only)), rows.pythons, rows.platforms)


def run_cell(plan: Path, cell: str) -> int:
    """Do one job's work here: everything of the release that this cell needs, and no more."""
    names = [one.id for one in read_plan(plan).only((cell,)).cells]
    print(f"ci: {len(names)} cell{'s' * (len(names) != 1)}: {', '.join(names)}", flush=True)
    return _run("noxfile.py", "-s", "wheels", "--", "--only", cell)


def _run(*words: str, quiet: bool = False) -> int:
    """Run Python on something of this checkout, its output shown as it comes."""
    line = [sys.executable, *words]
    print(f"$ {' '.join(line)}", file=sys.stderr, flush=True)
    output = sys.stderr if quiet else None  # standard output is for the answer
    done = subprocess.run(line, cwd=ROOT, check=False, stdin=subprocess.DEVNULL, stdout=output)
    return done.returncode


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
