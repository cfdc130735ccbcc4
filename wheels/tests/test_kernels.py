# SPDX-License-Identifier: Apache-2.0
"""The checks with every kernel that a library can be forced to."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import pytest

from blas_probe import load_recipes
from blas_probe.recipe import Recipes
from blas_probe.recipe.model import Kernels
from wheels.proof.check import Subject
from wheels.proof.kernels import Forced, ForcedKernels, every_kernel
from wheels.proof.verdict import Terms, failed
from wheels.tests.plan_samples import library

# A stand-in for trivet-check: its kernel is what FORCED says.
PROGRAM = """\
#!{python}
import json, os, signal, sys
seal = os.environ.pop("TRIVET_CHECK_SEAL")
core = os.environ["FORCED"]
if core == "refused":
    sys.exit("no such kernel")
core = "plain" if core in ("odd", "plain") else core
kind = "numeric" if "--numeric" in sys.argv else "behaviour"
rows = [{{"case": t + "gemm 65", "kind": kind, "op": "gemm", "type": t, "shape": [65], "ratio": 1.0,
         "threshold": 16, "ok": True}} for t in "sdcz"]
if core == "wrong":
    rows[0] |= {{"ok": False, "problem": "is wrong"}}
if core == "other" and "--only" not in sys.argv:
    os.kill(os.getpid(), signal.SIGILL)
bad = sum(not row["ok"] for row in rows)
rows.append({{"summary": {{"cases": len(rows), "failed": bad, "core": core}}}})
for number, row in enumerate(rows, 1):
    print(json.dumps({{**row, "seal": seal, "line": number}}))
sys.exit(bad > 0)
"""
NAMES = ("plain", "odd", "refused", "wrong", "other")


@pytest.fixture
def recipes() -> Recipes:
    """The recipe of OpenBLAS, forced by a variable of ours."""
    known = load_recipes(Path(__file__).parents[2] / "recipes")
    one = dataclasses.replace(
        known.provider("openblas"), kernels=Kernels(env="FORCED", names=NAMES), expect=()
    )
    return dataclasses.replace(known, providers=(one,))


def rows_of(folder: Path, recipes: Recipes) -> list[Forced]:
    """Ask the stand-in with every kernel."""
    path = folder / "trivet-check"
    path.write_text(PROGRAM.format(python=sys.executable))
    path.chmod(0o755)
    subject = Subject(program=path, backend=folder / "x.so", env=dict(os.environ), log=None)
    return every_kernel(subject, Terms(floor=0.4), [library(provider="openblas")], recipes)


def test_every_kernel_that_answers_is_checked_once(tmp_path: Path, recipes: Recipes) -> None:
    """What is refused, answers as before, or needs another CPU, is not run, and says so."""
    rows = {row.name: row for row in rows_of(tmp_path, recipes)}

    assert [rows[name].outcome for name in NAMES] == [
        "held", "not run", "not run", "failed", "not run",
    ]  # fmt: skip
    assert rows["odd"].why == "plain answers, as before"
    assert rows["other"].why == "this CPU lacks its instructions"


def test_a_wrong_kernel_fails_the_whole_proof(tmp_path: Path, recipes: Recipes) -> None:
    """Its failures carry its name."""
    forced = ForcedKernels(
        rows=tuple(rows_of(tmp_path, recipes)), kernels=Kernels(env="FORCED", names=NAMES)
    )
    joined = forced.joined(dataclasses.replace(failed("x"), failures=()))

    assert "kernel wrong: sgemm 65: is wrong" in joined.failures
    assert [row.what for row in joined.not_run] == ["FORCED=odd", "FORCED=refused", "FORCED=other"]
    assert forced.notes[0].startswith("FORCED=plain: kernel plain: held")
