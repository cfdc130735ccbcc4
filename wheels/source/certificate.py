# SPDX-License-Identifier: Apache-2.0
"""The short numeric check of a backend that was just built, and what it leaves in the wheel."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from blas_probe.recipe import Expect
from wheels.check import Case, parse, worst_of
from wheels.command import call, describe_status
from wheels.source.errors import Refused

CHECK_SECONDS = 300.0
SHOWN_FAILURES = 8
TOLERATED = ("fail",)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the check said, in a sentence, and the known defects that it met."""

    text: str
    defects: tuple[str, ...] = ()


def not_run(why: str) -> Checked:
    """No check, and why."""
    return Checked(text=f"not run: {why}")


def check_backend(
    program: Path, backend: Path, environ: Mapping[str, str], expects: Sequence[Expect] = ()
) -> Checked:
    """Run `trivet-check --quick --numeric`; Refused lists what failed and is no known defect."""
    words = [str(program), str(backend), "--quick", "--numeric"]
    done = call(words, env=environ, timeout=CHECK_SECONDS, check=False)
    parsed = parse(done.output.splitlines())
    if done.returncode not in (0, 1) or not parsed.summaries:
        said = done.output.strip().splitlines()[-SHOWN_FAILURES:]
        raise Refused(_unusable(backend, describe_status(done.returncode), said))
    return judge(backend.name, parsed.cases, expects)


def judge(name: str, cases: Sequence[Case], expects: Iterable[Expect]) -> Checked:
    """One sentence on cases that held; Refused when one failed that no `expect` row foretold."""
    rows = tuple(expects)
    failed = [case for case in cases if not case.ok]
    unknown = [case for case in failed if not _foretold(case, rows)]
    if unknown:
        raise Refused(_failed(name, unknown))
    if not cases:
        raise Refused(_unusable(Path(name), "no case", []))
    held = [case for case in cases if case.ok]
    shares = [row.ratio / row.threshold for row in worst_of(held)]
    text = (
        f"numeric: {len(held)} cases held, worst at {max(shares, default=0.0):.2f} of its threshold"
    )
    met = tuple(row.reason for row in rows if any(_foretold(case, [row]) for case in failed))
    if failed:
        text += f"; {len(failed)} failed as known: {'; '.join(met)}"
    return Checked(text=text, defects=met)


def _foretold(case: Case, expects: Iterable[Expect]) -> bool:
    return any(row.outcome in TOLERATED and fnmatchcase(case.name, row.case) for row in expects)


def _failed(name: str, bad: Sequence[Case]) -> str:
    lines = [f"the backend was built but gives wrong results ({name}, {len(bad)} cases)"]
    lines += [
        f"  {case.name}: {case.problem or f'ratio {case.ratio} over {case.threshold}'}"
        for case in bad[:SHOWN_FAILURES]
    ]
    lines.append("  next: choose another provider with -C trivet.blas=NAME")
    return "\n".join(lines)


def _unusable(backend: Path, status: str, said: Iterable[str]) -> str:
    lines = [f"the backend was built but trivet-check cannot use it ({backend.name}, {status})"]
    lines += [f"  {line}" for line in said]
    lines.append("  next: choose another provider with -C trivet.blas=NAME")
    return "\n".join(lines)


def certificate_text(variant: str, checked: Checked) -> str:
    """certificate.json; a source build measures no speed, so it has no score."""
    data = {
        "id": variant,
        "scores": {},
        "origin": "source build",
        "checked": checked.text,
        "defects": list(checked.defects),
    }
    return json.dumps(data, indent=1, sort_keys=True) + "\n"
