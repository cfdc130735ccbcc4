# SPDX-License-Identifier: Apache-2.0
"""Run a foreign program: bounded output, a time limit, and no process left behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from blas_probe.call.worker import child_environment, how_it_ended, merge, plain, supervised
from blas_probe.record import dataclass

CANNOT_BE_RUN = "cannot be run"
PROGRAM = "blas_probe.call.program"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a program answered."""

    code: int | None
    """Exit code, negative for a signal; None when it could not start or was killed for time."""
    output: str
    """Standard output and error together, cut at a limit."""
    problem: str | None
    """Why the answer cannot be used, in one sentence; None when the exit code is 0."""


def run_tool(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    timeout: float,
    token: str,
    keep: Sequence[str] = (),
    cwd: str = "/",
) -> Said:
    """Run `command` in a session of its own; never raises for what it does.

    It sees the clean environment of every child, and the variables named in `keep`.
    """
    request = {
        "command": list(command),
        "cwd": cwd,
        "kept": {name: environ[name] for name in keep if name in environ},
        "timeout": timeout,
        "module": PROGRAM,
    }
    ended = supervised(request, child_environment(environ, token))
    if isinstance(ended, str):
        return Said(code=None, output="", problem=f"{CANNOT_BE_RUN}: {ended}")
    told = merge(ended.told)
    if "problem" in told:
        return Said(code=None, output="", problem=f"{CANNOT_BE_RUN}: {told['problem']}")
    output = ended.printed.decode("utf-8", "replace")
    if ended.in_time and ended.status == 0:
        return Said(code=0, output=output, problem=None)
    said = plain(output)
    return Said(
        code=ended.status if ended.in_time else None,
        output=output,
        problem=how_it_ended(ended, timeout) + (f"; it printed: {said}" if said else ""),
    )
