# SPDX-License-Identifier: Apache-2.0
"""Measure a static archive: link the functions that are asked into a library, and call that."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from blas_probe.binary.affix import C_INTERFACE
from blas_probe.cache import Cache
from blas_probe.call.tool import Said, run_tool
from blas_probe.call.worker import Outcome
from blas_probe.headers.pair import find_compiler
from blas_probe.record import dataclass

MEASURED = ("measured", "answer", "neighbour", "string_length")
KEPT = ("TMPDIR", "SDKROOT", "LIBRARY_PATH", "MACOSX_DEPLOYMENT_TARGET")
# How a platform's linker is told; names are pulled in one by one, so that siblings may be absent.
SHARED = {
    "macos": ("-dynamiclib", "-undefined", "dynamic_lookup"),
    "": ("-shared", "-Wl,-z,lazy", "-Wl,-Bsymbolic"),
}
UNDERSCORE = {"macos": "_"}
# Beginning of a name that an object asks for -> library that usually has it.
RUNTIMES = {
    "_gfortran_": "gfortran", "_FortranA": "flang_rt.runtime", "GOMP_": "gomp", "__kmpc_": "omp",
    "_quadmath": "quadmath",
}  # fmt: skip
ALWAYS = ("m", "pthread")


@dataclass(frozen=True, kw_only=True)
class Linker:
    """What linking needs, and how the result is looked at."""

    folder: Path
    platform: str
    environ: Mapping[str, str]
    timeout: float
    token: str
    look: Callable[[str], Outcome]
    cache: Cache | None
    numbers: itertools.count[int] = dataclasses.field(default_factory=itertools.count)


def with_calls(first: Outcome, path: str, linker: Linker) -> Outcome:
    """What was read of the archive at `path`, with what calls of its functions tell instead."""
    compiler = find_compiler(linker.environ)
    if compiler is None:
        return _noted(first, "not called: no C compiler here can link the archive")
    question = {"linked": path, "compiler": compiler, "names": first.findings["link"]}
    kept = linker.cache.recall(question) if linker.cache else None
    if isinstance(kept, dict):
        return dataclasses.replace(first, findings=kept)
    since = time.time()
    done = _with_calls(first, path, compiler, linker)
    if linker.cache:
        linker.cache.keep(question, dict(done.findings), files=[path, compiler[0]], since=since)
    return done


def _with_calls(first: Outcome, path: str, compiler: Sequence[str], linker: Linker) -> Outcome:
    target = linker.folder / f"linked-{next(linker.numbers)}.so"
    names, parts = first.findings["link"], first.findings.get("link_with", ())
    said = link(path, target, names, compiler, linker, parts)
    if "PIC" in said.output or "shared object" in said.output:
        # Objects for programs alone: often only the C interface's error handler is in the way.
        names = [name for name in names if not C_INTERFACE.search(name)]
        said = link(path, target, names, compiler, linker, parts)
    if said.problem is not None:
        return _noted(first, f"not called, linking it failed: {first_error(said)}")
    second = linker.look(str(target))
    target.unlink(missing_ok=True)
    why = second.ending or second.findings.get("load_error")
    if "measured" not in second.findings or "inferred" in second.findings:
        return _noted(first, f"not called, what was linked from it fails: {why}")
    findings = {name: value for name, value in first.findings.items() if name != "inferred"}
    findings |= {name: second.findings[name] for name in MEASURED if name in second.findings}
    findings["measured"] = [
        {**one, **{name: old[name] for name in ("cblas", "lapacke") if not one.get(name)}}
        for one, old in zip(findings["measured"], first.findings["measured"], strict=False)
    ]
    linked = Outcome(
        findings=findings, ending=None, seconds=first.seconds + second.seconds, repeatable=False
    )
    return _noted(linked, "its functions were called after linking them into a library")


def link(
    path: str,
    target: Path,
    names: Iterable[str],
    compiler: Sequence[str],
    linker: Linker,
    parts: Sequence[str] = (),
) -> Said:
    """Link `names` and all that they need; run-times that the compiler lacks are left out."""
    plain = SHARED.get(linker.platform, SHARED[""])
    mark = UNDERSCORE.get(linker.platform, "")
    wanted = [f"-Wl,-u,{mark}{name}" for name in names]
    usual = [f"-l{name}" for name in ALWAYS]
    extra = [f"-l{name}" for name in RUNTIMES.values()]
    start = [*compiler, *plain, "-o", str(target), *wanted, path, *parts]
    said = Said(code=None, output="", problem="")
    missing: set[str] = set()
    for _ in range(len(extra) + 1):
        tried = [word for word in extra if word not in missing]
        said = run_tool(
            [*start, *tried, *usual], environ=linker.environ, timeout=linker.timeout,
            token=linker.token, keep=KEPT,
        )  # fmt: skip
        lacking = {word for word in tried if f"cannot find {word}" in said.output}
        lacking |= {word for word in tried if f"library not found for {word}" in said.output}
        if said.problem is None or not lacking:
            break
        missing |= lacking
    return said


def first_error(said: Said) -> str:
    """The line of the linker that says why."""
    lines = [line.strip() for line in said.output.splitlines() if line.strip()]
    telling = (line for line in lines if "recompile" in line or "error" in line.lower())
    return next(telling, lines[0] if lines else str(said.problem))[:200]


def _noted(outcome: Outcome, text: str) -> Outcome:
    findings: dict[str, Any] = {**outcome.findings, "linked": text}
    return dataclasses.replace(outcome, findings=findings)
