# SPDX-License-Identifier: Apache-2.0
"""The check stage: trivet-check on every backend that was built."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from blas_probe.choose import Choice
from blas_probe.defects import crashes, met_by_backends
from blas_probe.library import Library
from blas_probe.recipe import Expect
from wheels import libraries
from wheels.build import (
    CHECK,
    CORE,
    Built,
    Workshop,
    backend_id,
    library_folder,
)
from wheels.command import Log
from wheels.emulation import Runner
from wheels.errors import BuildError, CertificateError
from wheels.fingerprint import fingerprint, sha256
from wheels.prepare import Prepared
from wheels.progress import Progress
from wheels.proof.certificate import Certificate, Proof, read_certificate, text_of
from wheels.proof.check import Subject, check_backend
from wheels.proof.kernels import check_elsewhere
from wheels.proof.making import is_serial, proof_of, proven, this_host, used
from wheels.proof.recorded import against
from wheels.proof.regress import Against
from wheels.proof.verdict import NotRun, Terms, Verdict, failed, left_out
from wheels.state import (
    new_folder,
    read_json_or_none,
    share,
    write_if_changed,
    write_json,
)
from wheels.tasks import Outcome, Task, run_all

DECIDING = (
    *("backends", "baseline", "certificate", "check", "contain", "evidence", "making"),
    *("recorded", "regress", "verdict"),
)
EMULATED_KINDS = ("numeric", "behaviour")
BESIDE = ("windows",)  # systems that look for a library in the folder of what asks for it
CHECK_SOURCES = tuple(f"wheels/proof/{name}.py" for name in DECIDING)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the check of one backend gave."""

    verdict: Verdict
    proof: Proof | None
    """None when the backend was not built."""
    seconds: float


def check_backends(
    ready: Prepared, shop: Workshop, built: Built, runner: Runner, progress: Progress
) -> dict[str, Checked]:
    """Run trivet-check on each backend, one after the other: speed is measured undisturbed."""
    names = ready.plan.variants(shop.platform)
    tasks = [_check_task(ready, shop, built, name, runner) for name in names]
    done = run_all("check", tasks, jobs=1, progress=progress)
    return {name: _checked(outcome) for name, outcome in done.items()}


def _checked(outcome: Outcome[Proof]) -> Checked:
    proof = outcome.result
    verdict = proof.verdict if proof else failed(str(outcome.error))
    return Checked(verdict=verdict, proof=proof, seconds=outcome.seconds)


def certificate_id(variant: str, platform: str) -> str:
    """Id of the certificate of a backend that is not packed."""
    return f"backend-{variant}-{platform}"


def _check_task(
    ready: Prepared, shop: Workshop, built: Built, variant: str, runner: Runner
) -> Task[Proof]:
    name = certificate_id(variant, shop.platform)
    path = ready.request.folders.certificates / f"{name}.json"
    record = ready.request.folders.state / "checks" / shop.platform / f"{variant}.json"

    def work() -> tuple[Proof, str]:
        for unit in (CORE, CHECK, backend_id(variant)):
            if problem := built.failures.get(unit):
                raise BuildError(f"not built: {problem}")
        choice = shop.found.choose(variant)
        supply = libraries.already_staged(choice, library_folder(shop, variant))
        expects = known_defects(ready, choice)
        subject = _subject(ready, shop, built, choice, supply, runner)
        told = _against(ready, choice)
        value = _print(ready, shop, subject, supply, choice, expects, told, runner)
        if known := _known(record, path, value):
            return known, describe(known.verdict, "up to date, ")
        log = Log(ready.request.folders.logs / f"check-{name}.log", f"check {name}")
        digest = sha256(subject.backend)
        terms = Terms(
            floor=choice.variant.floor,
            expects=tuple(expects),
            not_run=(told,) if isinstance(told, NotRun) else (),
            against=told if isinstance(told, Against) else None,
        )
        verdict = _verdict(ready, dataclasses.replace(subject, log=log), terms, choice, runner)
        if sha256(subject.backend) != digest:
            verdict = failed(f"{subject.backend.name} was changed while it was checked")
        log.write("= all held" if verdict.green else "= FAILED\n" + "\n".join(verdict.failures))
        proof = proof_of(
            choice,
            verdict,
            subject,
            root=ready.request.folders.root,
            toolchain=f"{shop.compiler.id} {shop.compiler.version}",
            digest=digest,
            cache=shop.cache,
            linked=supply.linked if choice.variant.runtime == "bundle" else (),
        )
        write_if_changed(path, text_of(certificate_of(name, proof, subject.backend)))
        if verdict.green:
            write_json(record, {"fingerprint": value, "certificate": sha256(path)})
        return proof, describe(verdict)

    return Task(name=variant, work=work)


def _verdict(
    ready: Prepared, subject: Subject, terms: Terms, choice: Choice, runner: Runner
) -> Verdict:
    """Run the cases, where and as far as they can be run here."""
    if runner.missing:
        return left_out("trivet-check", runner.missing)
    if not runner.prefix:
        return check_backend(subject, terms)
    if runner.emulated:
        slow = NotRun(what="speed", why="another processor or system is imitated here")
        terms = dataclasses.replace(terms, kinds=EMULATED_KINDS, not_run=(slow,), floor=0.0)
    for row in crashes(used(choice), ready.recipes):
        name, _, value = row.avoid.partition("=")
        subject = dataclasses.replace(subject, env={**subject.env, name: value})
        kept_from = NotRun(
            what=f"kernels {', '.join(row.cores)}",
            why=f"{row.avoid} was set: {row.symptom} ({row.link})",
        )
        terms = dataclasses.replace(terms, not_run=(*terms.not_run, kept_from))
    return check_elsewhere(subject, terms, used(choice), ready.recipes)


def _against(ready: Prepared, choice: Choice) -> Against | NotRun:
    """The recorded speeds of these libraries on this CPU, or why there are none."""
    libraries = [proven(one, ready.cache) for one in used(choice)]
    return against(ready.request.baseline, this_host(), libraries, ready.recipes.speed)


def _subject(
    ready: Prepared,
    shop: Workshop,
    built: Built,
    choice: Choice,
    supply: libraries.Supply,
    runner: Runner,
) -> Subject:
    paths = ":".join(str(path) for path in supply.search)
    variant = choice.variant.id
    backend = built.units[backend_id(variant)].path(shop.backend_file(variant))
    if shop.row.system in BESIDE:
        backend = _gathered(backend, supply, shop.place / "run" / variant)
    return Subject(
        program=shop.out(CHECK) / shop.check_program,
        backend=backend,
        env={**shop.env, "LD_LIBRARY_PATH": paths, **runner.env},
        log=None,
        prefix=runner.prefix,
        full=ready.request.full,
        affix=affix_of(choice.blas),
        serial=is_serial(choice),
        emulated=runner.emulated and not runner.shared,
    )


def _gathered(backend: Path, supply: libraries.Supply, folder: Path) -> Path:
    """The backend in one folder with its libraries, where that system looks for them.

    So is what lies beside a library of another distribution, which opens it in its first call.
    """
    outside = supply.search if supply.choice.variant.runtime == "depend" else ()
    with new_folder(folder) as temporary:
        for path in (backend, *supply.linked):
            shutil.copyfile(path, temporary / path.name)
        for path in [path for place in outside for path in sorted(place.glob("*.dll"))]:
            if not (temporary / path.name).exists():
                share(path.resolve(), temporary / path.name)
    return folder / backend.name


def affix_of(library: Library) -> str:
    """How the library spells `*`, the name of a routine."""
    return f"{library.prefix}*{library.suffix}"


def _print(
    ready: Prepared,
    shop: Workshop,
    subject: Subject,
    supply: libraries.Supply,
    choice: Choice,
    expects: list[Expect],
    told: Against | NotRun,
    runner: Runner,
) -> str:
    """What a verdict depends on: a known one with the same print is still true."""
    root = ready.request.folders.root
    return fingerprint(
        shop.cache,
        root,
        [root / name for name in CHECK_SOURCES],
        shop.cache.of(subject.backend),
        runner.missing or shop.cache.of(subject.program),
        [shop.cache.of(path) for path in supply.linked],
        choice.variant.floor,
        [dataclasses.asdict(row) for row in expects],
        dataclasses.asdict(told),
        ready.request.full,
        this_host().cpu,
        dataclasses.asdict(runner),
    )


def certificate_of(
    name: str, proof: Proof, backend: Path, *, notes: tuple[str, ...] = ()
) -> Certificate:
    """The certificate of a backend that is not packed."""
    return Certificate(
        kind="backend",
        id=name,
        green=proof.verdict.green,
        failures=proof.verdict.failures,
        file=backend.name,
        sha256=proof.sha256,
        size=backend.stat().st_size,
        tag=None,
        notes=notes,
        proof=proof,
        not_run=proof.verdict.not_run,
    )


def known_defects(ready: Prepared, choice: Choice) -> list[Expect]:
    """The recipes' `expect` rows that hold for the chosen libraries on this CPU."""
    rows = [(ready.recipes.provider(one.provider), one) for one in used(choice)]
    return [expect for recipe, one in rows for expect in met_by_backends(recipe, one)]


def _known(record: Path, path: Path, value: str) -> Proof | None:
    """The proof of the last run, if nothing that it depends on changed, itself included."""
    known: Mapping[str, object] = read_json_or_none(record) or {}
    if known.get("fingerprint") != value or not path.is_file():
        return None
    if known.get("certificate") != sha256(path):
        return None
    try:
        return read_certificate(path).proof
    except CertificateError:
        return None


def describe(verdict: Verdict, before: str = "") -> str:
    """Say a verdict in a few words."""
    if not verdict.was_run:
        return f"{before}not run: {verdict.not_run[0].why}"
    if not verdict.green:
        return f"FAILED: {verdict.failures[0].splitlines()[0]}"
    speed = f", {verdict.speed_share:.0%} of the peak" if verdict.speed_share else ""
    worst = f"{verdict.worst_share:.2f}" if verdict.worst_share is not None else "-"
    return f"{before}{verdict.total} cases, worst at {worst} of its threshold{speed}"
