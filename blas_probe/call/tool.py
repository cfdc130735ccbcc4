# SPDX-License-Identifier: Apache-2.0
"""Run a foreign program: bounded output, a time limit, and no process left behind."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from blas_probe.call.worker import (
    MOST_OUTPUT,
    child_environment,
    collect,
    how_it_ended,
    kill_group,
    plain,
)


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
    """Run `command` in a process group of its own; never raises for what it does.

    It sees the clean environment of every child, and the variables named in `keep`.
    """
    if os.name != "posix":
        return Said(code=None, output="", problem="cannot be run on this system yet")
    kept = {name: environ[name] for name in keep if name in environ}
    begin = time.monotonic()
    try:
        program = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**child_environment(environ, token), **kept},
            start_new_session=True,
            cwd=cwd,
        )
    except (OSError, ValueError) as error:
        return Said(code=None, output="", problem=f"cannot be run: {reason(error)}")
    assert program.stdout is not None
    number = program.stdout.fileno()
    got, in_time = collect(program, {number: MOST_OUTPUT}, begin + timeout)
    program.stdout.close()
    kill_group(program)
    output = got[number].decode("utf-8", "replace")
    if in_time and program.returncode == 0:
        return Said(code=0, output=output, problem=None)
    ended = how_it_ended(program.returncode, in_time=in_time, timeout=timeout)
    said = plain(output)
    return Said(
        code=program.returncode if in_time else None,
        output=output,
        problem=ended + (f"; it printed: {said}" if said else ""),
    )


def reason(error: OSError | ValueError) -> str:
    """The system's words, without the number."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
