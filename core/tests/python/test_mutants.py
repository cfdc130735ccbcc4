# SPDX-License-Identifier: Apache-2.0
"""The harness that plants defects: its rows, its wrappers, and what is recorded of its last run."""

from __future__ import annotations

import ctypes
import dataclasses
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from blas_probe.library import Library
from blas_probe.recipe.model import Kernels
from core.tests.mutants import alarms, results, wrapper
from core.tests.mutants.__main__ import chosen, main
from core.tests.mutants.reference import c_compiler
from core.tests.mutants.rows import CONTROL, Mutant, RowError, parse, read
from core.tests.mutants.tools import CAUGHT, PASSED, Outcome, watch
from core.tests.mutants.verdict import CHECKS, Verdict, still_true, waiting
from wheels.proof.kernels import Forced, ForcedKernels
from wheels.proof.verdict import failed

HANDFUL = ("gemm-without-beta", "trsm-unit-diagonal", "potrf-without-info", "f2c-functions",
           "gemm-hangs-after-fork", "table-missing-routine")  # fmt: skip
CLASSES = {
    "ignored argument", "transpose or conjugate", "beyond a block", "one element", "strides",
    "padding", "input changed", "NaN and Inf", "lost precision", "wrong info", "missing pivoting",
    "order", "vectors", "overflow and underflow", "race", "threads", "fork", "ABI", "process",
    "slowness", "nondeterminism", "one combination", "workspace", "reads beyond",
    "floating-point environment",
}  # fmt: skip
PROVIDER = """
static int calls;
int count(void) { return ++calls; }
double ddot_(const int *n, const double *x, const int *ix, const double *y, const int *iy) {
    double sum = 0;
    for (int i = 0; i < *n; ++i)
        sum += x[i * *ix] * y[i * *iy];
    return sum;
}
double twice(double a, double b, double c, int i) { return 2 * (a + b + c + i); }
__attribute__((constructor)) static void start(void) { count(); }
"""


@pytest.mark.parametrize("defects", [(), ("gemm is wrong; now and then", "other")])
def test_what_is_told_of_a_forced_kernel_is_read_back(defects: tuple[str, ...]) -> None:
    """The table of false alarms is made from the notes of a certificate."""
    verdict = dataclasses.replace(failed("bad"), cases={"numeric": 5}, defects=defects)
    row = Forced(name="AVX2", core="avx 2", outcome="failed", verdict=verdict)

    (note,) = ForcedKernels(rows=(row,), kernels=Kernels(env="CORE", names=("AVX2",))).notes

    match = alarms.NOTE.match(note)
    assert match is not None
    assert ("CORE=AVX2", "avx 2", "failed", "5") == match.group(1, 2, 3, 4)
    assert ("; ".join(defects) or None) == match["known"]


def test_every_class_of_defect_has_rows() -> None:
    """No class that the checks must know is forgotten."""
    rows = read()

    assert set() == CLASSES - {row.defect for row in rows}
    assert len(rows) >= 60


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"kind": "routine"}, "id, defect, wrong must be there"),
        ({"id": "a", "kind": "routine", "defect": "b", "wrong": "c"}, "needs `routine`"),
        ({"id": "a", "kind": "other", "defect": "b", "wrong": "c"}, "kind is one of"),
        ({"id": "a", "typo": 1}, "unknown fields typo"),
    ],
)
def test_a_wrong_row_is_told(row: dict[str, object], said: str) -> None:
    """The text names what is missing."""
    with pytest.raises(RowError, match=said):
        parse(row, Path("rows.toml"))


def test_controls_come_first_and_once_for_each_way() -> None:
    """The reference and the wrapper that alters nothing go the way of the mutants."""
    names = [row.id for row in chosen(["src-gemm-*", "gemm-without-beta"])]

    assert ["control-source", "control-wrapper"] == names[:2]
    assert ["control-wrapper", "gemm-without-beta"] == [m.id for m in chosen(["gemm-without-beta"])]


def test_tools_are_asked_up_to_the_first_of_ours_that_catches() -> None:
    """After a catch only the foreign tools are left."""
    mutant = Mutant(id="a", kind="routine", defect="b", wrong="c")
    made = Verdict(id="a", key="k")

    assert ["probe", "quick", "full", "xblat", "numpy"] == waiting(made, mutant, ())
    made.outcomes.update(probe=Outcome(state=PASSED), quick=Outcome(state=CAUGHT, case="x"))
    assert ["xblat"] == waiting(made, mutant, ("numpy",))
    assert [] == waiting(made, dataclasses.replace(mutant, kind="table"), ())


def test_other_checks_are_asked_again_and_foreign_tools_are_not() -> None:
    """Another mutant makes everything be asked again."""
    outcomes = {"quick": Outcome(state=PASSED), "xblat": Outcome(state=CAUGHT, case="x")}
    known = Verdict(id="a", key="k", checks="old", outcomes=outcomes)
    kept = [still_true(known, Verdict(id="a", key=key, checks=checks)).outcomes
            for key, checks in (("k", "old"), ("k", "new"), ("other", "old"))]  # fmt: skip

    assert [{"quick", "xblat"}, {"xblat"}, set()] == [set(one) for one in kept]


def test_a_mutant_that_passes_and_a_control_that_does_not_are_told() -> None:
    """Both make the exit code other than 0."""
    rows = [
        Mutant(id=name, kind="library", defect=defect, wrong="w")
        for name, defect in (("lives", "d"), ("dies", "d"), ("good", CONTROL), ("bad", CONTROL))
    ]
    caught, passed = Outcome(state=CAUGHT, case="c"), Outcome(state=PASSED)
    outcomes = {"lives": passed, "dies": caught, "good": passed, "bad": caught}
    verdicts = [Verdict(id=n, key="", outcomes={"quick": o}) for n, o in outcomes.items()]

    assert ["lives", "bad"] == results.survivors(rows, verdicts)
    assert "**SURVIVES**" in results.line(rows[0], verdicts[0])


def test_a_tool_is_ended_at_the_first_line_that_speaks_against_the_library() -> None:
    """What follows is not waited for; neither is what hangs."""
    judge = lambda line: "found" if "bad" in line else ""  # noqa: E731

    assert "found" == watch(["sh", "-c", "echo bad; sleep 60"], judge).case
    assert "no end after 0 s" == watch(["sleep", "60"], judge, limit=0.2).case
    assert "it ended with 3" == watch(["sh", "-c", "exit 3"], judge).case
    assert "it ended with SIGABRT" == watch(["sh", "-c", "kill -ABRT $$"], judge).case


def test_the_recorded_table_is_that_of_the_recorded_verdicts() -> None:
    """results.md is generated, and every row of it is still there."""
    data = json.loads(results.JSON.read_text("utf-8"))
    rows = chosen([])
    verdicts = list(results.recorded().values())

    assert set() == {one.id for one in verdicts} - {row.id for row in rows}
    assert results.TABLE.read_text("utf-8") == results.markdown(rows, verdicts, data["machine"])


@pytest.fixture
def tiny(tmp_path: Path) -> Library:
    """A provider of three functions, which calls one of them before anybody else may."""
    (tmp_path / "tiny.c").write_text(PROVIDER)
    target = tmp_path / "libtiny.so"
    command = [c_compiler(), "-O1", "-fPIC", "-shared", str(tmp_path / "tiny.c"), "-o", str(target)]
    subprocess.run(command, check=True)
    row: dict[str, object] = {field.name: None for field in dataclasses.fields(Library)}
    row |= {"path": str(target), "prefix": "", "suffix": "_", "int_bits": 32, "functions": {}}
    return Library(**row)  # type: ignore[arg-type]


def dot(library: Path) -> float:
    """ddot of 1 2 3 with itself."""
    call = ctypes.CDLL(str(library)).ddot_
    call.restype = ctypes.c_double
    n, one, x = ctypes.c_int(3), ctypes.c_int(1), (ctypes.c_double * 3)(1, 2, 3)
    return float(call(ctypes.byref(n), x, ctypes.byref(one), x, ctypes.byref(one)))


@pytest.mark.real
@pytest.mark.skipif(shutil.which(c_compiler()) is None, reason="no C compiler")
def test_a_wrapper_alters_its_routine_and_nothing_else(tiny: Library, tmp_path: Path) -> None:
    """Every function is there, and answers as the provider's own, but for the one of the row."""
    body = "return CALL + 1;"
    mutant = Mutant(id="m", kind="routine", defect="d", wrong="w", types="d", routine="dot",
                    body=body)  # fmt: skip
    control = dataclasses.replace(mutant, kind="library")
    names = wrapper.functions(Path(tiny.path))
    made = {row.kind: wrapper.plant(row, tiny, tmp_path / row.kind, tmp_path, None)
            for row in (mutant, control)}  # fmt: skip

    assert ["count", "ddot_", "twice"] == names
    assert names == wrapper.functions(made["library"]) == wrapper.functions(made["routine"])
    assert (14.0, 15.0) == (dot(made["library"]), dot(made["routine"]))
    twice = ctypes.CDLL(str(made["routine"])).twice
    twice.restype = ctypes.c_double
    assert 20.0 == twice(*map(ctypes.c_double, (1, 2, 3)), 4)
    assert 2 == ctypes.CDLL(str(made["library"])).count()  # the provider's start came first


@pytest.mark.real
@pytest.mark.slow
def test_a_handful_of_mutants_is_caught(tmp_path: Path) -> None:
    """One of each kind that needs no reference source, and the control is green."""
    words = [word for name in HANDFUL for word in ("--only", name)]

    assert 0 == main([*words, "--skip", "xblat", "--skip", "numpy", "--work", str(tmp_path)])


@pytest.mark.real
@pytest.mark.slow
def test_every_recorded_catch_is_still_one() -> None:
    """All rows; what the recorded run caught is caught."""
    known = {one.id for one in results.recorded().values() if one.caught_by(CHECKS)}
    only = [word for name in sorted(known) for word in ("--only", name)]

    assert 0 == main([*only, "--skip", "xblat", "--skip", "numpy"])
