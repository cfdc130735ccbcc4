# SPDX-License-Identifier: Apache-2.0
"""From evidence to a verdict; missing evidence is a failure. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from blas_probe.recipe import Expect
from wheels.proof.evidence import Case, Evidence
from wheels.proof.regress import Against, best_of_each, fallen

SPEED_SIZE = 512  # floors hold for gemm from this size on
ELEMENT_TYPES = "sdcz"
COUNTS = ("cases", "failed", "not_run", "seconds")  # of a run, not of what answered
ENDINGS = ("hung", "crashed", "flooded")


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
class Rate:
    """One speed case, as it was measured."""

    case: str
    op: str
    type: str
    shape: tuple[int, ...]
    threads: int | None
    """None when trivet-check did not say."""
    gflops: float | None
    share: float | None
    """Of the measured limit of this CPU or its memory."""
    noise: float | None = None
    """How far apart the measurements lay, as a part of the share; None: nobody could tell."""
    before: float | None = None
    """The share in the baseline; None: not compared."""
    accepted: float | None = None
    """The smallest share that is no regression from it."""


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How much faster a speed case is with several threads than with one."""

    case: str
    threads: int
    factor: float


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """A case about threads, forks and repeatability."""

    case: str
    held: bool
    detail: str
    """What was seen: thread counts, whether the same call twice gave the same bits, ..."""


@dataclass(frozen=True, kw_only=True)
class NotRun:
    """Something that was left out, and why."""

    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The baseline that the speeds were compared with."""

    baseline: str
    """Library, version and day."""
    origin: str
    """Name of the file."""
    cases: int
    """Number of speed cases that both have."""
    margin: float
    """A fall by less is never a regression."""


NO_SCALING = NotRun(what="thread scaling", why="no case was measured with several threads")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One run of trivet-check."""

    kind: str
    """numeric, behaviour or speed."""
    evidence: Evidence
    problem: str
    """What kept it from ending well; empty when nothing did."""
    status: int | None
    """Exit status; None when there was none."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the runs of the check program prove."""

    failures: tuple[str, ...]
    """One line each; empty when everything held."""
    cases: Mapping[str, int]
    """Kind -> number of cases that were run."""
    worst: tuple[Worst, ...]
    speeds: tuple[Speed, ...]
    rates: tuple[Rate, ...] = ()
    scaling: tuple[Scaling, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    defects: tuple[str, ...]
    """Known defects that were met, as the recipe's `expect` rows foretold."""
    floor: float
    answered: Mapping[str, str] = field(default_factory=dict)
    """What answered, by its own words: library, lapack_library, version, core, threads, ..."""
    not_run: tuple[NotRun, ...] = ()
    compared: Compared | None = None
    """None when there was no baseline to compare the speeds with; `not_run` says why."""
    ending: str = ""
    """`hung`, `crashed` or `flooded` when a run was no success and no failure of a case."""

    @property
    def green(self) -> bool:
        """Say whether everything held."""
        return not self.failures

    @property
    def was_run(self) -> bool:
        """Say whether there was a run at all."""
        return bool(self.cases or self.failures)

    @property
    def total(self) -> int:
        """All cases of right or wrong; speed is measured, not counted."""
        return sum(number for kind, number in self.cases.items() if kind != "speed")

    @property
    def worst_share(self) -> float | None:
        """The worst ratio over its threshold; above 1 is a failure."""
        return max((row.ratio / row.threshold for row in self.worst), default=None)

    @property
    def speed_share(self) -> float | None:
        """The slowest element type's share of the peak."""
        return min((row.share for row in self.speeds), default=None)


def failed(reason: str) -> Verdict:
    """Return the verdict on something that could not even be run."""
    return Verdict(failures=(reason,), cases={}, worst=(), speeds=(), defects=(), floor=0.0)


def left_out(what: str, why: str) -> Verdict:
    """The verdict where nothing was run: nothing failed, and nothing is proven."""
    row = NotRun(what=what, why=why)
    return Verdict(
        failures=(), cases={}, worst=(), speeds=(), defects=(), floor=0.0, not_run=(row,)
    )


FORETELL = ("fail", "may fail")  # outcomes of a row that say a case will not hold


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a verdict is measured by."""

    floor: float = 0.0
    """Smallest accepted share of the FMA peak; 0: any speed will do."""
    types: str = ELEMENT_TYPES
    kinds: tuple[str, ...] = ("numeric", "behaviour", "speed")
    expects: tuple[Expect, ...] = ()
    """Known defects of this library on this CPU."""
    not_run: tuple[NotRun, ...] = field(default=())
    against: Against | None = None
    """The baseline of this library on this CPU."""


def judge(parts: Sequence[Part], terms: Terms) -> Verdict:
    """Turn runs into a verdict.

    A case that fails as an `expect` row foretells is recorded, not a failure; a row none of whose
    cases fails any more is one: the defect is cured, and the row must go.
    """
    summaries = [part.evidence.summary for part in parts if part.evidence.summary]
    terms = replace(terms, expects=_here(terms.expects, summaries))
    told = [case for part in parts for case in part.evidence.cases]
    left_out = {case.name: case.not_run for case in told if case.not_run}
    cases = [case for case in told if not case.not_run]
    right = [case for case in cases if case.kind != "speed"]
    bad = [case for case in right if not held(case)]
    unknown = [case for case in bad if not foretold(case, terms.expects)]
    speeds = speeds_of(cases)
    rates = rates_of(cases, terms.against)
    scaling = scaling_of(rates)
    unscaled = "speed" in terms.kinds and "speed" not in left_out and not scaling
    reasons = [text for part in parts for text in _part_failures(part)]
    reasons += [describe_case(case) for case in unknown]
    if not any(part.problem for part in parts):
        reasons += _missing(right, terms)
        reasons += _cured(right, bad, terms.expects)
        reasons += all_slow(told, terms) if "speed" in terms.kinds else []
    met = [row for row in terms.expects if any(foretold(case, [row]) for case in bad)]
    met += [row for row in terms.expects if any(_slow(one.case, [row]) for one in speeds)]
    return Verdict(
        failures=tuple(dict.fromkeys(reasons)),
        cases=dict(sorted(Counter(case.kind for case in cases).items())),
        worst=worst_of(case for case in right if case not in bad or case in unknown),
        speeds=speeds,
        rates=rates,
        scaling=scaling,
        behaviours=tuple(
            Behaviour(case=case.name, held=held(case), detail=case.problem or case.detail)
            for case in cases
            if case.kind == "behaviour" and (case.name == case.op or not held(case))
        ),
        defects=tuple(dict.fromkeys(row.reason for row in met)),
        floor=terms.floor,
        answered={name: text for one in summaries for name, text in _words(one).items()},
        not_run=(
            *terms.not_run,
            *(NotRun(what=name, why=why) for name, why in left_out.items()),
            *([NO_SCALING] if unscaled else []),
        ),
        compared=_compared(rates, terms.against),
        ending=next((word for part in parts if (word := _ending(part))), ""),
    )


def _here(expects: Iterable[Expect], summaries: Iterable[Mapping[str, Any]]) -> tuple[Expect, ...]:
    """Leave out what shows under another emulator than the one that the runs told of."""
    emulators = {str(summary.get("emulator") or "") for summary in summaries}
    return tuple(
        row
        for row in expects
        if not row.emulators
        or any(fnmatchcase(name, glob) for name in emulators for glob in row.emulators)
    )


def _words(summary: Mapping[str, Any]) -> dict[str, str]:
    """What the backend said of itself, and the limits of this CPU."""
    peak = summary.get("peak")
    more = {f"peak_{key}": text for key, text in peak.items()} if isinstance(peak, dict) else {}
    plain = {key: text for key, text in summary.items() if key not in COUNTS}
    return {key: str(text) for key, text in {**plain, **more}.items() if not isinstance(text, dict)}


def _part_failures(part: Part) -> list[str]:
    """What is wrong with a run as a whole, whatever its cases say."""
    reasons = [part.problem] if part.problem else []
    reasons += [f"{part.kind} run: {text}" for text in part.evidence.wrong]
    if part.problem:
        return reasons
    if part.evidence.summary is None:
        reasons.append(f"{part.kind} run: ended without its summary line")
    elif part.status is not None and (part.status == 0) != all(
        case.ok for case in part.evidence.cases
    ):
        reasons.append(f"{part.kind} run: exit status {part.status} contradicts its cases")
    return reasons


def _ending(part: Part) -> str:
    """hung, crashed or flooded; a provider that ended the process has crashed it."""
    if part.problem:
        return next((word for word in ENDINGS if part.problem.startswith(word)), "")
    if part.evidence.summary is not None:
        return ""
    last = part.evidence.cases[-1].problem if part.evidence.cases else ""
    return "hung" if "hang" in last else "crashed"


def held(case: Case) -> bool:
    """Say whether a case that is no speed case is right, by its own word and by its numbers."""
    if case.kind != "numeric":
        return case.ok
    within = case.threshold is None or (case.ratio is not None and case.ratio <= case.threshold)
    return case.ok and (within or case.threshold == 0)


def foretold(case: Case, expects: Iterable[Expect]) -> bool:
    """Say whether a known defect names this case."""
    return any(row.outcome in FORETELL and fnmatchcase(case.name, row.case) for row in expects)


def _slow(case: str, expects: Iterable[Expect]) -> bool:
    return any(row.outcome == "slow" and fnmatchcase(case, row.case) for row in expects)


def _cured(right: Sequence[Case], bad: Sequence[Case], expects: Iterable[Expect]) -> list[str]:
    """Name the known defects whose cases were run and all held."""
    gone = [
        row
        for row in expects
        if row.outcome == "fail"
        and any(foretold(case, [row]) for case in right)
        and not any(foretold(case, [row]) for case in bad)
    ]
    return [
        f"known defect `{row.case}` is cured ({row.reason}); remove its expect row from the recipe"
        for row in gone
    ]


def describe_case(case: Case) -> str:
    """Name a case and say what is wrong with it."""
    if case.problem:
        return f"{case.name}: {case.problem}"
    if case.kind != "numeric" or case.ratio is None or case.threshold is None:
        return f"{case.name}: failed without a reason"
    return f"{case.name}: ratio {case.ratio} over the threshold {case.threshold}"


def _missing(right: Sequence[Case], terms: Terms) -> list[str]:
    tested = {case.type for case in right if case.op == "gemm"}
    wanted = terms.types if "numeric" in terms.kinds else ""
    absent = [name for name in wanted if name not in tested]
    reasons = [f"no gemm case of type {', '.join(absent)} was run"] if absent else []
    behaviours = any(case.kind == "behaviour" for case in right)
    return reasons + ["no behaviour case was run"] * ("behaviour" in terms.kinds and not behaviours)


def worst_of(cases: Iterable[Case]) -> tuple[Worst, ...]:
    """The worst ratio per operation, against its threshold."""
    worst: dict[str, Worst] = {}
    for case in cases:
        if case.ratio is None or not case.threshold or case.kind != "numeric":
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
        if case.share is None or not _has_floor(case):
            continue
        row = Speed(type=case.type, share=case.share, gflops=case.gflops or 0.0, case=case.name)
        if case.type not in best or row.share > best[case.type].share:
            best[case.type] = row
    return tuple(row for _, row in sorted(best.items()))


def _has_floor(case: Case) -> bool:
    large = min(case.shape, default=0) >= SPEED_SIZE
    return case.kind == "speed" and case.op == "gemm" and large and (case.threads or 1) == 1


def scaling_of(rates: Sequence[Rate]) -> tuple[Scaling, ...]:
    """Compare the rates of one operation, type and shape with that at one thread."""
    alone = [row for row in rates if row.threads == 1 and row.gflops]
    single = {(row.op, row.type, row.shape): row.gflops for row in alone}
    return tuple(
        Scaling(case=row.case, threads=row.threads, factor=round(row.gflops / one, 3))
        for row in rates
        if row.threads and row.threads > 1 and row.gflops
        if (one := single.get((row.op, row.type, row.shape)))
    )


def _compared(rates: Sequence[Rate], against: Against | None) -> Compared | None:
    if against is None or not rates:
        return None
    return Compared(
        baseline=against.name,
        origin=against.origin,
        cases=sum(row.before is not None for row in rates),
        margin=against.tolerance.margin,
    )


def rates_of(cases: Iterable[Case], against: Against | None = None) -> tuple[Rate, ...]:
    """The best try of each speed case, beside what it reached before."""
    return tuple(_rate(case, against) for case in best_of_each(cases))


def _rate(case: Case, against: Against | None) -> Rate:
    accepted = against.accepted(case) if against else None
    return Rate(
        case=case.name,
        op=case.op,
        type=case.type,
        shape=case.shape,
        threads=case.threads,
        gflops=case.gflops,
        share=case.share,
        noise=case.noise,
        before=against.levels[case.name].share if against and accepted is not None else None,
        accepted=accepted,
    )


def speed_failures(speeds: Sequence[Speed], terms: Terms) -> list[str]:
    """Say which element types are slower than the floor, and are not known to be."""
    reasons = [
        f"{row.case}: reaches {row.share:.2f} of the FMA peak, the floor is {terms.floor:.2f}"
        for row in speeds
        if row.share < terms.floor and not _slow(row.case, terms.expects)
    ]
    return reasons if speeds else ["no speed of gemm was measured"]


def all_slow(cases: Sequence[Case], terms: Terms) -> list[str]:
    """Say what is too slow in every try; nothing is where speed could not be measured."""
    if any(case.kind == "speed" and case.not_run for case in cases):
        return []
    slow = speed_failures(speeds_of(cases), terms) + slow_cases(cases, terms)
    falls = fallen(cases, terms.against).items()
    return slow + [text for case, text in falls if not _slow(case, terms.expects)]


def slow_cases(cases: Iterable[Case], terms: Terms) -> list[str]:
    """Name the speed cases that held in no try, and are not known to be slow.

    gemm has its floor (`speed_failures`); the others are judged where they are timed.
    """
    judged = [case for case in cases if case.kind == "speed" and not _has_floor(case)]
    held_once = {case.name for case in judged if case.ok}
    bad = {case.name: case for case in judged if case.name not in held_once}
    return [describe_case(case) for name, case in bad.items() if not _slow(name, terms.expects)]
