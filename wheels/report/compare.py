# SPDX-License-Identifier: Apache-2.0
"""What is different from a former release. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from wheels.proof.baseline import slower
from wheels.proof.certificate import Proof, ProvenLibrary
from wheels.proof.regress import Tolerance
from wheels.proof.verdict import Verdict
from wheels.report.entries import KINDS, Entry, kernel, named, share

GROWN = 1.2  # times: a ratio that grew by less is told apart by nobody
GROWN_SHARE = 0.01  # of the threshold, at least
LINE = "\n"
TOLERANCE = Tolerance(margin=0.1, most=0.5)  # of a speed, beside the noise of both runs

Topic = tuple[str, Callable[[Entry, Entry], Iterator[str]]]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What changed in one respect, and where."""

    topic: str
    ids: tuple[str, ...]
    what: tuple[str, ...]


def compare(before: Sequence[Entry], now: Sequence[Entry]) -> list[Difference]:
    """Everything that a maintainer should know before this replaces the former release."""
    old, new = {one.key: one for one in before}, {one.key: one for one in now}
    rows = [("new", one.id, _lone(one)) for one in now if one.key not in old]
    rows += [("gone", one.id, _lone(one)) for one in before if one.key not in new]
    pairs = [(old[one.key], one) for one in now if one.key in old]
    rows += [(topic, b.id, tuple(differ(a, b))) for topic, differ in TOPICS for a, b in pairs]
    return _joined(rows)


def _lone(one: Entry) -> tuple[str, ...]:
    return (f"{KINDS[one.kind][0]}, {one.status}",)


def _joined(rows: Iterable[tuple[str, str, tuple[str, ...]]]) -> list[Difference]:
    """The wheels and cells of one backend differ alike: they are told once."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for topic, name, what in rows:
        if what:
            found.setdefault((topic, what), []).append(name)
    return [
        Difference(topic=topic, ids=tuple(ids), what=what) for (topic, what), ids in found.items()
    ]


def _status(was: Entry, one: Entry) -> Iterator[str]:
    if was.status != one.status:
        first = f": {one.failures[0].partition(LINE)[0]}" if one.failures else ""
        yield f"{was.status} before, {one.status} now{first}"


def _verdicts(was: Entry, one: Entry) -> tuple[Verdict, Verdict] | None:
    return (was.verdict, one.verdict) if was.verdict and one.verdict else None


def _ratios(was: Entry, one: Entry) -> Iterator[str]:
    pair = _verdicts(was, one)
    former = {row.op: row for row in pair[0].worst} if pair else {}
    for row in pair[1].worst if pair else ():
        old = former.get(row.op)
        if old is None:
            continue
        less, more = share(old), share(row)
        if more > GROWN * less and more > less + GROWN_SHARE:
            yield f"{row.op}: {old.ratio:.3g} before, {row.ratio:.3g} now ({row.case})"


def _thresholds(was: Entry, one: Entry) -> Iterator[str]:
    pair = _verdicts(was, one)
    former = {row.op: row.threshold for row in pair[0].worst} if pair else {}
    for row in pair[1].worst if pair else ():
        old = former.get(row.op)
        if old is not None and old != row.threshold:
            word = "looser" if row.threshold > old else "stricter"
            yield f"threshold of {row.op} is {word}: {old:g} before, {row.threshold:g} now"


def _coverage(was: Entry, one: Entry) -> Iterator[str]:
    """What was checked then and is not now."""
    if was.verdict and one.verdict is None:
        yield "trivet-check ran before, and did not now"
    pair = _verdicts(was, one)
    if pair is None:
        return
    then, here = pair
    gone = sorted({row.op for row in then.worst} - {row.op for row in here.worst})
    gone += sorted({row.case for row in then.behaviours} - {row.case for row in here.behaviours})
    if gone:
        yield f"checked before, not now: {', '.join(gone)}"
    for kind, number in sorted(then.cases.items()):
        if here.cases.get(kind, 0) < number:
            yield f"{here.cases.get(kind, 0)} {kind} cases, {number} before"


def _speeds(was: Entry, one: Entry) -> Iterator[str]:
    pair = _verdicts(was, one)
    same = bool(was.proof and one.proof and was.proof.host == one.proof.host)
    for old, row in slower(pair[1].rates, pair[0].rates, TOLERANCE) if pair else ():
        text = f"{named(row)}: {old.share:.0%} of the limit before, {row.share:.0%} now"
        yield text if same else f"{text} (on another machine)"


def _libraries(was: Entry, one: Entry) -> Iterator[str]:
    if not (was.proof and one.proof):
        return
    former = {row.file: row for row in was.proof.libraries}
    for row in one.proof.libraries:
        old = former.pop(row.file, None)
        if old is None:
            yield f"{row.file} is new: {_name(row)}"
        elif _name(old) != _name(row):
            yield f"{row.file}: {_name(old)} before, {_name(row)} now"
        elif old.sha256 != row.sha256:
            yield f"{row.file}: other bytes of the same version, {_name(row)}"
    for old in former.values():
        yield f"{old.file} is gone: {_name(old)}"


def _name(row: ProvenLibrary) -> str:
    lapack = f" with LAPACK {row.lapack_version}" if row.lapack_version else ""
    return f"{row.provider} {row.version}{lapack}"


def _ways(was: Entry, one: Entry) -> Iterator[str]:
    """How it was built and checked."""
    if not (was.proof and one.proof):
        return
    for name, tell in WAYS:
        old, new = tell(was.proof), tell(one.proof)
        if old != new:
            yield f"{name}: {old} before, {new} now"
    if was.proof.checks != one.proof.checks:
        yield "the checks themselves changed (other sources of trivet-check)"


WAYS: tuple[tuple[str, Callable[[Proof], str]], ...] = (
    ("compiler", lambda proof: proof.toolchain),
    ("mode of the checks", lambda proof: proof.mode),
    ("kernel", kernel),
    ("CPU", lambda proof: proof.host.cpu),
)


def _defects(was: Entry, one: Entry) -> Iterator[str]:
    pair = _verdicts(was, one)
    then, here = (pair[0].defects, pair[1].defects) if pair else ((), ())
    yield from (f"met now: {text}" for text in here if text not in then)
    yield from (f"met no more: {text}" for text in then if text not in here)


TOPICS: tuple[Topic, ...] = (
    ("status", _status),
    ("ratios that grew", _ratios),
    ("speeds that fell", _speeds),
    ("thresholds", _thresholds),
    ("checked less", _coverage),
    ("libraries", _libraries),
    ("known defects", _defects),
    ("how it was made", _ways),
)
