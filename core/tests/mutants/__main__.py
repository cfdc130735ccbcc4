# SPDX-License-Identifier: Apache-2.0
"""Plant every defect and tell which checks catch it.

    python -m core.tests.mutants [--only GLOB] [--record]

The exit code is not 0 when trivet-check lets a mutant pass, or when anything catches a control.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from core.tests.check.building import ROOT
from core.tests.mutants import results
from core.tests.mutants.fetch import Missing
from core.tests.mutants.harness import Harness, controls
from core.tests.mutants.rows import Mutant, RowError, read
from core.tests.mutants.run import run_all
from core.tests.mutants.verdict import ALL, Verdict
from wheels.progress import Progress, progress_on, wants_bars


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    made = argparse.ArgumentParser(prog="python -m core.tests.mutants", description=__doc__)
    made.add_argument("--only", action="append", default=[], metavar="GLOB", help="ids of mutants")
    made.add_argument("--skip", action="append", default=[], choices=ALL, help="do not ask it")
    made.add_argument(
        "--provider", default="*", metavar="GLOB", help="the path of the library behind wrappers"
    )
    made.add_argument("--work", type=Path, default=ROOT / "build/mutants", metavar="FOLDER")
    made.add_argument("--jobs", type=int, default=2, metavar="N")
    made.add_argument("--list", action="store_true", help="print the rows alone")
    made.add_argument("--record", action="store_true", help="write results.json and results.md")
    return made


def chosen(only: Sequence[str]) -> list[Mutant]:
    """The rows that a glob fits, after the controls of their kinds."""
    rows = [m for m in read() if not only or any(fnmatchcase(m.id, glob) for glob in only)]
    return [*controls(rows), *rows]


def main(words: Sequence[str] | None = None) -> int:
    """Run the command."""
    options = parser().parse_args(words)
    mutants = chosen(options.only)
    if options.list:
        print("\n".join(f"{row.id:40} {row.kind:8} {row.types:5} {row.wrong}" for row in mutants))
        return 0
    harness = Harness(options.work, options.provider, options.skip)
    failed: list[str] = []
    with progress_on(bars=wants_bars(sys.stderr, os.environ)) as shown:
        said = _reporter(shown, len(mutants), failed)
        verdicts = run_all(harness, mutants, options.jobs, results.recorded(), said)
    print(results.markdown(mutants, verdicts, results.machine()))
    wrong = results.survivors(mutants, verdicts)
    print("\n".join(f"NOT CAUGHT: {name}" for name in wrong))
    print("\n".join(f"NOT RUN: {text}" for text in failed))
    if options.record:
        known = {**results.recorded(), **{verdict.id: verdict for verdict in verdicts}}
        rows = chosen([])
        results.write(rows, [known[row.id] for row in rows if row.id in known])
    return 1 if wrong or failed else 0


def _reporter(
    shown: Progress, total: int, failed: list[str]
) -> Callable[[Mutant, Verdict | None, str], None]:
    shown.stage("mutants", total)

    def said(mutant: Mutant, verdict: Verdict | None, problem: str) -> None:
        if verdict is None:
            failed.append(f"{mutant.id}: {problem}")
            shown.done(mutant.id, problem.splitlines()[0], 0.0)
            return
        tools = ", ".join(n for n in ALL if verdict.caught_by([n])) or "nothing"
        shown.done(mutant.id, f"caught by {tools}", sum(
            outcome.seconds for outcome in verdict.outcomes.values()))  # fmt: skip

    return said


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Missing, RowError) as error:
        sys.exit(f"mutants: {error}")
    except KeyboardInterrupt:
        sys.exit("mutants: interrupted; the same command goes on where this one stopped")
