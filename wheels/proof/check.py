# SPDX-License-Identifier: Apache-2.0
"""Run trivet-check on a backend, each part in a process that leaves nothing behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from blas_probe.threads.machine import machine_facts
from wheels.command import Completed, Log, call, describe_status
from wheels.errors import CommandFloodError, CommandTimeoutError, WheelsError
from wheels.proof.evidence import KINDS, Evidence, read
from wheels.proof.verdict import Part, Terms, Verdict, all_slow, judge

QUICK_TIMEOUT = 300.0  # seconds for one part; it takes a few on an idle machine
FULL_TIMEOUT = 900.0  # seconds
CASE_TIMEOUT = 60.0  # seconds for one case
EMULATED = 10.0  # times as long for all of these, where an emulator computes
SPEED_TRIES = 3  # another program on this machine can slow down one try, not every one
SEAL = "TRIVET_CHECK_SEAL"  # core/check/seal.h; contain.py stands alone and has it too
CONTAIN = Path(__file__).with_name("contain.py")
CHECKOUT = Path(__file__).resolve().parents[2]
HALVES = ("sz", "dc")  # of the element types; each takes about as long
UNUSABLE = 2  # trivet-check's exit status when the backend cannot be loaded


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is run: the check program on a backend, and how."""

    program: Path
    backend: Path
    env: Mapping[str, str]
    log: Log | None
    prefix: Sequence[str] = ()
    """An emulator's command line."""
    full: bool = False
    limit: float = 0.0
    """Seconds for one part; 0: the usual limit."""
    only: str = ""
    """One operation alone, for a quick question."""
    affix: str = ""
    """What surrounds a name in the library (`scipy_*_64_`): it is timed by itself, too."""
    blas: bool = False
    """Nothing that calls LAPACK, because there is none."""
    serial: bool = False
    """It computes on one thread whatever is asked for: two processes do not disturb each other."""
    emulated: bool = False
    """Another processor is emulated: nothing is timed, so two processes do not disturb either."""

    @property
    def seconds(self) -> float:
        """The time limit of one part."""
        return self.limit or self.slowness * (FULL_TIMEOUT if self.full else QUICK_TIMEOUT)

    @property
    def slowness(self) -> float:
        """How much longer everything may take than on this CPU itself."""
        return EMULATED if self.prefix else 1.0


def check_backend(subject: Subject, terms: Terms) -> Verdict:
    """Run the cases; whatever goes wrong is a failed verdict, never an error.

    The parts are processes of their own; a part that did not end well is the last one.
    """
    parts: list[Part] = []
    for kind in KINDS:
        if kind not in terms.kinds:
            continue
        for _ in range(SPEED_TRIES if kind == "speed" else 1):
            parts += run_parts(subject, terms, kind)
            cases = [case for part in parts for case in part.evidence.cases]
            if kind == "speed" and not all_slow(cases, terms):
                break
            if any(part.problem for part in parts):
                return judge(parts, terms)
    return judge(parts, terms)


def run_parts(subject: Subject, terms: Terms, kind: str) -> list[Part]:
    """Run trivet-check once, or for some types at a time on two CPUs where that hurts nobody."""
    halves = ["".join(one for one in half if one in terms.types) for half in HALVES]
    apart = subject.serial or subject.emulated
    if not (kind == "numeric" and apart and usable_cpus() > 1 and all(halves)):
        return [run_part(subject, terms, kind)]
    with ThreadPoolExecutor(len(halves)) as pool:
        shares = [replace(terms, types=half) for half in halves]
        return list(pool.map(lambda share: run_part(subject, share, kind), shares))


def usable_cpus() -> int:
    """The CPUs that this process may use."""
    return machine_facts().usable_threads


def run_part(subject: Subject, terms: Terms, kind: str) -> Part:
    """Run trivet-check once, sealed and contained."""
    words = [f"--{kind}", "--types", terms.types]
    words += ["--floor", str(terms.floor)] if kind == "speed" and terms.floor else []
    words += ["--only", subject.only] if subject.only else []
    words += ["--affix", subject.affix] if kind == "speed" and subject.affix else []
    words += ["--blas"] if subject.blas else []
    words += ["--limit", str(subject.slowness * CASE_TIMEOUT)] if subject.prefix else []
    seal = os.urandom(16).hex()
    argv = [*subject.prefix, str(subject.program.resolve()), str(subject.backend.resolve())]
    argv += ["--full" if subject.full else "--quick", *words]
    output, status, problem = "", None, ""
    try:
        done = call(
            [sys.executable, "-I", "-S", CONTAIN, CHECKOUT, *argv],
            env={**subject.env, SEAL: seal},
            log=subject.log,
            timeout=subject.seconds,
            check=False,
            errors_apart=True,
        )
        output, status, problem = done.output, done.returncode, _problem(done)
    except CommandTimeoutError as error:
        output, problem = error.output, f"hung: no end after {subject.seconds:.0f} s"
    except CommandFloodError as error:
        problem = f"flooded: {error.what.partition(':')[0]}"
    except WheelsError as error:
        problem = str(error)
    evidence = read(output, seal)
    return Part(
        kind=kind,
        evidence=evidence,
        problem=f"{problem}{_last(evidence, kind)}" if problem and status != UNUSABLE else problem,
        status=status,
    )


def _problem(done: Completed) -> str:
    if done.returncode == UNUSABLE:
        said = (done.errors.strip() or done.output.strip() or "no message").splitlines()[-1]
        return f"cannot be loaded: {said.removeprefix('trivet-check: ')}"
    if done.returncode not in (0, 1):
        return f"crashed: {describe_status(done.returncode)}"
    return ""


def _last(evidence: Evidence, kind: str) -> str:
    """Where it was when it ended."""
    if not evidence.cases:
        return f" (before the first {kind} case ended)"
    return f" (after the {kind} case `{evidence.cases[-1].name}`)"
