# SPDX-License-Identifier: Apache-2.0
"""The stage of a release in which all backends are installed beside each other, and visited."""

from __future__ import annotations

import dataclasses
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from blas_probe.choose import Choice
from blas_probe.recipe import Expect
from wheels.command import Log
from wheels.company.rows import FILE, Company, Guest, load_company, wanted
from wheels.company.running import Place, Seen, make
from wheels.company.visits import (
    PRELOADED,
    Visit,
    alone,
    beside_stranger,
    in_layers,
    in_settings,
    pairs,
    stranger,
    with_guests,
    without,
)
from wheels.errors import WheelsError
from wheels.fingerprint import fingerprint
from wheels.install import Lesson, clean_venv, pip_install
from wheels.interpreters import Interpreter
from wheels.pack import Packed
from wheels.plan import default_variant
from wheels.prepare import Prepared
from wheels.progress import Progress
from wheels.proof.backends import CHECK_SOURCES, known_defects
from wheels.proof.evidence import Case, Evidence
from wheels.proof.making import this_host
from wheels.proof.verdict import NotRun, Part, Terms, Verdict, failed, judge
from wheels.proving import brings, is_known, write_lesson
from wheels.rows import Platform
from wheels.tasks import Outcome, Task, run_all

ANSWERS = ("path", "library", "lapack_library", "version", "thread_layer")
NAMES = ("__init__", "rows", "running", "stage", "visit", "visits")
SOURCES = (
    *CHECK_SOURCES,
    "wheels/install.py",
    "wheels/proving.py",
    *(f"wheels/company/{name}.py" for name in NAMES),
)


def company_id(variant: str, platform: str) -> str:
    """Id of the certificate of a backend in company."""
    return f"company-{variant}-{platform}"


@dataclass(kw_only=True)
class Gathering:
    """Who is there, and what has been seen of each so far."""

    backends: tuple[str, ...]
    """The default one first."""
    cases: dict[str, list[Case]] = field(default_factory=dict)
    not_run: dict[str, list[NotRun]] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    """Those that failed alone or beside the default one: no company for the others."""
    answers: dict[str, Sequence[str]] = field(default_factory=dict)
    whole: bool = True
    """Nothing was left out that another try could prove."""

    def note(self, visit: Visit, seen: Seen) -> None:
        """Write down a visit in the certificate of each whom it is about."""
        if seen.unsure:
            self.leave_out(visit.cases, seen.unsure)
            self.whole = False
            return
        seen = self._same(seen)
        told = self._blamed(visit) if seen.problem else visit
        for backend, name in told.cases.items():
            self.cases.setdefault(backend, []).append(_case(name, seen, visit.detail))
        spared = {name: case for name, case in visit.cases.items() if name not in told.cases}
        self.leave_out(spared, "the other one fails in it, and is told of it")
        if seen.problem and (visit == alone(visit.parties[0]) or told != visit):
            self.bad.update(told.cases)

    def leave_out(self, cases: Mapping[str, str], why: str) -> None:
        """Write down what is not proven, and why."""
        for backend, name in cases.items():
            self.not_run.setdefault(backend, []).append(NotRun(what=name, why=why))

    def _same(self, seen: Seen) -> Seen:
        """The same library must answer in every visit."""
        wrong = [seen.problem] * bool(seen.problem)
        for backend, row in seen.answered.items():
            known = self.answers.setdefault(backend, row)
            if known[:3] != row[:3]:
                wrong.append(f"{backend}: was answered by {known[1:3]}, here by {row[1:3]}")
        return dataclasses.replace(seen, problem="; ".join(wrong))

    def _blamed(self, visit: Visit) -> Visit:
        """Two backends that do not bear each other: the default one is what all others live with.

        Of two others nobody can say who is to blame: both are told.
        """
        return without(visit, self.backends[0]) if len(visit.cases) > 1 else visit


def _case(name: str, seen: Seen, detail: str) -> Case:
    return Case(
        name=name,
        kind="behaviour",
        op=name,
        type="",
        shape=(),
        ratio=None,
        threshold=None,
        ok=not seen.problem,
        gflops=None,
        share=None,
        threads=None,
        noise=None,
        detail=detail,
        problem=seen.problem,
    )


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that the visits of one platform are made from."""

    ready: Prepared
    platform: Platform
    rows: Company
    guests: tuple[Guest, ...]
    choices: Mapping[str, Choice]
    """Backend -> what it was built against, the default one first."""
    wheels: Sequence[Packed]
    interpreter: Interpreter


def prove_company(
    ready: Prepared,
    packed: Mapping[str, Packed],
    lessons: Mapping[str, Outcome[Lesson]],
    platform: Platform,
    progress: Progress,
) -> dict[str, Outcome[Lesson]]:
    """Visit every backend whose cells are green; a failure keeps its wheel from shipping."""
    scene = scene_of(ready, packed, lessons, platform)
    if scene is None:
        return {}
    ids = {name: company_id(name, platform.id) for name in scene.choices}
    value = _print(scene)
    if all(is_known(ready, name, value) for name in ids.values()):
        known = Lesson(failures=(), record={}, verdict=None)
        tasks = [Task(name=name, work=lambda: (known, "up to date")) for name in ids.values()]
        return dict(run_all("company", tasks, jobs=1, progress=progress))
    log = Log(ready.request.folders.logs / f"company-{platform.id}.log", "company")
    gathering = Gathering(backends=tuple(scene.choices))
    seconds: Counter[str] = Counter()
    try:
        with clean_venv(scene.interpreter, log) as venv:
            place, lacking = _furnish(scene, venv, log)
            visits = [_visit_task(scene, gathering, place, name) for name in gathering.backends]
            done = run_all("company", visits, jobs=1, progress=progress)
            seconds.update({name: int(row.seconds) for name, row in done.items()})
            errors = {name: str(row.error) for name, row in done.items() if row.error}
    except WheelsError as error:
        lacking, errors = [], dict.fromkeys(ids, str(error))
    whole = gathering.whole and (ready.request.offline or not lacking)
    kept = value if whole else ""
    return {
        ids[name]: Outcome(
            result=_finish(scene, gathering, name, lacking, errors.get(name, ""), kept),
            error=None,
            note="",
            seconds=float(seconds[name]),
        )
        for name in ids
    }


def scene_of(
    ready: Prepared,
    packed: Mapping[str, Packed],
    lessons: Mapping[str, Outcome[Lesson]],
    platform: Platform,
) -> Scene | None:
    """The backends that are green in one Python, where most are; None without any."""
    cells = [
        cell
        for cell in ready.plan.cells
        if cell.platform == platform.id
        and all(name in packed for name in cell.artefacts)
        and (row := lessons.get(cell.id))
        and row.result
        and row.result.green
    ]
    if not cells:
        return None
    python = Counter(cell.python for cell in cells).most_common(1)[0][0]
    default = default_variant(ready.recipes, platform.id)
    mine = sorted(
        (cell for cell in cells if cell.python == python), key=lambda one: one.blas != default
    )
    names = dict.fromkeys(name for cell in mine for name in cell.artefacts)
    rows = load_company(ready.request.folders.recipes)
    return Scene(
        ready=ready,
        platform=platform,
        rows=rows,
        guests=wanted(rows, ready.request.beside),
        choices={cell.blas: ready.grounds[platform.id].found.choose(cell.blas) for cell in mine},
        wheels=[packed[name] for name in names],
        interpreter=ready.interpreters.runs[python],
    )


def _print(scene: Scene) -> str:
    """What the outcome depends on."""
    ready, root = scene.ready, scene.ready.request.folders.root
    others = {
        name: other and (other.path, ready.cache.of(Path(other.path)))
        for name, choice in scene.choices.items()
        for other in [stranger(choice, ready.found.libraries)]
    }
    return fingerprint(
        ready.cache,
        root,
        [*(root / name for name in SOURCES), ready.request.folders.recipes / FILE],
        [item.sha256 for item in scene.wheels],
        scene.interpreter.version,
        [guest.name for guest in scene.guests],
        ready.request.offline,
        others,
        [[dataclasses.asdict(row) for row in _expects(scene, name)] for name in scene.choices],
        this_host().cpu,
    )


def _expects(scene: Scene, name: str) -> list[Expect]:
    return known_defects(scene.ready, scene.choices[name])


def _furnish(scene: Scene, venv: Path, log: Log) -> tuple[Place, list[NotRun]]:
    """Install all backends, and the guests that can be had."""
    ready = scene.ready
    links = ready.grounds[scene.platform.id].fetched.wheels
    requires = [text for one in scene.choices.values() for text in one.variant.requires]
    offline = not requires or brings(links, requires)
    pip_install(venv, [item.path for item in scene.wheels], links, ready.env, log, offline=offline)
    here, lacking = [], []
    for guest in scene.guests:
        try:
            if ready.request.offline:
                raise WheelsError("nothing is fetched with --offline")
            pip_install(venv, guest.requires, [], ready.env, log, offline=False)
            here.append(guest)
        except WheelsError as error:
            why = f"pip could not install it: {error.what.splitlines()[-1].strip()}"
            lacking.append(NotRun(what=f"in company of {guest.name}", why=why))
    env = {**ready.env, "HOME": str(venv)}
    for name in ("LD_LIBRARY_PATH", "LD_PRELOAD"):
        env.pop(name, None)
    return Place(venv=venv, env=env, log=log, guests=tuple(here)), lacking


def _visit_task(scene: Scene, gathering: Gathering, place: Place, name: str) -> Task[int]:
    def work() -> tuple[int, str]:
        first = alone(name)
        gathering.note(first, make(first, place))
        count = 1
        expects = _expects(scene, name)
        for visit in _visits(scene, gathering, place, name):
            if gathering.bad.isdisjoint(visit.cases):
                known = any(fnmatchcase(visit.cases[name], row.case) for row in expects)
                visit = dataclasses.replace(visit, foretold=known)
                gathering.note(visit, make(visit, place))
                count += 1
        bad = [case for case in gathering.cases.get(name, ()) if not case.ok]
        note = f"{count} visits" + (f", {len(bad)} did not hold" if bad else "")
        return count, note

    return Task(name=name, work=work)


def _visits(scene: Scene, gathering: Gathering, place: Place, name: str) -> Iterator[Visit]:
    ready, choice = scene.ready, scene.choices[name]
    yield from pairs(gathering.backends, name)
    yield from with_guests(name, place.guests)
    yield from in_settings(name, scene.rows.setting, ready.recipes)
    yield from in_layers(name, ready.recipes.provider(choice.variant.provider))
    other = stranger(choice, ready.found.libraries)
    if other is None:
        why = "this machine has no library of another provider"
        gathering.leave_out({name: PRELOADED}, why)
        return
    folder = place.venv / "strange" / name
    disguise(Path(other.path), folder, names_of(choice, place.venv))
    yield from beside_stranger(name, other, folder)


def names_of(choice: Choice, venv: Path) -> set[str]:
    """Names of every library that lies in the venv, and of those that the backend was linked to."""
    files = [*venv.rglob("*.libs/*.so*"), *(venv / "lib").glob("*.so*")]
    used = [choice.blas, *([choice.lapack] if choice.lapack else [])]
    return {path.name for path in files} | {one.soname or Path(one.path).name for one in used}


def disguise(library: Path, folder: Path, names: Iterable[str]) -> None:
    """Let a copy be found under all these names; a process's maps name a link's target instead."""
    folder.mkdir(parents=True)
    first, *rest = (folder / name for name in sorted(names))
    shutil.copyfile(library, first)
    for path in rest:
        path.hardlink_to(first)


def _finish(
    scene: Scene,
    gathering: Gathering,
    name: str,
    lacking: Sequence[NotRun],
    error: str,
    value: str,
) -> Lesson:
    """The verdict on one backend, and its certificate."""
    verdict = verdict_on(gathering, name, _expects(scene, name), lacking, error)
    answered = dict(zip(ANSWERS, gathering.answers.get(name, ()), strict=False))
    record = {"current": {key: text.replace("\0", "") for key, text in answered.items()}}
    lesson = Lesson(failures=verdict.failures, record=record, verdict=verdict)
    ident = company_id(name, scene.platform.id)
    write_lesson(scene.ready, ident, scene.wheels, scene.interpreter.text, lesson, value)
    return lesson


def verdict_on(
    gathering: Gathering,
    name: str,
    expects: Sequence[Expect],
    lacking: Sequence[NotRun],
    error: str = "",
) -> Verdict:
    """What was seen of one backend, judged like every other behaviour."""
    if error:
        return failed(error)
    cases = tuple(gathering.cases.get(name, ()))
    part = Part(
        kind="behaviour",
        evidence=Evidence(cases=cases, summary={}, wrong=()),
        problem="",
        status=None,
    )
    left = (*lacking, *gathering.not_run.get(name, ()))
    return judge(
        [part],
        Terms(types="", kinds=("behaviour",), expects=tuple(expects), not_run=left),
    )
