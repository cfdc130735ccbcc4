# SPDX-License-Identifier: Apache-2.0
"""Backends in company: which visits are made, what a visit finds, who is blamed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from blas_probe import load_recipes
from blas_probe.recipe import Expect
from wheels.command import Completed
from wheels.company import running
from wheels.company.rows import Guest, Setting, load_company, wanted
from wheels.company.running import Place, Seen, bound, make
from wheels.company.stage import Gathering, disguise, verdict_on
from wheels.company.visits import (
    ALONE,
    Visit,
    alone,
    in_layers,
    in_settings,
    pair,
    pairs,
    stranger,
    with_guests,
)
from wheels.errors import RowError, UnknownSelectionError
from wheels.tests.plan_samples import library, recipe_folder

ROOT = Path(__file__).parents[2]
HELD = Seen(problem="", answered={})
BROKEN = Seen(problem="x: product of 300 x 300 is wrong by 1.0e+00 alone", answered={})
KNOWN = """
import sys
sys.path.insert(0, {folder!r})
from visit import Problem
TRUTH, calls = Problem(), []
class Array:
    def __init__(self, rows): self.rows = rows
    def tolist(self): return self.rows
def answer(name):
    calls.append(name)
    return Array({value})
"""
TRUE = "getattr(TRUTH, name)"
OFF = "[[x + (name == 'product') for x in row] for row in TRUTH.product]"
WRONG: dict[str, tuple[str, str]] = {
    "wrong number": (f"{OFF} if name == 'product' else {TRUE}", "product of 300 x 300 is wrong by"),
    "wrong later": (f"{OFF} if name == 'product' and len(calls) > 5 else {TRUE}", "is wrong by"),
    "no number": ("[float('nan')] * 300 if name == 'solution' else " + TRUE, "is wrong by inf"),
    "another shape": ("TRUTH.spectrum[:7] if name == 'spectrum' else " + TRUE, "wrong by inf"),
    "exit": (f"sys.exit(0) if name == 'factor' else {TRUE}", "ended with exit status 0"),
    "crash": ("__import__('os').abort()", "signal SIGABRT (at: other: computes after it)"),
    "error": ("1 / 0", "ZeroDivisionError: division by zero"),
    "hang": ("__import__('time').sleep(60)", "hung for 2 s (at: other: computes after it)"),
}


def guest(name: str, *, asked: bool = False) -> Guest:
    """A module that knows the answers."""
    names = ("product", "solution", "spectrum", "factor")
    work = {one: f"{name}.answer('{one}')" for one in names}
    array = f"{name}.Array(rows)"
    return Guest(name=name, requires=(), imports=(name,), array=array, asked=asked, **work)


def visit_of(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    strange: Path | None = None,
    **modules: str,
) -> Seen:
    """Visit with modules whose answers are these expressions, in this order."""
    for name, value in modules.items():
        text = KNOWN.format(folder=str(ROOT / "wheels" / "company"), value=value)
        (folder / f"{name}.py").write_text(text)
    (folder / "bin").mkdir()
    start = f'#!/bin/sh\nshift\nexec "{sys.executable}" "$@"\n'  # without -I: PYTHONPATH counts
    (folder / "bin" / "python").write_text(start)
    (folder / "bin" / "python").chmod(0o755)
    monkeypatch.setattr(running, "TRIES", 1)
    if any("sleep" in value for value in modules.values()):
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: range(1000))
    place = Place(
        venv=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        log=None,
        guests=[guest(name) for name in modules],
        limit=2.0 if any("sleep" in value for value in modules.values()) else 60.0,
    )
    return make(Visit(parties=tuple(modules), cases={}, strange=strange), place)


def test_right_answers_in_any_order_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two packages that compute in turn, and at the same time."""
    assert "" == visit_of(tmp_path, monkeypatch, it=TRUE, other=TRUE).problem


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_whatever_goes_wrong_is_told(
    case: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong number, also a late one; an end, a crash, a hang; with the step where it happened."""
    value, expected = case

    assert expected in visit_of(tmp_path, monkeypatch, it=TRUE, other=value).problem


def test_a_hang_on_a_busy_machine_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left out with the reason, and the next release tries again."""
    monkeypatch.setattr(os, "getloadavg", lambda: (1e6, 0.0, 0.0))
    seen = visit_of(tmp_path, monkeypatch, it=TRUE, other=WRONG["hang"][0])
    gathering = Gathering(backends=("d",))
    gathering.note(alone("d"), seen)

    assert "" == seen.problem and "hung for 2 s" in seen.unsure
    assert not gathering.whole and "load" in gathering.not_run["d"][0].why


def test_a_file_of_the_strange_folder_in_the_process_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the loader took a library from LD_LIBRARY_PATH."""
    (tmp_path / "libother.so").write_bytes(b"x" * 4096)
    strange = tmp_path / "strange"
    disguise(tmp_path / "libother.so", strange, {"libblas.so.3", "liblapack.so.3"})
    opened = f"__import__('os').open({str(strange / 'libblas.so.3')!r}, 0)"
    value = f"(calls.append(__import__('mmap').mmap({opened}, 0, prot=1)), {TRUE})[1]"

    seen = visit_of(tmp_path, monkeypatch, strange=strange, it=value)

    assert f"{strange / 'libblas.so.3'} was loaded" == seen.problem


def test_bindings_to_the_preloaded_library_are_told(tmp_path: Path) -> None:
    """Only those of what was installed, and of no other caller."""
    mine, other = tmp_path / "lib" / "liblapack-1.so.3", Path("/usr/lib/libother.so")
    line = "  12: binding file {} [0] to {} [0]: normal symbol `{}' [V]"
    rows = [(mine, other, "dgemm_"), (mine, "/lib/libc.so.6", "free"), ("/x.so", other, "dtrsm_")]

    found = bound("\n".join(line.format(*row) for row in rows), tmp_path, other)

    assert ["liblapack-1.so.3 calls 1 functions of /usr/lib/libother.so: dgemm_"] == found


def test_an_answer_from_outside_is_told(tmp_path: Path) -> None:
    """The library that computes must be the one that was installed."""
    text = '{"wrong": [], "answered": {"x": ["/v/a.so", "/usr/lib/libblas.so", "/v/b.so", "1"]}}'
    done = Completed(argv=(), returncode=0, output=text, errors="", seconds=0.0)

    problem = running.judge(done, Path("/v")).problem

    assert "x: /usr/lib/libblas.so answers, which is no part of what was installed" == problem


def test_every_ordered_pair_is_visited_once() -> None:
    """Three backends: six orders; the default one stands in the first pairs of each."""
    names = ("d", "x", "y")
    orders = [visit.parties for name in names for visit in pairs(names, name)]

    assert [("d", "x"), ("x", "d"), ("d", "y"), ("y", "d"), ("x", "y"), ("y", "x")] == orders
    assert {"x": "before y", "y": "after x"} == pair("x", "y").cases


def test_guests_come_together_and_large_ones_alone() -> None:
    """Both orders of each group."""
    found = list(with_guests("x", [guest("n"), guest("s"), guest("big", asked=True)]))

    orders = [("x", "n", "s"), ("n", "s", "x"), ("x", "big"), ("big", "x")]
    assert orders == [one.parties for one in found]
    names = ["before n, s", "after n, s", "before big", "after big"]
    assert names == [one.cases["x"] for one in found]


def test_settings_reach_every_variable_of_every_recipe() -> None:
    """A number of threads is set for all providers at once; layers are those of the recipe."""
    recipes = load_recipes(ROOT / "recipes")
    row = Setting(name="huge", threads="9", variables={"MORE": "1"})
    (visit,) = in_settings("x", [row], recipes)

    assert {"OMP_NUM_THREADS": "9", "OPENBLAS_NUM_THREADS": "9", "MORE": "1"}.items() <= (
        visit.env.items()
    )
    layers = [one.cases["x"] for one in in_layers("x", recipes.provider("mkl"))]
    assert "MKL_THREADING_LAYER=GNU" in layers and len(layers) == len(set(layers))


def test_the_stranger_has_the_same_names_and_other_integers() -> None:
    """Never the own provider, never a file that cannot be used."""
    mine = library("netlib", suffix="_", path="/mine")
    choice = type("Choice", (), {"blas": mine})()
    rows = [
        mine,
        library("openblas", suffix="_", path="/a", has_blas=True),
        library("openblas", suffix="_", path="/b", int_bits=64, has_blas=True),
        library("openblas", suffix="_64_", path="/c", int_bits=64, has_blas=True),
        library("mkl", suffix="_", path="/0", int_bits=64, problem="crashes", has_blas=True),
    ]

    found = stranger(choice, rows)

    assert found and "/b" == found.path
    assert stranger(choice, [mine]) is None


def test_who_fails_beside_the_default_backend_is_blamed_alone() -> None:
    """The default one ships; of the other pairs both are told."""
    gathering = Gathering(backends=("d", "x", "y"))
    for visit in (alone("d"), alone("x"), alone("y")):
        gathering.note(visit, HELD)
    gathering.note(pair("d", "x"), BROKEN)
    gathering.note(pair("d", "y"), HELD)

    assert {"x"} == gathering.bad
    assert verdict_on(gathering, "d", (), ()).green
    assert "before x" == verdict_on(gathering, "d", (), ()).not_run[0].what
    assert [f"after d: {BROKEN.problem}"] == list(verdict_on(gathering, "x", (), ()).failures)
    gathering.note(pair("x", "y"), BROKEN)
    assert {"x"} == gathering.bad
    assert not verdict_on(gathering, "y", (), ()).green


def test_who_fails_alone_is_no_company() -> None:
    """Its own failure, told as such; in a hostile environment it stays company for others."""
    gathering = Gathering(backends=("d", "x", "y"))
    gathering.note(alone("x"), BROKEN)
    gathering.note(Visit(parties=("y",), cases={"y": "threads: 0"}, env={"A": "0"}), BROKEN)

    assert {"x"} == gathering.bad
    assert [f"{ALONE}: {BROKEN.problem}"] == list(verdict_on(gathering, "x", (), ()).failures)


def test_another_library_in_a_later_visit_is_told() -> None:
    """The same files must answer in every company."""
    gathering = Gathering(backends=("d",))
    gathering.note(alone("d"), Seen(problem="", answered={"d": ["/d", "/one", "/one", "1"]}))
    other = Visit(parties=("d",), cases={"d": "threads: 0"}, env={"A": "0"})
    gathering.note(other, Seen(problem="", answered={"d": ["/d", "/two", "/one", "1"]}))

    assert "here by ['/two', '/one']" in verdict_on(gathering, "d", (), ()).failures[0]


def test_a_known_defect_is_told_and_ships() -> None:
    """An expect row names the case; what is not known fails."""
    gathering = Gathering(backends=("d",))
    gathering.note(Visit(parties=("d",), cases={"d": "LAYER=TBB"}, env={"A": "0"}), BROKEN)
    row = Expect(case="LAYER=TBB", outcome="may fail", reason="it is so")

    assert not verdict_on(gathering, "d", (), ()).green
    verdict = verdict_on(gathering, "d", (row,), ())
    assert verdict.green and ("it is so",) == verdict.defects
    assert [False] == [one.held for one in verdict.behaviours]


def test_a_backend_that_was_never_visited_is_not_green() -> None:
    """Missing evidence is a failure, and so is a venv that could not be made."""
    gathering = Gathering(backends=("d",))

    assert not verdict_on(gathering, "d", (), ()).green
    assert ("no room",) == verdict_on(gathering, "d", (), (), "no room").failures


def test_the_file_is_refused_with_line_and_fix(tmp_path: Path) -> None:
    """Like every other recipe; a guest that nobody knows names those known."""
    folder = recipe_folder(tmp_path)
    company = load_company(folder)
    assert {"numpy", "scipy", "torch"} == {one.name for one in company.guest}
    assert "torch" not in {one.name for one in wanted(company, ())}
    assert "torch" in {one.name for one in wanted(company, ("torch",))}
    with pytest.raises(UnknownSelectionError, match="did you mean: torch"):
        wanted(company, ("troch",))
    path = folder / "company.toml"
    path.write_text(path.read_text().replace("requires =", "require =", 1))

    with pytest.raises(RowError, match=r"company.toml:\d+: .*did you mean `requires`"):
        load_company(folder)
