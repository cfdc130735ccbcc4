# SPDX-License-Identifier: Apache-2.0
"""`together PATH ...`: what these files, or all in these folders, mean for one process."""

from __future__ import annotations

from collections.abc import Iterator

from blas_probe.cli.run import Answer, Run
from blas_probe.errors import UsageError
from blas_probe.report import wrap
from blas_probe.threads.together import Together, Used, two_openmp

TROUBLE = 1


def together(run: Run, _: str | None) -> Answer:
    """The run-times, the warnings; the exit code is 1 when there are two for OpenMP."""
    if not run.paths:
        msg = (
            "`together` needs libraries or folders, for example an unpacked wheel: "
            "blas_probe together wheel/ libmine.so"
        )
        raise UsageError(msg)
    found = two_openmp(run.paths, environ=run.environ, recipes=run.recipes)
    lines = [line for text in told(found) for line in wrap(text, 2)]
    text = "".join(f"{line}\n" for line in lines)
    return Answer(text, TROUBLE if found.warnings else 0)


def told(found: Together) -> Iterator[str]:
    """One sentence a line."""
    for used in found.runtimes:
        yield story(used)
    if not found.runtimes:
        yield "No OpenMP or TBB run-time is asked for."
    for warning in found.warnings:
        yield f"WARNING: {warning.text}. Cure: {warning.cure}. ({warning.source})"
    if found.runtimes and not found.warnings:
        yield f"{len(found.openmp)} OpenMP run-time: nothing clashes."
    absent = sorted({name for name, _ in found.missing})
    if absent:
        yield f"Not found here, so not followed: {', '.join(absent)}"


def story(used: Used) -> str:
    """The run-time, its file, and the way to it."""
    where = used.path or "a file that is not here"
    how = "a copy inside " if used.copy else ""
    way = " -> ".join(used.chain[:-1])
    return f"{used.name}: {how}{where}" + (f"  (by {way})" if way else "")
