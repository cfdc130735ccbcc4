# SPDX-License-Identifier: Apache-2.0
"""From certificates to the rows of a report: what shipped, what held, what failed. Pure."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from wheels.proof.certificate import Certificate, InstalledCell, Proof
from wheels.proof.verdict import NotRun, Rate, Verdict, Worst
from wheels.report.collect import Fate, Release

Kind = Literal["artefact", "cell", "backend"]
Status = Literal["shipped", "held", "failed", "not run"]
KINDS: dict[Kind, tuple[str, str]] = {
    "artefact": ("wheel", "wheels"),
    "cell": ("installed cell", "installed cells"),
    "backend": ("backend", "backends"),
}
STATUSES: tuple[Status, ...] = ("failed", "not run", "shipped", "held")
ELSEWHERE = "installed and exercised; trivet-check ran in another cell of the same backend"
NO_BACKEND = "it holds no backend"
UNSAID = "it left no certificate"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the report."""

    kind: Kind
    id: str
    status: Status
    failures: tuple[str, ...] = ()
    verdict: Verdict | None = None
    """None where trivet-check was not run."""
    why: str = ""
    """Why there is no verdict, or nothing at all."""
    proof: Proof | None = None
    file: str = ""
    not_run: tuple[NotRun, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What it is found by in a former release."""
        return self.kind, self.id


def share(row: Worst) -> float:
    """A ratio as a share of its threshold; what is no number counts as a failure."""
    if not (row.threshold > 0 and row.ratio >= 0 and math.isfinite(row.ratio)):
        return math.inf
    return row.ratio / row.threshold


def kernel(one: Proof) -> str:
    """The kernel that the library chose for that CPU."""
    return one.verdict.answered.get("core") or one.core or "unknown"


def named(row: Rate) -> str:
    """A speed case with its threads, which trivet-check names for some."""
    told = (row.threads or 1) == 1 or "thread" in row.case
    return row.case if told else f"{row.case}, {row.threads} threads"


def slow(verdict: Verdict) -> frozenset[str]:
    """The speed cases that a failure names."""
    cases = {row.case for row in verdict.speeds} | {row.case for row in verdict.rates}
    return frozenset(case for case in cases if fails(verdict, case))


def fails(verdict: Verdict, case: str) -> bool:
    """Say whether a failure names this case."""
    return any(text.startswith(f"{case}:") for text in verdict.failures)


def entries_of(certificates: Iterable[Certificate], release: Release | None = None) -> list[Entry]:
    """Every wheel, cell and backend, each once, in the order of the report."""
    known = list(certificates)
    wheels = [_wheel(one) for one in known if one.kind == "artefact"]
    cells = [_cell(one.installed[0], one) for one in known if one.kind == "cell" and one.installed]
    there = {(cell.id, cell.failures) for cell in cells}
    named = [cell for one in known if one.kind == "artefact" for cell in one.installed]
    cells += [
        _cell(cell)
        for cell in {repr(cell): cell for cell in named}.values()
        if (cell.id, cell.failures) not in there
    ]
    backends = [_backend(one) for one in known if one.kind == "backend"]
    if release:
        needed = {*release.cells, *release.backends, *(cell.id for cell in named)}
        wheels = _with_fates(wheels, backends, release.fates)
        cells = [one for one in cells if one.id in needed]
        backends = [one for one in backends if one.id in needed]
        cells += _absent(release.cells, cells)
    rows = [*wheels, *cells, *_unpacked(backends, wheels)]
    return _told_apart(sorted(rows, key=_place))


def _place(one: Entry) -> tuple[int, int, str]:
    """By kind, and what needs a look first."""
    return list(KINDS).index(one.kind), STATUSES.index(one.status), one.id


def _wheel(one: Certificate) -> Entry:
    proof = one.proof
    return Entry(
        kind="artefact",
        id=one.id,
        status="shipped" if one.green else "failed",
        failures=one.failures,
        verdict=proof.verdict if proof else None,
        why="" if proof else NO_BACKEND,
        proof=proof,
        file=one.file or "",
        not_run=one.not_run,
    )


def _cell(cell: InstalledCell, one: Certificate | None = None) -> Entry:
    good = not cell.failures and (one is None or one.green)
    return Entry(
        kind="cell",
        id=cell.id,
        status="held" if good else "failed",
        failures=tuple(dict.fromkeys((*cell.failures, *(one.failures if one else ())))),
        verdict=cell.verdict,
        why="" if cell.verdict else (ELSEWHERE if cell.answered else NO_BACKEND),
        not_run=one.not_run if one else (),
    )


def _backend(one: Certificate) -> Entry:
    status: Status = "held" if one.green else "failed"
    return dataclasses.replace(_wheel(one), kind="backend", status=status)


def _with_fates(
    wheels: Sequence[Entry], backends: Sequence[Entry], fates: Sequence[Fate]
) -> list[Entry]:
    """Add what the release knows of wheels that have no certificate because they did not ship."""
    there = {one.id for one in wheels}
    proofs = {one.id: one for one in backends}
    return [*wheels, *(_lost(row, proofs) for row in fates if row.artefact not in there)]


def _lost(row: Fate, proofs: dict[str, Entry]) -> Entry:
    backend = proofs.get(row.artefact)
    failed = row.status == "FAILED"
    return Entry(
        kind="artefact",
        id=row.artefact,
        status="failed" if failed else "not run",
        failures=backend.failures if failed and backend and backend.failures else _said(row),
        verdict=backend.verdict if backend else None,
        why="" if backend else UNSAID,
        proof=backend.proof if backend else None,
        not_run=backend.not_run if backend else (),
    )


def _said(row: Fate) -> tuple[str, ...]:
    return (row.reason,) if row.status == "FAILED" else ()


def _absent(wanted: Iterable[str], there: Iterable[Entry]) -> list[Entry]:
    """The cells that left no certificate; what a backend lacks stands in its wheels' rows."""
    ids = {one.id for one in there}
    names = [name for name in wanted if name not in ids]
    return [Entry(kind="cell", id=name, status="not run", why=UNSAID) for name in names]


def _unpacked(backends: Sequence[Entry], wheels: Sequence[Entry]) -> list[Entry]:
    """The backends that stand in no wheel's row already, by this very run of the checks."""
    packed = [one.proof for one in wheels if one.proof]
    return [one for one in backends if one.proof not in packed]


def _told_apart(rows: Sequence[Entry]) -> list[Entry]:
    """Rows of one id (certificates of several machines) are numbered."""
    seen: Counter[tuple[str, str]] = Counter()
    told = []
    for one in rows:
        seen[one.key] += 1
        number = seen[one.key]
        told.append(dataclasses.replace(one, id=f"{one.id} ({number})") if number > 1 else one)
    return told
