# SPDX-License-Identifier: Apache-2.0
"""From a plan to CI jobs: one job per cell, in the form that each CI service reads. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ci.errors import CiError
from wheels.plan import Plan
from wheels.rows import Platform, Python

IMAGE = "python:{version}"
"""The container image of a Python version, where a CI service starts jobs in one."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One CI job: it builds and proves exactly one cell."""

    cell: str
    platform: str
    python: str
    """Version of the interpreter that the job starts with, for example 3.12."""
    blas: str
    runner: str
    """What the CI service calls the machine to run on."""
    supply: str
    """The requirement that brings the provider; empty when the machine has it."""


def jobs(plan: Plan, pythons: Iterable[Python], platforms: Iterable[Platform]) -> tuple[Job, ...]:
    """One job per cell; CiError when a platform has no runner."""
    versions = {row.id: row.version for row in pythons}
    runners = {row.id: row.runner for row in platforms}
    answer = []
    for cell in plan.cells:
        if not runners.get(cell.platform):
            msg = (
                f"no runner is known for platform {cell.platform}\n"
                "  next: write `runner` in its row of recipes/platforms.toml"
            )
            raise CiError(msg)
        answer.append(
            Job(
                cell=cell.id,
                platform=cell.platform,
                python=versions[cell.python],
                blas=cell.blas,
                runner=runners[cell.platform],
                supply=cell.supply,
            )
        )
    return tuple(answer)


def github(rows: Iterable[Job]) -> str:
    """The value of `strategy.matrix` of GitHub Actions, on one line."""
    table = [
        {
            "cell": row.cell,
            "runs-on": row.runner,
            "python-version": row.python,
            "platform": row.platform,
            "blas": row.blas,
        }
        for row in rows
    ]
    return json.dumps({"include": table})


def gitlab(rows: Iterable[Job]) -> str:
    """A child pipeline of GitLab; JSON is YAML."""
    pipeline: dict[str, Any] = {"stages": ["cells"]}
    for row in rows:
        pipeline[row.cell] = {
            "stage": "cells",
            "tags": [row.runner],
            "image": IMAGE.format(version=row.python),
            "script": [local_command(row.cell)],
            "artifacts": {"when": "always", "paths": ["dist/", "build/certificates/"]},
        }
    return json.dumps(pipeline, indent=1)


def plain(rows: Iterable[Job]) -> str:
    """All that is known of each job."""
    table = [{**vars(row), "command": local_command(row.cell)} for row in rows]
    return json.dumps({"schema": 1, "jobs": table}, indent=1)


def local_command(cell: str) -> str:
    """What a job runs; the same line does the same on anybody's machine."""
    return f"python3 -m ci run --only {cell}"


FORMATS: dict[str, Callable[[Iterable[Job]], str]] = {
    "github": github,
    "gitlab": gitlab,
    "json": plain,
}
