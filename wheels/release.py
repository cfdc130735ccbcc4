# SPDX-License-Identifier: Apache-2.0
"""The whole line, resumable: prepare, build, check, pack, install, ship, index."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from wheels import pack as packing
from wheels.archive import read_member
from wheels.build import Built, Workshop, backend_id, bindings_id, build
from wheels.company.stage import company_id, prove_company
from wheels.elsewhere import is_native
from wheels.emulation import runner_for
from wheels.index import make_index, require_index
from wheels.install import Lesson
from wheels.pack import Bench, Packed
from wheels.plan import ANY, PROBE_ID, Artefact, default_variant, why_barren
from wheels.prepare import Prepared, Request, commit, prepare, workshop
from wheels.progress import Progress
from wheels.proof.backends import Checked, certificate_id, check_backends
from wheels.proof.certificate import NAME as CERTIFICATE
from wheels.proof.certificate import (
    Certificate,
    Inside,
    InstalledCell,
    Proof,
    parse,
    read_certificate,
)
from wheels.proof.verdict import NotRun, Verdict
from wheels.proving import installed_cell, prove_cells, prove_probe, proving_cells
from wheels.publish import ship, sweep, sweep_build, withdraw
from wheels.report.collect import Fate, Release
from wheels.report.command import write_report
from wheels.state import require_writable, write_json
from wheels.summary import NOT_RUN, Row
from wheels.tasks import Outcome, Task, run_all

Stage = Literal["plan", "build", "check", "pack", "release"]
STAGES: tuple[Stage, ...] = ("plan", "build", "check", "pack", "release")


@dataclass(kw_only=True)
class Evidence:
    """What the stages have found out so far; each stage fills its own part."""

    builts: dict[str, Built] = field(default_factory=dict)
    checked: dict[tuple[str, str], Checked] = field(default_factory=dict)
    """(platform, variant) -> what trivet-check gave."""
    packed: dict[str, Outcome[Packed]] = field(default_factory=dict)
    lessons: dict[str, Outcome[Lesson]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Result:
    """Where a run ended: the facts, the evidence and one row per artefact."""

    ready: Prepared
    evidence: Evidence
    rows: tuple[Row, ...]

    @property
    def good(self) -> bool:
        """Say whether everything that was asked for succeeded."""
        return all(row.good or row.status == NOT_RUN for row in self.rows)


def run(request: Request, progress: Progress, *, until: Stage = "release") -> Result:
    """Run the stages up to `until`; what is up to date costs next to nothing."""
    if until == "release":
        require_writable(request.folders.dist, "--dist")
        require_index(request.folders)
    ready = prepare(request, progress)
    sweep_build(request.folders.build)
    evidence = Evidence()
    if not request.only:
        for name, why in barren_platforms(ready).items():
            progress.say(f"warning: no wheel can be made for {name}: {why[0]}")
    try:
        if until != "plan":
            for shop in _build(ready, evidence, progress):
                _run_platform(ready, shop, evidence, progress, until)
        if until == "release":
            rows = _ship_all(ready, evidence, progress)
            _report(ready, rows, evidence)
        else:
            rows = tuple(_row(ready, evidence, item) for item in ready.plan.artefacts)
    finally:
        ready.cache.save()
    return Result(ready=ready, evidence=evidence, rows=rows if until != "plan" else ())


def barren_platforms(ready: Prepared) -> dict[str, tuple[str, ...]]:
    """The platforms that no wheel can be made for, and why."""
    reasons = {
        row.id: why_barren(ready.plan, row.id, default_variant(ready.recipes, row.id))
        for row in ready.rows.platforms
    }
    return {name: why for name, why in reasons.items() if why}


def _build(ready: Prepared, evidence: Evidence, progress: Progress) -> list[Workshop]:
    """Build all platforms that have anything to build; return what the later stages work with."""
    wanted = {item.platform for item in ready.plan.artefacts}
    rows = [row for row in ready.rows.platforms if row.id in wanted]
    if not rows and wanted:  # what belongs to no platform is packed in the first one's workshop
        rows = list(ready.rows.platforms[:1])
    shops = [workshop(ready, row) for row in rows]
    evidence.builts |= build(ready.plan, shops, progress)
    write_json(
        ready.request.folders.built,
        {name: row.to_data() for name, row in evidence.builts.items()},
    )
    return shops


def _run_platform(
    ready: Prepared, shop: Workshop, evidence: Evidence, progress: Progress, until: Stage
) -> None:
    if until == "build":
        return
    platform, built = shop.row, evidence.builts[shop.platform]
    artefacts = [a for a in ready.plan.artefacts if a.platform in (platform.id, ANY)]
    progress.say(platform.id)
    runner = runner_for(
        platform,
        ready.request.folders,
        shop.env,
        progress,
        offline=ready.request.offline,
    )
    checked = check_backends(ready, shop, built, runner, progress)
    evidence.checked |= {(platform.id, name): row for name, row in checked.items()}
    if until == "check":
        return
    bench = Bench(
        shop=shop,
        platform=platform,
        pythons={row.id: row for row in ready.rows.pythons},
        project=ready.project,
        recipes=ready.recipes,
        epoch=ready.epoch,
        links=ready.grounds[platform.id].fetched.wheels,
        units=built.units,
        proofs={name: row.proof for name, row in checked.items() if row.proof},
    )
    tasks = [_pack_task(item, bench) for item in artefacts if _packable(item, evidence, bench)]
    evidence.packed |= run_all("pack", tasks, jobs=shop.jobs, progress=progress)
    if until == "pack":
        return
    packed = {name: row.result for name, row in evidence.packed.items() if row.result}
    if PROBE_ID in packed:
        evidence.lessons[PROBE_ID] = prove_probe(ready, packed[PROBE_ID], progress)
    evidence.lessons |= prove_cells(ready, shop, built, packed, platform, runner, progress)
    if is_native(platform):
        evidence.lessons |= prove_company(ready, packed, evidence.lessons, platform, progress)


def _packable(artefact: Artefact, evidence: Evidence, bench: Bench) -> bool:
    """Say whether all pieces are there and green; the summary says what is missing."""
    if artefact.kind == "probe":
        return PROBE_ID not in evidence.packed
    return not _piece_problem(artefact, evidence, bench.default_variant)


def _pack_task(artefact: Artefact, bench: Bench) -> Task[Packed]:
    def work() -> tuple[Packed, str]:
        known = bench.shop.folders.packed / artefact.id / packing.RECORD
        before = known.stat().st_ino if known.is_file() else 0
        packed = packing.pack(artefact, bench)
        new = known.stat().st_ino != before
        return packed, packed.path.name if new else "up to date"

    return Task(name=artefact.id, work=work)


def _piece_problem(artefact: Artefact, evidence: Evidence, default: str) -> str:
    """Why an artefact cannot be packed; empty when all of its pieces are built and green."""
    built = evidence.builts.get(artefact.platform)
    if built is None:
        return ""
    variant = default if artefact.kind == "trivet" else artefact.variant
    units = ["core", backend_id(variant)]
    if artefact.kind == "trivet":
        units.append(bindings_id(artefact.python))
    for unit in units:
        if unit in built.failures:
            return f"{unit} was not built: {built.failures[unit]}"
        if unit not in built.units:
            return f"{unit} was not built, because core was not"
    checked = evidence.checked.get((artefact.platform, variant))
    if checked and not checked.verdict.green:
        return "; ".join(checked.verdict.failures[:3])
    return ""


def _ship_all(ready: Prepared, evidence: Evidence, progress: Progress) -> tuple[Row, ...]:
    """Put what is proven into dist/, take out what is not, and renew the index."""
    folders = ready.request.folders
    for name in sweep(folders.dist, ready.cache, names=[ready.project.name, "blas_probe"]):
        progress.say(f"taken out of dist/: {name} (its certificate is missing or of another file)")
    rows = []
    for artefact in ready.plan.artefacts:
        row = _row(ready, evidence, artefact)
        if row.status == "green":
            row = _ship(ready, evidence, artefact, row)
        elif row.status != NOT_RUN:
            withdraw(artefact.id, folders.dist)
        rows.append(row)
    _withdraw_unplanned(ready, progress)
    make_index(folders.dist, folders.index, ready.cache)
    return tuple(rows)


def _report(ready: Prepared, rows: Sequence[Row], evidence: Evidence) -> None:
    """Say what no certificate says, and write the page about all of it."""
    made, folders = ready.plan, ready.request.folders
    release = Release(
        project=ready.project.name,
        version=ready.project.version,
        commit=commit(folders.root),
        date=time.strftime("%Y-%m-%d", time.gmtime(ready.epoch)),
        fates=tuple(
            Fate(artefact=row.artefact, status=row.status, reason=row.reason) for row in rows
        ),
        cells=tuple(
            dict.fromkeys(
                [
                    *(cell.id for cell in made.cells),
                    *(item.id for item in made.artefacts if item.kind == "probe"),
                    *evidence.lessons,
                ]
            )
        ),
        backends=tuple(
            certificate_id(variant, platform.id)
            for platform in ready.rows.platforms
            for variant in made.variants(platform.id)
        ),
    )
    write_json(folders.released, dataclasses.asdict(release))
    write_report(folders, ready.recipes)


def _withdraw_unplanned(ready: Prepared, progress: Progress) -> None:
    """A whole release leaves nothing in dist/ that its plan does not hold.

    What it does not decide about stays: wheels of platforms that were not asked for, and of those
    that no wheel can be made for now.
    """
    request = ready.request
    if request.only or request.variants:
        return
    planned = {item.id for item in ready.plan.artefacts}
    barren = barren_platforms(ready)
    asked = [row.id for row in ready.rows.platforms if row.id not in barren]
    for path in sorted(request.folders.shipped_certificates.glob("*.json")):
        name = path.stem
        others = bool(request.platforms) and not _is_of(name, asked)
        if name in planned or others or _is_of(name, barren):
            continue
        if withdraw(name, request.folders.dist):
            progress.say(f"taken out of dist/: {name} (the plan does not hold it)")


def _is_of(artefact: str, platforms: Iterable[str]) -> bool:
    """Say whether an artefact is of one of the platforms, by its id."""
    return any(artefact.endswith(f"-{name}") for name in platforms)


def _ship(ready: Prepared, evidence: Evidence, artefact: Artefact, row: Row) -> Row:
    packed = evidence.packed[artefact.id].result
    assert packed is not None  # a green row has its wheel
    shipped = ship(
        packed.path,
        _certificate(ready, evidence, artefact, packed),
        ready.request.folders.dist,
        ready.cache,
    )
    return _changed(row, status="shipped", size=shipped.size)


def _changed(row: Row, **values: Any) -> Row:
    return dataclasses.replace(row, **values)


def _certificate(
    ready: Prepared, evidence: Evidence, artefact: Artefact, packed: Packed
) -> Certificate:
    """The file beside the wheel: what was proven of the backend, and of each installed cell."""
    folder = ready.request.folders.certificates
    name = certificate_id(_variant_in(ready, artefact), artefact.platform)
    whole = artefact.kind != "probe"
    text = read_member(packed.path, f"/{CERTIFICATE}") if whole else b""
    proof = read_certificate(folder / f"{name}.json").proof if whole else None
    lessons = _lessons(ready, evidence, artefact)
    installed = [installed_cell(ready, name) for name in lessons]
    return Certificate(
        kind="artefact",
        id=artefact.id,
        green=True,
        failures=(),
        file=packed.path.name,
        sha256=packed.sha256,
        size=packed.path.stat().st_size,
        tag=packed.tag,
        bundled=packed.grafted,
        notes=packed.notes,
        inside=parse(Inside, text, CERTIFICATE) if whole else None,
        proof=proof,
        installed=tuple(cell for cell in installed if cell),
        not_run=_left_out(proof, installed, lessons),
    )


def _left_out(
    proof: Proof | None,
    cells: Sequence[InstalledCell | None],
    lessons: Mapping[str, Outcome[Lesson] | None],
) -> tuple[NotRun, ...]:
    """Everything that the proof of a wheel does not hold, and why."""
    rows = [*(proof.verdict.not_run if proof else ())]
    rows += [row for one in lessons.values() if one and one.result for row in one.result.not_run]
    elsewhere = [cell.id for cell in cells if cell and cell.verdict is None]
    if proof and elsewhere:
        what = f"trivet-check on the installed file of {', '.join(elsewhere)}"
        rows.append(NotRun(what=what, why="one cell of each backend is checked that way"))
    for cell in cells:
        rows += cell.verdict.not_run if cell and cell.verdict else ()
    return tuple(dict.fromkeys(rows))


def _variant_in(ready: Prepared, artefact: Artefact) -> str:
    """The backend that an artefact holds."""
    default = default_variant(ready.recipes, artefact.platform)
    return default if artefact.kind == "trivet" else artefact.variant


def _row(ready: Prepared, evidence: Evidence, artefact: Artefact) -> Row:
    """Judge one artefact by all the evidence there is."""
    default = default_variant(ready.recipes, artefact.platform)
    variant = _variant_in(ready, artefact)
    checked = evidence.checked.get((artefact.platform, variant))
    verdict, seconds = (checked.verdict, checked.seconds) if checked else (None, 0.0)
    outcome = evidence.packed.get(artefact.id)
    lessons = _lessons(ready, evidence, artefact)
    built = evidence.builts.get(artefact.platform)
    spent = seconds + (outcome.seconds if outcome else 0.0)
    spent += sum(lesson.seconds for lesson in lessons.values() if lesson)
    if built:
        unit = bindings_id(artefact.python) if artefact.kind == "trivet" else backend_id(variant)
        spent += built.seconds.get(unit, 0.0)
    status, reason = _status(artefact, evidence, default, outcome, lessons)
    left_out = _unproven(verdict, lessons)
    if status == "green" and left_out and ready.request.require_run:
        status, reason = "FAILED", f"not run, and --require-run was given: {left_out[0]}"
    packed = outcome.result if outcome else None
    return Row(
        artefact=artefact.id,
        tag=packed.tag if packed else "",
        size=packed.path.stat().st_size if packed else None,
        worst=verdict.worst_share if verdict else None,
        speed=verdict.speed_share if verdict else None,
        status=status,
        reason=reason,
        seconds=spent,
        left_out=left_out,
    )


def _unproven(
    verdict: Verdict | None, lessons: Mapping[str, Outcome[Lesson] | None]
) -> tuple[str, ...]:
    """What nothing on this machine could run."""
    texts = []
    if verdict is not None and not verdict.was_run:
        texts += [f"{row.what}: {row.why}" for row in verdict.not_run]
    for name, lesson in lessons.items():
        if lesson and lesson.result and lesson.result.is_left_out:
            python = name.partition("-")[0]
            texts += [f"installed by {python}: {row.why}" for row in lesson.result.not_run]
    return tuple(dict.fromkeys(texts))


def _lessons(
    ready: Prepared, evidence: Evidence, artefact: Artefact
) -> Mapping[str, Outcome[Lesson] | None]:
    names = [cell.id for cell in proving_cells(ready.plan, artefact.id)]
    company = company_id(_variant_in(ready, artefact), artefact.platform)
    names += [company] * (company in evidence.lessons)
    if artefact.kind == "probe":
        names = [PROBE_ID]
    return {name: evidence.lessons.get(name) for name in names}


def _status(
    artefact: Artefact,
    evidence: Evidence,
    default: str,
    outcome: Outcome[Packed] | None,
    lessons: Mapping[str, Outcome[Lesson] | None],
) -> tuple[str, str]:
    problem = _piece_problem(artefact, evidence, default) if artefact.kind != "probe" else ""
    if problem:
        return "FAILED", problem
    if outcome and outcome.error:
        return "FAILED", str(outcome.error)
    for name, lesson in lessons.items():
        if lesson and lesson.error:
            return "FAILED", f"{name}: {lesson.error}"
        if lesson and lesson.result and not lesson.result.green:
            return "FAILED", f"{name}: {lesson.result.failures[0]}"
    if outcome is None or not lessons or any(lesson is None for lesson in lessons.values()):
        return NOT_RUN, ""
    return "green", ""
