# SPDX-License-Identifier: Apache-2.0
"""The plain table, JSON, and `why`."""

from __future__ import annotations

from blas_probe.cli.run import Answer, Run
from blas_probe.report import flow, table


def show(run: Run, *, as_json: bool) -> Answer:
    """Everything that was found, for people or for programs."""
    found = run.found()
    return Answer(found.to_json() if as_json else table(found))


def why(run: Run, name: str | None) -> Answer:
    """One reason a line: why `name` is, or is not, used."""
    reasons = run.found().why_not(name or "")
    return Answer("".join(f"{line}\n" for reason in reasons for line in flow(reason, 2)))
