# SPDX-License-Identifier: Apache-2.0
"""The check stages: trivet-check on every backend, then every cell installed and exercised."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from blas_probe.choose import Choice
from blas_probe.defects import defects
from blas_probe.recipe import Expect
from wheels import install, libraries
from wheels.build import (
    CHECK_PROGRAM,
    CORE,
    Built,
    Workshop,
    backend_file,
    backend_id,
    library_folder,
)
from wheels.certificate import backend_certificate, cpu_name, verdict_data
from wheels.check import Speed, Verdict, Worst, check_backend, failed
from wheels.command import Log
from wheels.fingerprint import fingerprint
from wheels.install import Lesson
from wheels.pack import Packed
from wheels.plan import PROBE_ID, Cell, Plan
from wheels.prepare import Prepared
from wheels.progress import Progress
from wheels.repair import requirement_name
from wheels.rows import Platform
from wheels.state import read_json_or_none, write_json
from wheels.tasks import Outcome, Task, run_all

CHECK_SOURCES = ("wheels/check.py", "wheels/proving.py")
CELL_SOURCES = (*CHECK_SOURCES, "wheels/install.py", "wheels/exercise.py")


def check_backends(
    ready: Prepared, shop: Workshop, built: Built, progress: Progress
) -> dict[str, tuple[Verdict, float]]:
    """Run trivet-check on each backend, one after the other: speed is measured undisturbed."""
    names = ready.plan.variants(shop.platform)
    tasks = [_check_task(ready, shop, built, name) for name in names]
    done = run_all("check", tasks, jobs=1, progress=progress)
    return {name: (row.result or failed(str(row.error)), row.seconds) for name, row in done.items()}


def _check_task(ready: Prepared, shop: Workshop, built: Built, variant: str) -> Task[Verdict]:
    def work() -> tuple[Verdict, str]:
        problem = built.failures.get(CORE) or built.failures.get(backend_id(variant))
        if problem:
            return failed(f"not built: {problem}"), "NOT BUILT"
        choice = shop.found.choose(variant)
        supply = libraries.already_staged(choice, library_folder(shop, variant))
        backend = built.units[backend_id(variant)].path(backend_file(variant))
        program = built.units[CORE].path(CHECK_PROGRAM)
        floor = choice.variant.floor
        expects = known_defects(ready, choice)
        value = fingerprint(
            shop.cache,
            ready.request.folders.root,
            [ready.request.folders.root / name for name in CHECK_SOURCES],
            shop.cache.of(backend),
            shop.cache.of(program),
            [shop.cache.of(path) for path in supply.linked],
            floor,
            [dataclasses.asdict(row) for row in expects],
            ready.request.full,
            cpu_name(),
        )
        record = ready.request.folders.state / "checks" / shop.platform / f"{variant}.json"
        if known := _known_verdict(record, value):
            return known, describe(known, "up to date, ")
        name = f"backend-{variant}-{shop.platform}"
        log = Log(ready.request.folders.logs / f"check-{name}.log", f"check {name}")
        paths = ":".join(str(path) for path in supply.search)
        verdict = check_backend(
            program,
            backend,
            env={**shop.env, "LD_LIBRARY_PATH": paths},
            floor=floor,
            log=log,
            expects=expects,
            full=ready.request.full,
        )
        log.write("= all held" if verdict.green else "= FAILED\n" + "\n".join(verdict.failures))
        certificate = backend_certificate(choice, verdict, shop)
        write_json(ready.request.folders.certificates / f"{name}.json", certificate)
        if verdict.green:
            write_json(record, {"fingerprint": value, "verdict": dataclasses.asdict(verdict)})
        return verdict, describe(verdict)

    return Task(name=variant, work=work)


def known_defects(ready: Prepared, choice: Choice) -> list[Expect]:
    """The recipes' `expect` rows that hold for the chosen libraries on this CPU."""
    libraries = [choice.lapack, choice.blas] if choice.lapack else [choice.blas]
    return [row for one in libraries for row in defects(ready.recipes.provider(one.provider), one)]


def _known_verdict(path: Path, value: str) -> Verdict | None:
    record = read_json_or_none(path)
    if not isinstance(record, dict) or record.get("fingerprint") != value:
        return None
    data: dict[str, Any] = record["verdict"]
    return Verdict(
        **{
            **data,
            "failures": tuple(data["failures"]),
            "defects": tuple(data["defects"]),
            "worst": tuple(Worst(**row) for row in data["worst"]),
            "speeds": tuple(Speed(**row) for row in data["speeds"]),
        }
    )


def describe(verdict: Verdict, before: str = "") -> str:
    """Say a verdict in a few words."""
    if not verdict.green:
        return f"FAILED: {verdict.failures[0].splitlines()[0]}"
    speed = f", {verdict.speed_share:.0%} of the peak" if verdict.speed_share else ""
    worst = f"{verdict.worst_share:.2f}" if verdict.worst_share is not None else "-"
    return f"{before}{verdict.cases} cases, worst at {worst} of its threshold{speed}"


def prove_cells(
    ready: Prepared,
    shop: Workshop,
    built: Built,
    packed: Mapping[str, Packed],
    platform: Platform,
    progress: Progress,
) -> Mapping[str, Outcome[Lesson]]:
    """Install and exercise every cell whose wheels were packed, in parallel."""
    cells = [cell for cell in ready.plan.cells if cell.platform == platform.id]
    first = first_of_each(cells)
    tasks = [
        _cell_task(
            ready,
            shop,
            built,
            [packed[name] for name in cell.artefacts],
            cell,
            thorough=cell.id in first,
            emulator=platform.emulator,
        )
        for cell in cells
        if all(name in packed for name in cell.artefacts)
    ]
    return run_all("install", tasks, jobs=ready.request.jobs, progress=progress)


def first_of_each(cells: Sequence[Cell]) -> set[str]:
    """One cell per backend: there trivet-check runs on the installed, repaired file too."""
    first: dict[str, str] = {}
    for cell in cells:
        first.setdefault(cell.blas, cell.id)
    return set(first.values())


def _cell_task(
    ready: Prepared,
    shop: Workshop,
    built: Built,
    wheels: Sequence[Packed],
    cell: Cell,
    *,
    thorough: bool,
    emulator: Sequence[str],
) -> Task[Lesson]:
    root = ready.request.folders.root

    def work() -> tuple[Lesson, str]:
        interpreter = ready.interpreters.runs[cell.python]
        program = built.units[CORE].path(CHECK_PROGRAM)
        value = fingerprint(
            shop.cache,
            root,
            [root / name for name in CELL_SOURCES],
            [item.sha256 for item in wheels],
            interpreter.version,
            shop.cache.of(program),
            thorough,
            cpu_name(),
        )
        record = ready.request.folders.certificates / f"{cell.id}.json"
        if known := _known_lesson(record, value):
            return known, "up to date"
        log = Log(ready.request.folders.logs / f"cell-{cell.id}.log", f"cell {cell.id}")
        requires = ready.found.variant(cell.blas).requires
        lesson = install.learn(
            interpreter,
            [item.path for item in wheels],
            variant=cell.blas,
            backend=backend_file(cell.blas),
            links=ready.fetched.wheels,
            offline=not requires or brings(ready.fetched.wheels, requires),
            env=shop.env,
            log=log,
            expects=known_defects(ready, ready.found.choose(cell.blas)),
            check_program=program if thorough else None,
            emulator=emulator,
        )
        log.write("= all held" if lesson.green else "= FAILED\n" + "\n".join(lesson.failures))
        _write_lesson(record, cell, wheels, interpreter.text, lesson, value)
        return lesson, "installed, exercised" if lesson.green else _first(lesson)

    return Task(name=cell.id, work=work)


def brings(folders: Sequence[Path], requires: Sequence[str]) -> bool:
    """Say whether the fetched wheels hold a distribution of each requirement's name."""
    wheels = [path for folder in folders for path in folder.glob("*.whl")]
    here = {requirement_name(path.name.split("-")[0]) for path in wheels}
    return all(requirement_name(text) in here for text in requires)


def _first(lesson: Lesson) -> str:
    return f"FAILED: {lesson.failures[0].splitlines()[0]}"


def _write_lesson(
    path: Path, cell: Cell, wheels: Sequence[Packed], python: str, lesson: Lesson, value: str
) -> None:
    write_json(
        path,
        {
            "cell": dataclasses.asdict(cell),
            "python": python,
            "wheels": {
                item.artefact: {"file": item.path.name, "sha256": item.sha256} for item in wheels
            },
            "green": lesson.green,
            "failures": lesson.failures,
            "installed": lesson.record,
            "trivet_check": verdict_data(lesson.verdict) if lesson.verdict else "not run",
            "fingerprint": value,
        },
    )


def _known_lesson(path: Path, value: str) -> Lesson | None:
    """Return a green lesson on the same bytes; what failed is tried again."""
    record = read_json_or_none(path)
    if not isinstance(record, dict) or record.get("fingerprint") != value:
        return None
    if not record["green"]:
        return None
    return Lesson(failures=(), record=record["installed"], verdict=None)


def prove_probe(ready: Prepared, packed: Packed, progress: Progress) -> Outcome[Lesson]:
    """Install the prober by itself and exercise it."""
    root = ready.request.folders.root

    def work() -> tuple[Lesson, str]:
        interpreter = next(iter(ready.interpreters.runs.values()))
        value = fingerprint(
            ready.cache,
            root,
            [root / name for name in CELL_SOURCES],
            packed.sha256,
            interpreter.version,
        )
        record = ready.request.folders.certificates / f"{PROBE_ID}.json"
        if known := _known_lesson(record, value):
            return known, "up to date"
        log = Log(ready.request.folders.logs / f"cell-{PROBE_ID}.log", PROBE_ID)
        lesson = install.learn_probe(interpreter, packed.path, env=ready.env, log=log)
        write_json(
            record,
            {
                "green": lesson.green,
                "failures": lesson.failures,
                "installed": lesson.record,
                "python": interpreter.text,
                "fingerprint": value,
            },
        )
        return lesson, "installed, exercised" if lesson.green else _first(lesson)

    return run_all("prober", [Task(name=PROBE_ID, work=work)], jobs=1, progress=progress)[PROBE_ID]


def proving_cells(plan: Plan, artefact: str) -> list[Cell]:
    """The cells that an artefact must be green in: where it brings the backend."""
    kind = plan.artefact(artefact).kind
    return [
        cell for cell in plan.cells_of(artefact) if kind == "backend" or len(cell.artefacts) == 1
    ]
