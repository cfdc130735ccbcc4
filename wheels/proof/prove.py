# SPDX-License-Identifier: Apache-2.0
"""`python -m wheels prove LIBRARY [LAPACK_LIBRARY]`: is this very file right and fast, here?"""

from __future__ import annotations

import argparse
import dataclasses
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blas_probe.recipe import Recipes
from wheels.command import Log
from wheels.errors import CheckError, UnfinishedCheckError
from wheels.fingerprint import HashCache, sha256
from wheels.folders import Folders
from wheels.prepare import load
from wheels.progress import Progress, Stopwatch
from wheels.proof import baseline as baselines
from wheels.proof import building, recorded, show, static
from wheels.proof.backends import affix_of, certificate_of, describe
from wheels.proof.certificate import NAME, Certificate, Proof, text_of
from wheels.proof.check import Subject, check_backend, run_part
from wheels.proof.kernels import Forced, ForcedKernels, every_kernel
from wheels.proof.making import is_serial, proof_of, proven, this_host
from wheels.proof.regress import Against
from wheels.proof.target import Target, find_target, locate
from wheels.proof.tools import Tools, find_tools
from wheels.proof.verdict import NotRun, Terms, Verdict, failed, rates_of

RECORDED_RUNS = 5  # of the speed cases; what most of them reach is no accident
NO_LAPACK = NotRun(
    what="LAPACK cases", why="the library has no LAPACK, and no LAPACK_LIBRARY was given"
)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    words: tuple[str, ...]
    """One or two libraries: paths, names that the loader finds, or a variant."""
    full: bool = False
    kernels: bool = False
    """With every kernel that the library can be forced to, too."""
    limit: float = 0.0
    """Seconds for each part of the checks; 0: the usual ones."""
    keep: Path | None = None
    """Folder for the certificate, the backend, the check program and the log."""
    toolchain: str = ""
    baseline: Path | None = None
    """The recorded speeds to compare with; None: none."""
    record: bool = False
    """Record its own speeds, when everything held."""


def prove(
    wish: Wish, folders: Folders, environ: Mapping[str, str], jobs: int, progress: Progress
) -> Certificate:
    """Build a backend against the libraries and run the checks on it."""
    recipes, rows = load(folders.recipes)
    progress.stage("prove", 3)
    watch = Stopwatch()
    archives = static_archives(wish.words, recipes, environ)
    target = None if archives else find_target(wish.words, recipes, environ)
    tools = find_tools(folders, rows, environ, toolchain=wish.toolchain, jobs=jobs)
    if target is None:
        others = [word for word in wish.words if word not in archives]
        linked, remarks = static.linked(list(map(Path, archives)), tools, recipes, environ)
        target = find_target([str(linked), *others], recipes, environ)
        target = dataclasses.replace(target, notes=(*remarks, *target.notes))
    progress.done("looked at", target.choice.blas.path, watch.seconds)
    watch = Stopwatch()
    backend, program = building.backend(target, tools), building.check_program(tools)
    progress.done("built", f"{backend.name} and {program.name}", watch.seconds)
    watch = Stopwatch()
    certificate, subject = _checked(wish, target, tools, recipes, backend, program, progress)
    assert certificate.proof is not None
    progress.done("checked", describe(certificate.proof.verdict), watch.seconds)
    if wish.record and certificate.green:
        path = _record(certificate.proof, subject, folders)
        progress.say(f"recorded: {path}")
    if wish.keep:
        _keep(wish.keep, certificate, (backend, program, _log_of(subject)))
    tools.cache.save()
    return certificate


def static_archives(
    words: Sequence[str], recipes: Recipes, environ: Mapping[str, str]
) -> list[str]:
    """Those of the words that name static archives, which are linked into a library first."""
    variants = [variant.id for variant in recipes.variants]
    if len(words) == 1 and words[0] in variants:
        return []
    paths = {word: locate(word, variants, environ) for word in words}
    return [word for word, path in paths.items() if path.is_file() and static.is_archive(path)]


def _checked(
    wish: Wish,
    target: Target,
    tools: Tools,
    recipes: Recipes,
    backend: Path,
    program: Path,
    progress: Progress,
) -> tuple[Certificate, Subject]:
    log = Log(tools.folders.logs / f"prove-{backend.parent.name}.log", "run trivet-check")
    whole = target.has_lapack
    subject = Subject(
        program=program,
        backend=backend,
        env={**tools.env, "LD_LIBRARY_PATH": environment_path(target, tools.env)},
        log=log,
        full=wish.full,
        limit=wish.limit,
        affix=affix_of(target.choice.blas),
        blas=not whole,
        serial=is_serial(target.choice),
    )
    told = _against(wish, target, recipes)
    left_out = [*([] if whole else [NO_LAPACK]), *([told] if isinstance(told, NotRun) else [])]
    terms = Terms(
        floor=target.floor,
        expects=target.expects,
        not_run=tuple(left_out),
        against=told if isinstance(told, Against) else None,
    )
    before = hashes(target, backend)
    verdict = check_backend(subject, terms)
    forced = _forced(wish, subject, terms, target, recipes, progress) if wish.kernels else None
    if forced:
        verdict = forced.joined(verdict)
    if hashes(target, backend) != before:
        verdict = failed("a file was changed while it was checked; run it again")
    verdict = with_strangers(verdict, target)
    proof = proof_of(
        target.choice,
        verdict,
        subject,
        root=tools.folders.root,
        toolchain=tools.compiler,
        digest=before[backend],
        cache=HashCache(),
    )
    notes = (*target.notes, *(forced.notes if forced else ()))
    return certificate_of(backend.name, proof, backend, notes=notes), subject


def _against(wish: Wish, target: Target, recipes: Recipes) -> Against | NotRun:
    """The recorded speeds of these libraries on this CPU, or why there are none."""
    libraries = [proven(one, HashCache()) for one in target.libraries]
    return recorded.against(wish.baseline, this_host(), libraries, recipes.speed)


def _record(proof: Proof, subject: Subject, folders: Folders) -> Path:
    """Time it some more, and put what it reached in most runs beside the recipes."""
    runs = [proof.verdict.rates]
    for _ in range(RECORDED_RUNS - 1):
        part = run_part(subject, Terms(floor=proof.verdict.floor), "speed")
        runs.append(rates_of(part.evidence.cases))
    new = baselines.recorded(
        proof.host,
        proof.libraries,
        baselines.combined(runs),
        date=time.strftime("%Y-%m-%d"),
        runs=len(runs),
    )
    return recorded.record(new, folders.recipes / recorded.FOLDER)


def _log_of(subject: Subject) -> Path:
    assert subject.log is not None
    return subject.log.path


def _forced(
    wish: Wish,
    subject: Subject,
    terms: Terms,
    target: Target,
    recipes: Recipes,
    progress: Progress,
) -> ForcedKernels | None:
    def tell(row: Forced) -> None:
        progress.say(f"kernel {row.name}: {row.why or f'{row.core} {row.outcome}'}")

    recipe = {one.name: one for one in recipes.providers}.get(target.choice.blas.provider)
    if recipe is None or recipe.kernels is None:
        return None
    rows = every_kernel(subject, terms, target.libraries, recipes, tell)
    return ForcedKernels(rows=tuple(rows), kernels=recipe.kernels)


def environment_path(target: Target, env: Mapping[str, str]) -> str:
    """The loader's own search path: what lies beside a library is what it needs."""
    folders = [str(folder) for folder in target.folders if ":" not in str(folder)]
    return ":".join([*folders, env.get("LD_LIBRARY_PATH", "")]).strip(":")


def hashes(target: Target, backend: Path) -> dict[Path, str]:
    """What every file of a proof is, byte for byte."""
    return {path: sha256(path) for path in (backend, *(Path(x.path) for x in target.libraries))}


def with_strangers(verdict: Verdict, target: Target) -> Verdict:
    """Fail when another file than the one to be proven answered."""
    wanted = {"library": target.choice.blas.path}
    if target.has_lapack:
        wanted["lapack_library"] = (target.choice.lapack or target.choice.blas).path
    wrong = [
        f"the {name} that answered is {verdict.answered[name]}, not {path}"
        for name, path in wanted.items()
        if verdict.answered.get(name) and not _same(verdict.answered[name], path)
    ]
    return Verdict(**{**vars(verdict), "failures": (*verdict.failures, *wrong)})


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _keep(folder: Path, certificate: Certificate, files: Sequence[Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.copy2(path, folder / path.name)
    (folder / NAME).write_text(text_of(certificate), encoding="utf-8")


def seconds(text: str) -> float:
    """A time limit of the command line."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no time limit; give seconds above 0")
    return value


def add_options(sub: argparse.ArgumentParser) -> None:
    """Describe the command line of `prove`."""
    sub.add_argument("library", help="a file, a name that the loader finds, or a variant's id")
    sub.add_argument("lapack", nargs="?", help="the LAPACK, where the library has none")
    sub.add_argument("--full", action="store_true", help="every case of trivet-check")
    sub.add_argument("--quick", dest="full", action="store_false", help="the default")
    sub.add_argument(
        "--kernels", action="store_true", help="with every kernel that it can be forced to, too"
    )
    sub.add_argument("--keep", type=Path, metavar="DIR", help="leave certificate and files there")
    sub.add_argument(
        "--record", action="store_true", help="its speeds become the baseline of this CPU"
    )
    recorded.add_options(sub)
    sub.add_argument("--limit", type=seconds, default=0.0, metavar="SECONDS", help="for each part")
    sub.add_argument("--toolchain", default="", metavar="ID", help="instead of the first good one")
    sub.add_argument("--jobs", type=int, default=0, metavar="N", help="default: the usable cores")


def command(
    arguments: argparse.Namespace,
    folders: Folders,
    environ: Mapping[str, str],
    progress: Progress,
) -> Certificate:
    """Run `prove`, as the command line says."""
    words = [arguments.library, *([arguments.lapack] if arguments.lapack else [])]
    wish = Wish(
        words=tuple(words),
        full=arguments.full,
        kernels=arguments.kernels,
        limit=arguments.limit,
        keep=arguments.keep,
        toolchain=arguments.toolchain,
        baseline=recorded.wanted(arguments, folders.recipes),
        record=arguments.record,
    )
    jobs = arguments.jobs or len(os.sched_getaffinity(0))
    return prove(wish, folders, environ, jobs, progress)


def finish(certificate: Certificate, *, as_json: bool) -> int:
    """Print the proof; raise unless everything held: hangs and crashes apart from the rest."""
    print(text_of(certificate) if as_json else show.text(certificate), end="", flush=True)
    if certificate.green:
        return 0
    ending = certificate.proof.verdict.ending if certificate.proof else ""
    kind = UnfinishedCheckError if ending else CheckError
    raise kind(
        f"{certificate.id}: {certificate.failures[0]}",
        why=f"{len(certificate.failures)} in all; see above" if not ending else "see the log",
    )
