# SPDX-License-Identifier: Apache-2.0
"""The tools that may catch a mutant. Each ends at the first thing that it catches."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wheels.proof.check import FULL_TIMEOUT, QUICK_TIMEOUT

PASSED, CAUGHT, NOT_RUN = "passed", "caught", "not run"
LIMIT = 900.0
"""Seconds for one run of one tool; longer is a hang."""
_running: set[subprocess.Popen[str]] = set()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one tool said of one library."""

    state: str = NOT_RUN
    case: str = ""
    """What caught it, in the tool's words."""
    seconds: float = 0.0


Judge = Callable[[str], str]
"""What a line of output says against the library; empty when nothing."""


def check(
    program: Path,
    backend: Path,
    runs: Sequence[Sequence[str]],
    pardon: Callable[[str], bool],
) -> Outcome:
    """Run trivet-check on a backend, once with each of these words.

    `pardon` tells known defects of the true provider.
    """
    seconds = 0.0
    for words in runs:
        outcome = _once(program, backend, words, pardon)
        seconds += outcome.seconds
        if outcome.state != PASSED:
            break
    return dataclasses.replace(outcome, seconds=round(seconds, 2))


def _once(
    program: Path, backend: Path, words: Sequence[str], pardon: Callable[[str], bool]
) -> Outcome:
    sealed = False

    def judge(line: str) -> str:
        nonlocal sealed
        try:
            row = json.loads(line)
        except ValueError:
            return f"a line that is no JSON: {line[:60]}"
        sealed = sealed or "summary" in row
        if "case" not in row or row.get("ok") is True or pardon(row["case"]):
            return ""
        return f"{row['case']}: {row.get('problem')} ({row.get('detail')})"

    limit = FULL_TIMEOUT if "--full" in words else QUICK_TIMEOUT
    outcome = watch([str(program), str(backend), *words], judge, good=(0, 1), limit=limit)
    if outcome.state == PASSED and not sealed:
        return Outcome(state=CAUGHT, case="it ended without a summary", seconds=outcome.seconds)
    return outcome


def xblat(folder: Path, source: Path, library: Path) -> Outcome:
    """Run the reference BLAS's own test programs on the library."""
    seconds = 0.0
    for program in sorted(folder.glob("?blat?"), key=lambda path: (path.name[-1], path.name)):
        data = source / "BLAS/TESTING" / f"{program.name}.in"
        summary = library.parent / f"{program.name}.out"
        outcome = watch(
            [str(program)], _blat_line, env={"LD_LIBRARY_PATH": str(library.parent)},
            feed=data if data.exists() else None, cwd=library.parent,
        )  # fmt: skip
        seconds += outcome.seconds
        said = summary.read_text(errors="replace").splitlines() if summary.exists() else []
        case = outcome.case or next(filter(None, map(_blat_line, said)), "")
        if not case and data.exists() and not any("END OF TESTS" in line for line in said):
            case = "it did not come to the end of its tests"
        if case:
            return Outcome(state=CAUGHT, case=f"x{program.name}: {case}", seconds=seconds)
    return Outcome(state=PASSED, seconds=seconds)


def _blat_line(line: str) -> str:
    return line.strip(" *\n") if re.search(r"\bFAIL(ED)?\b|FATAL|SUSPECT", line) else ""


def numpy(python: str, packages: Path, library: Path) -> Outcome:
    """Run numpy.linalg's own tests with the library in the place of libblas and liblapack."""
    environ = {"LD_LIBRARY_PATH": str(library.parent), "PYTHONPATH": str(packages)}
    words = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--pyargs", "numpy.linalg"]
    return watch([python, *words], _numpy_line, env=environ, cwd=library.parent)


def _numpy_line(line: str) -> str:
    return line.removeprefix("FAILED ").strip() if line.startswith(("FAILED ", "ERROR ")) else ""


def watch(
    command: Sequence[str],
    judge: Judge,
    *,
    good: Sequence[int] = (0,),
    env: Mapping[str, str] | None = None,
    feed: Path | None = None,
    cwd: Path | None = None,
    limit: float = LIMIT,
) -> Outcome:
    """Run a command until a line of its output speaks against the library, or to its end."""
    begun = time.monotonic()
    with contextlib.ExitStack() as stack:
        given = stack.enter_context(feed.open("rb")) if feed else subprocess.DEVNULL
        child = stack.enter_context(
            subprocess.Popen(
                command,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                text=True,
                errors="replace",
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        stack.enter_context(_ended_after(child, limit))
        assert child.stdout is not None
        case = next(filter(None, map(judge, child.stdout)), "")
        if case:
            _end(child)
        status = child.wait()
    seconds = time.monotonic() - begun
    if not case and seconds >= limit:
        case = f"no end after {limit:.0f} s"
    elif not case and status not in good:
        case = f"it ended with {signal.Signals(-status).name if status < 0 else status}"
    return Outcome(state=CAUGHT if case else PASSED, case=case, seconds=round(seconds, 2))


@contextlib.contextmanager
def _ended_after(child: subprocess.Popen[str], limit: float) -> Iterator[None]:
    """End the child and what it started, at the latest when the block is left or time is up."""
    timer = threading.Timer(limit, _end, (child,))
    timer.daemon = True
    timer.start()
    _running.add(child)
    try:
        yield
    finally:
        timer.cancel()
        _running.discard(child)
        _end(child)


def end_all() -> None:
    """End every tool that runs."""
    for child in list(_running):
        _end(child)


def _end(child: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
