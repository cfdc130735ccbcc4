# SPDX-License-Identifier: Apache-2.0
"""Run a visit in a process of its own, with a time limit, and say what went wrong in it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wheels.command import Completed, Log, call, describe_status
from wheels.company.rows import Guest
from wheels.company.visits import Visit
from wheels.errors import CommandTimeoutError, WheelsError

VISIT = Path(__file__).with_name("visit.py")
LIMIT = 120.0  # seconds for one visit; it takes less than one on an idle machine
FORETOLD_LIMIT = 10.0  # seconds
TRIES = 2  # another program on this machine can slow down one try, not each
BACKEND: Mapping[str, object] = {
    "imports": ["trivet", "trivet._core"],
    "begin": "trivet.use(name)",
    "array": "trivet.asarray(rows)",
    "product": "trivet.matmul(a, b)",
    "solution": "trivet.linalg.solve(a, b)",
    "spectrum": "trivet.linalg.eigvalsh(a)",
    "factor": "trivet.linalg.cholesky(a)",
    "answered": "[trivet._core.current_backend()[key] for key in "
    "('path', 'library', 'lapack_library', 'version', 'thread_layer')]",
}
FILES = 3  # so many of the answers above are files
HUNG = "hung"
BINDING = re.compile(r"binding file (\S+) \[\d+\] to (\S+) \[\d+\]: \w+ symbol `([^']+)'")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where visits are made: the Python of a venv, and how it is started."""

    venv: Path
    env: Mapping[str, str]
    log: Log | None
    guests: Sequence[Guest] = ()
    limit: float = LIMIT

    @property
    def python(self) -> Path:
        """The venv's interpreter."""
        return self.venv / "bin" / "python"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a visit showed."""

    problem: str
    """Empty when everything held."""
    answered: Mapping[str, Sequence[str]]
    """Backend -> its file, its libraries, their version, their threads."""
    unsure: str = ""
    """Why it proves nothing; empty when it does."""


def make(visit: Visit, place: Place) -> Seen:
    """Make a visit; whatever goes wrong is told, never raised."""
    seen = Seen(problem="not tried", answered={})
    if visit.foretold:
        return _make_once(visit, dataclasses.replace(place, limit=min(place.limit, FORETOLD_LIMIT)))
    for _ in range(TRIES):
        seen = _make_once(visit, place)
        if not seen.problem.startswith(HUNG):
            break
        if busy := busy_machine():
            return Seen(problem="", answered={}, unsure=f"{seen.problem}, {busy}")
    return seen


def busy_machine() -> str:
    """Say that others take the CPUs: threads that wait for each other by spinning then crawl.

    A visit itself is no more load than there are CPUs.
    """
    load, usable = os.getloadavg()[0], len(os.sched_getaffinity(0))
    if load < 2 * usable:
        return ""
    return f"on a machine that others keep busy (load {load:.1f} on {usable} CPUs): try again"


def _make_once(visit: Visit, place: Place) -> Seen:
    guests = {guest.name: guest for guest in place.guests}
    parties = [_party(name, guests.get(name)) for name in visit.parties]
    plan = json.dumps({"parties": parties, "strange": str(visit.strange or "")})
    with tempfile.TemporaryDirectory(prefix="trivet-visit-") as folder:
        env = {**place.env, **visit.env}
        if visit.foreign:
            env |= {"LD_DEBUG": "bindings", "LD_DEBUG_OUTPUT": f"{folder}/loader"}
        try:
            done = call(
                [place.python, "-I", VISIT, plan],
                env=env,
                cwd=place.venv,
                log=place.log,
                timeout=place.limit,
                check=False,
                errors_apart=True,
            )
        except CommandTimeoutError as error:
            where = _step(error.output)
            return Seen(problem=f"{HUNG} for {place.limit:.0f} s ({where})", answered={})
        except WheelsError as error:
            return Seen(problem=str(error), answered={})
        seen = judge(done, place.venv)
        if seen.problem or not visit.foreign:
            return seen
        texts = [path.read_text(errors="replace") for path in Path(folder).glob("loader*")]
        return Seen(
            problem="; ".join(bound("\n".join(texts), place.venv, visit.foreign)),
            answered=seen.answered,
        )


def _party(name: str, guest: Guest | None) -> dict[str, object]:
    if guest is None:
        return {**BACKEND, "name": name}
    names = ("name", "imports", "array", "product", "solution", "spectrum", "factor")
    return {field: getattr(guest, field) for field in names}


def judge(done: Completed, venv: Path) -> Seen:
    """Read what a visit printed; no last line is a failure."""
    lines = [line for text in done.output.splitlines() if (line := _line(text))]
    last = lines[-1] if lines else {}
    if "wrong" not in last:
        said = (done.errors.strip().splitlines() or ["no message"])[-1]
        ended = describe_status(done.returncode)
        return Seen(problem=f"ended with {ended} ({_step(done.output)}): {said}", answered={})
    answered = {name: list(row) for name, row in last["answered"].items() if row}
    wrong = [str(text) for text in last["wrong"]]
    wrong += [
        f"{name}: {path} answers, which is no part of what was installed"
        for name, row in answered.items()
        for path in dict.fromkeys(row[:FILES])
        if not Path(path).resolve().is_relative_to(venv.resolve())
    ]
    if not wrong and done.returncode:
        wrong.append(f"ended with {describe_status(done.returncode)} after its last line")
    return Seen(problem="; ".join(wrong), answered=answered)


def _line(text: str) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def _step(output: str) -> str:
    """Where it was when it ended."""
    steps = [
        str(line["step"]) for text in output.splitlines() if "step" in (line := _line(text) or {})
    ]
    return f"at: {steps[-1]}" if steps else "before its first step"


def bound(text: str, venv: Path, foreign: Path) -> list[str]:
    """Calls of what was installed that the loader bound to the foreign library."""
    names: dict[str, set[str]] = {}
    home, other = venv.resolve(), foreign.resolve()
    for caller, callee, symbol in dict.fromkeys(BINDING.findall(text)):
        if Path(callee).resolve() == other and Path(caller).resolve().is_relative_to(home):
            names.setdefault(Path(caller).name, set()).add(symbol)
    return [
        f"{caller} calls {len(symbols)} functions of {foreign}: {', '.join(sorted(symbols)[:3])}"
        for caller, symbols in sorted(names.items())
    ]
