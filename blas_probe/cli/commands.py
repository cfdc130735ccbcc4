# SPDX-License-Identifier: Apache-2.0
"""The plain table, JSON, and `why`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from blas_probe.cli.run import Answer, Run
from blas_probe.errors import UnknownVariant
from blas_probe.look import exists
from blas_probe.report import flow, table


def show(run: Run, *, as_json: bool) -> Answer:
    """Everything that was found, for people or for programs."""
    found = run.found()
    return Answer(found.to_json() if as_json else table(found))


def why(run: Run, name: str | None) -> Answer:
    """One reason a line: why `name` is, or is not, used."""
    asked = name or ""
    try:
        reasons = run.found().why_not(asked, run.recipes)
    except UnknownVariant:
        if not asked or not exists(Path(asked)):
            raise
        reasons = _looked_at(run, Path(asked))
    lines = [line for reason in reasons
             for line in flow(reason, 2 + len(reason) - len(reason.lstrip()))]  # fmt: skip
    return Answer("".join(f"{line}\n" for line in lines))


def _looked_at(run: Run, path: Path) -> list[str]:
    """The reasons for a file or folder where nobody would have looked."""
    found = dataclasses.replace(run, paths=[*run.paths, path]).found()
    try:
        return found.why_not(str(path), run.recipes)
    except UnknownVariant as error:
        msg = f"{path}: it holds no library of BLAS or LAPACK, and no file of a CUDA toolkit"
        raise UnknownVariant(msg) from error
