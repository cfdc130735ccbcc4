# SPDX-License-Identifier: Apache-2.0
"""Run trivet-check on a backend in a child process, and judge what it printed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from blas_probe.recipe import Expect
from wheels.command import Log, call, describe_status
from wheels.errors import CommandTimeoutError, WheelsError

CHECK_TIMEOUT = 300.0  # seconds; --quick takes a few on an idle machine
FULL_TIMEOUT = 900.0  # seconds
SPEED_TRIES = 3  # another program on this machine can slow down one try, not every one
SPEED_SIZE = 512  # floors hold for gemm from this size on
ELEMENT_TYPES = "sdcz"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One line that trivet-check printed."""

    name: str
    kind: str
    op: str
    type: str
    shape: tuple[int, ...]
    ratio: float | None
    threshold: float | None
    ok: bool
    gflops: float | None
    share: float | None
    problem: str


@dataclass(frozen=True, kw_only=True)
class Worst:
    """The largest ratio of error to expected error of one operation."""

    op: str
    ratio: float
    threshold: float
    case: str


@dataclass(frozen=True, kw_only=True)
class Speed:
    """The best share of the FMA peak that one element type reached in gemm."""

    type: str
    share: float
    gflops: float
    case: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a run of the check program proves."""

    failures: tuple[str, ...]
    """One line each; empty when everything held."""
    cases: int
    worst: tuple[Worst, ...]
    speeds: tuple[Speed, ...]
    defects: tuple[str, ...]
    """Known defects that were met, as the recipe's `expect` rows foretold."""
    floor: float
    summary: Mapping[str, Any]
    seconds: float

    @property
    def green(self) -> bool:
        """Say whether everything held."""
        return not self.failures

    @property
    def worst_share(self) -> float | None:
        """The worst ratio over its threshold; above 1 is a failure."""
        return max((row.ratio / row.threshold for row in self.worst), default=None)

    @property
    def speed_share(self) -> float | None:
        """The slowest element type's share of the peak."""
        return min((row.share for row in self.speeds), default=None)


def failed(reason: str, *, floor: float = 0.0, seconds: float = 0.0) -> Verdict:
    """Return the verdict on something that could not even be run."""
    return Verdict(
        failures=(reason,),
        cases=0,
        worst=(),
        speeds=(),
        defects=(),
        floor=floor,
        summary={},
        seconds=seconds,
    )


def check_backend(
    program: Path,
    backend: Path,
    *,
    env: Mapping[str, str],
    floor: float,
    log: Log,
    expects: Sequence[Expect] = (),
    full: bool = False,
    speed: bool = True,
    types: str = ELEMENT_TYPES,
    prefix: Sequence[str] = (),
) -> Verdict:
    """Run the numeric and speed cases; whatever goes wrong is a failed verdict, never an error.

    `expects` are the known defects of this library, `prefix` is an emulator's command line.
    """
    argv = [*prefix, str(program), str(backend), "--full" if full else "--quick"]
    limit = FULL_TIMEOUT if full else CHECK_TIMEOUT
    argv += ["--types", types]
    lines, seconds, problem = _run([*argv, "--numeric"], env, log, limit)
    for _ in range(SPEED_TRIES if speed and not problem else 0):
        more, extra, problem = _run([*argv, "--speed"], env, log, limit)
        seconds += extra
        lines += more
        if problem or not speed_failures(speeds_of(parse(lines).cases), floor):
            break
    return judge(
        lines,
        floor=floor,
        problem=problem,
        seconds=seconds,
        speed=speed,
        types=types,
        expects=expects,
    )


def _run(
    argv: Sequence[str], env: Mapping[str, str], log: Log, limit: float
) -> tuple[list[str], float, str]:
    """Return the lines printed, the seconds taken, and what kept it from ending well."""
    try:
        done = call(argv, env=env, log=log, timeout=limit, check=False, errors_apart=True)
    except CommandTimeoutError:
        return [], limit, f"hung: no end after {limit:.0f} s"
    except WheelsError as error:
        return [], 0.0, str(error)
    problem = ""
    if done.returncode == 2:
        said = (done.errors.strip() or done.output.strip() or "no message").splitlines()[-1]
        problem = f"cannot be loaded: {said}"
    elif done.returncode not in (0, 1):
        problem = f"crashed: {describe_status(done.returncode)}"
    return done.output.splitlines(), done.seconds, problem


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """The lines of a run, sorted out."""

    cases: tuple[Case, ...]
    summaries: tuple[Mapping[str, Any], ...]
    garbage: tuple[str, ...]


def parse(lines: Iterable[str]) -> Parsed:
    """Read JSON lines; what is none, or lacks fields, is garbage."""
    cases: list[Case] = []
    summaries: list[Mapping[str, Any]] = []
    garbage: list[str] = []
    for line in lines:
        try:
            row = json.loads(line)
            if "summary" in row:
                summaries.append(row["summary"])
            elif "case" in row:
                cases.append(_case(row))
        except (ValueError, TypeError, KeyError):
            garbage.append(line[:120])
    return Parsed(cases=tuple(cases), summaries=tuple(summaries), garbage=tuple(garbage))


def _case(row: Mapping[str, Any]) -> Case:
    return Case(
        name=str(row["case"]),
        kind=str(row["kind"]),
        op=str(row.get("op") or ""),
        type=str(row.get("type") or ""),
        shape=tuple(row.get("shape") or ()),
        ratio=_number(row.get("ratio")),
        threshold=_number(row.get("threshold")),
        ok=row["ok"] is True,
        gflops=_number(row.get("gflops")),
        share=_number(row.get("share")),
        problem=str(row.get("problem") or ""),
    )


def _number(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def judge(
    lines: Sequence[str],
    *,
    floor: float,
    problem: str,
    seconds: float,
    speed: bool,
    types: str = ELEMENT_TYPES,
    expects: Sequence[Expect] = (),
) -> Verdict:
    """Turn what was printed into a verdict; missing evidence is a failure.

    A case that fails as an `expect` row foretells is recorded, not a failure; a row none of whose
    cases fails any more is one: the defect is cured, and the row must go.
    """
    parsed = parse(lines)
    numeric = [case for case in parsed.cases if case.kind != "speed"]
    speeds = speeds_of(parsed.cases)
    reasons = [problem] if problem else []
    bad = [case for case in numeric if not _held(case)]
    reasons += [_describe(case) for case in bad if not _foretold(case, expects)]
    if parsed.garbage:
        reasons.append(f"printed {len(parsed.garbage)} lines that are no JSON: {parsed.garbage[0]}")
    if not problem:
        reasons += _missing(numeric, parsed, types)
        reasons += _cured(numeric, bad, expects)
        reasons += speed_failures(speeds, floor) if speed else []
    return Verdict(
        failures=tuple(reasons),
        cases=len(numeric),
        worst=worst_of(case for case in numeric if case not in bad or not _foretold(case, expects)),
        defects=tuple(row.reason for row in expects if any(_foretold(c, [row]) for c in bad)),
        speeds=speeds,
        floor=floor,
        summary=parsed.summaries[-1] if parsed.summaries else {},
        seconds=seconds,
    )


def _held(case: Case) -> bool:
    within = case.threshold is None or (case.ratio is not None and case.ratio <= case.threshold)
    return case.ok and (within or case.threshold == 0)


def _foretold(case: Case, expects: Sequence[Expect]) -> bool:
    return any(row.outcome == "fail" and fnmatchcase(case.name, row.case) for row in expects)


def _cured(numeric: Sequence[Case], bad: Sequence[Case], expects: Sequence[Expect]) -> list[str]:
    """Name the known defects whose cases were run and all held."""
    gone = [
        row
        for row in expects
        if any(_foretold(case, [row]) for case in numeric)
        and not any(_foretold(case, [row]) for case in bad)
    ]
    return [
        f"known defect `{row.case}` is cured ({row.reason}); remove its expect row from the recipe"
        for row in gone
    ]


def _describe(case: Case) -> str:
    if case.problem:
        return f"{case.name}: {case.problem}"
    return f"{case.name}: ratio {case.ratio} over the threshold {case.threshold}"


def _missing(numeric: Sequence[Case], parsed: Parsed, types: str) -> list[str]:
    reasons = []
    if not parsed.summaries:
        reasons.append("ended without its summary line")
    tested = {case.type for case in numeric if case.op == "gemm"}
    if absent := [name for name in types if name not in tested]:
        reasons.append(f"no gemm case of type {', '.join(absent)} was run")
    return reasons


def worst_of(cases: Iterable[Case]) -> tuple[Worst, ...]:
    """The worst ratio per operation, against its threshold."""
    worst: dict[str, Worst] = {}
    for case in cases:
        if case.ratio is None or not case.threshold:
            continue
        row = Worst(op=case.op, ratio=case.ratio, threshold=case.threshold, case=case.name)
        known = worst.get(case.op)
        if known is None or row.ratio / row.threshold > known.ratio / known.threshold:
            worst[case.op] = row
    return tuple(row for _, row in sorted(worst.items()))


def speeds_of(cases: Iterable[Case]) -> tuple[Speed, ...]:
    """The best gemm of each element type among the sizes that a floor holds for."""
    best: dict[str, Speed] = {}
    for case in cases:
        counts = case.kind == "speed" and case.op == "gemm" and min(case.shape, default=0)
        if not counts or counts < SPEED_SIZE or case.share is None:
            continue
        row = Speed(type=case.type, share=case.share, gflops=case.gflops or 0.0, case=case.name)
        if case.type not in best or row.share > best[case.type].share:
            best[case.type] = row
    return tuple(row for _, row in sorted(best.items()))


def speed_failures(speeds: Sequence[Speed], floor: float) -> list[str]:
    """Say which element types are slower than the recipe's floor."""
    reasons = [
        f"gemm of type {row.type} reaches {row.share:.2f} of the FMA peak, the floor is {floor:.2f}"
        for row in speeds
        if row.share < floor
    ]
    return reasons if speeds else ["no speed of gemm was measured"]
