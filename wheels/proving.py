# SPDX-License-Identifier: Apache-2.0
"""The last check stage: every cell installed and exercised, and the certificate of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from wheels import emulated, install
from wheels.build import CHECK, Built, Workshop
from wheels.command import Log
from wheels.elsewhere import is_native
from wheels.emulated import Elsewhere, python_elsewhere, why_not
from wheels.emulation import Runner
from wheels.errors import CertificateError
from wheels.fingerprint import fingerprint, sha256
from wheels.install import Lesson
from wheels.pack import Packed
from wheels.plan import PROBE_ID, Cell, Plan
from wheels.prepare import Prepared
from wheels.progress import Progress
from wheels.proof.backends import CHECK_SOURCES, known_defects
from wheels.proof.certificate import Certificate, InstalledCell, read_certificate, text_of
from wheels.proof.making import this_host
from wheels.proof.verdict import NotRun
from wheels.repair.elf import requirement_name
from wheels.rows import Platform
from wheels.state import read_json_or_none, write_if_changed, write_json
from wheels.tasks import Outcome, Task, run_all

CELL_SOURCES = (
    *CHECK_SOURCES,
    "wheels/proving.py",
    "wheels/install.py",
    "wheels/exercise.py",
)


def prove_cells(
    ready: Prepared,
    shop: Workshop,
    built: Built,
    packed: Mapping[str, Packed],
    platform: Platform,
    runner: Runner,
    progress: Progress,
) -> Mapping[str, Outcome[Lesson]]:
    """Install and exercise every cell whose wheels were packed, in parallel."""
    cells = [cell for cell in ready.plan.cells if cell.platform == platform.id]
    if not is_native(platform):
        return _prove_elsewhere(ready, shop, cells, packed, runner, progress)
    first = first_of_each(cells)
    tasks = [
        _cell_task(
            ready,
            shop,
            built,
            [packed[name] for name in cell.artefacts],
            cell,
            thorough=cell.id in first,
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
) -> Task[Lesson]:
    root = ready.request.folders.root

    def work() -> tuple[Lesson, str]:
        interpreter = ready.interpreters.runs[cell.python]
        program = built.units[CHECK].path(shop.check_program)
        value = fingerprint(
            shop.cache,
            root,
            [root / name for name in CELL_SOURCES],
            [item.sha256 for item in wheels],
            interpreter.version,
            shop.cache.of(program),
            thorough,
            this_host().cpu,
        )
        if is_known(ready, cell.id, value):
            return Lesson(failures=(), record={}, verdict=None), "up to date"
        log = Log(ready.request.folders.logs / f"cell-{cell.id}.log", f"cell {cell.id}")
        ground = ready.grounds[cell.platform]
        requires = ground.found.variant(cell.blas).requires
        lesson = install.learn(
            interpreter,
            [item.path for item in wheels],
            variant=cell.blas,
            backend=shop.backend_file(cell.blas),
            links=ground.fetched.wheels,
            offline=not requires or brings(ground.fetched.wheels, requires),
            env=shop.env,
            log=log,
            expects=known_defects(ready, ground.found.choose(cell.blas)),
            check_program=program if thorough else None,
        )
        log.write("= all held" if lesson.green else "= FAILED\n" + "\n".join(lesson.failures))
        write_lesson(ready, cell.id, wheels, interpreter.text, lesson, value)
        return lesson, "installed, exercised" if lesson.green else _first(lesson)

    return Task(name=cell.id, work=work)


def _prove_elsewhere(
    ready: Prepared,
    shop: Workshop,
    cells: Sequence[Cell],
    packed: Mapping[str, Packed],
    runner: Runner,
    progress: Progress,
) -> Mapping[str, Outcome[Lesson]]:
    """Install and exercise the cells for which an emulator runs a Python; tell of the others."""
    there = python_elsewhere(shop.row, ready.request.folders.build, runner)
    tasks = [
        _cell_elsewhere(ready, shop, [packed[name] for name in cell.artefacts], cell, there)
        for cell in cells
        if all(name in packed for name in cell.artefacts)
    ]
    return run_all("install", tasks, jobs=1, progress=progress)


def _cell_elsewhere(
    ready: Prepared,
    shop: Workshop,
    wheels: Sequence[Packed],
    cell: Cell,
    there: Elsewhere | str,
) -> Task[Lesson]:
    root = ready.request.folders.root
    row = next(one for one in ready.rows.pythons if one.id == cell.python)

    def work() -> tuple[Lesson, str]:
        why = why_not(there, row)
        python = None if why or isinstance(there, str) else there
        facts = dataclasses.asdict(python) if python else why
        sources = [root / name for name in (*CELL_SOURCES, "wheels/emulated.py")]
        value = fingerprint(shop.cache, root, sources, [one.sha256 for one in wheels], facts)
        rows = (NotRun(what=cell.id, why=why),) if why else ()
        lesson = Lesson(failures=(), record={}, verdict=None, not_run=rows)
        if is_known(ready, cell.id, value):
            return lesson, f"not run: {why}" if why else "up to date"
        log = Log(ready.request.folders.logs / f"cell-{cell.id}.log", f"cell {cell.id}")
        if python is not None:
            lesson = emulated.learn(
                python,
                [item.path for item in wheels],
                variant=cell.blas,
                backend=shop.backend_file(cell.blas),
                env=shop.env,
                log=log,
                offline=not ready.found.variant(cell.blas).requires,
            )
        log.write("= all held" if lesson.green else "= FAILED\n" + "\n".join(lesson.failures))
        write_lesson(ready, cell.id, wheels, row.version, lesson, value)
        if why:
            return lesson, f"not run: {why}"
        return lesson, "installed, exercised" if lesson.green else _first(lesson)

    return Task(name=cell.id, work=work)


def brings(folders: Sequence[Path], requires: Sequence[str]) -> bool:
    """Say whether the fetched wheels hold a distribution of each requirement's name."""
    wheels = [path for folder in folders for path in folder.glob("*.whl")]
    here = {requirement_name(path.name.split("-")[0]) for path in wheels}
    return all(requirement_name(text) in here for text in requires)


def _first(lesson: Lesson) -> str:
    return f"FAILED: {lesson.failures[0].splitlines()[0]}"


def write_lesson(
    ready: Prepared,
    name: str,
    wheels: Sequence[Packed],
    python: str,
    lesson: Lesson,
    value: str,
) -> None:
    """Leave the cell's certificate, and what it depends on when it is green."""
    current = lesson.record.get("current")
    answered = current if isinstance(current, dict) else {}
    failures = (*lesson.failures, *(lesson.verdict.failures if lesson.verdict else ()))
    cell = InstalledCell(
        id=name,
        python=python,
        wheels={item.path.name: item.sha256 for item in wheels},
        failures=tuple(dict.fromkeys(failures)),
        answered={str(key): str(text) for key, text in answered.items()},
        verdict=lesson.verdict,
    )
    certificate = Certificate(
        kind="cell",
        id=name,
        green=lesson.green,
        failures=cell.failures,
        file=None,
        sha256=None,
        size=None,
        tag=None,
        installed=() if lesson.is_left_out else (cell,),
        not_run=(*lesson.not_run, *(lesson.verdict.not_run if lesson.verdict else ())),
    )
    path = _certificate_path(ready, name)
    write_if_changed(path, text_of(certificate))
    if lesson.green:
        write_json(_state_path(ready, name), {"fingerprint": value, "certificate": sha256(path)})


def _certificate_path(ready: Prepared, name: str) -> Path:
    return ready.request.folders.certificates / f"{name}.json"


def _state_path(ready: Prepared, name: str) -> Path:
    return ready.request.folders.state / "cells" / f"{name}.json"


def is_known(ready: Prepared, name: str, value: str) -> bool:
    """Say whether the same bytes were green before, and their certificate lies untouched."""
    known = read_json_or_none(_state_path(ready, name))
    path = _certificate_path(ready, name)
    if not isinstance(known, dict) or known.get("fingerprint") != value or not path.is_file():
        return False
    return bool(known.get("certificate") == sha256(path))


def installed_cell(ready: Prepared, name: str) -> InstalledCell | None:
    """What the certificate of a cell says; None when it was not run."""
    try:
        cells = read_certificate(_certificate_path(ready, name)).installed
    except CertificateError:
        return None
    return cells[0] if cells else None


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
        if is_known(ready, PROBE_ID, value):
            return Lesson(failures=(), record={}, verdict=None), "up to date"
        log = Log(ready.request.folders.logs / f"cell-{PROBE_ID}.log", PROBE_ID)
        lesson = install.learn_probe(interpreter, packed.path, env=ready.env, log=log)
        write_lesson(ready, PROBE_ID, [packed], interpreter.text, lesson, value)
        return lesson, "installed, exercised" if lesson.green else _first(lesson)

    return run_all("prober", [Task(name=PROBE_ID, work=work)], jobs=1, progress=progress)[PROBE_ID]


def proving_cells(plan: Plan, artefact: str) -> list[Cell]:
    """The cells that an artefact must be green in: where it brings the backend."""
    kind = plan.artefact(artefact).kind
    return [
        cell for cell in plan.cells_of(artefact) if kind == "backend" or len(cell.artefacts) == 1
    ]
