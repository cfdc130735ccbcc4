# SPDX-License-Identifier: Apache-2.0
"""A mutant's speeds beside those of the same library without it, as `prove --baseline` has them."""

from __future__ import annotations

import os
import time
from pathlib import Path

from blas_probe.recipe.speed import SpeedRules
from core.tests.mutants.tools import CAUGHT, PASSED, Outcome
from wheels.proof.baseline import combined
from wheels.proof.check import Subject, check_backend, run_part
from wheels.proof.prove import RECORDED_RUNS
from wheels.proof.recorded import tolerance
from wheels.proof.regress import Against, Level
from wheels.proof.verdict import Terms, rates_of


def subject(program: Path, backend: Path) -> Subject:
    """What is timed."""
    return Subject(program=program, backend=backend, env=dict(os.environ), log=None)


def levels(program: Path, backend: Path, floor: float, rules: SpeedRules) -> Against:
    """What the library without a mutant reaches here."""
    runs = [
        rates_of(run_part(subject(program, backend), Terms(floor=floor), "speed").evidence.cases)
        for _ in range(RECORDED_RUNS)
    ]
    found = {case: Level(share=s, noise=n) for case, (s, n) in combined(runs).items()}
    if not found:
        msg = f"{backend}: no speed case had a share of the limit"
        raise RuntimeError(msg)
    return Against(
        name="the same library without the mutant",
        origin="this run",
        levels=found,
        tolerance=tolerance(rules),
    )


def check(program: Path, backend: Path, floor: float, against: Against) -> Outcome:
    """Has any case fallen by more than the noise, in every try?"""
    begun = time.monotonic()
    terms = Terms(floor=floor, kinds=("speed",), against=against)
    failures = check_backend(subject(program, backend), terms).failures
    return Outcome(
        state=CAUGHT if failures else PASSED,
        case=failures[0] if failures else "",
        seconds=round(time.monotonic() - begun, 2),
    )
