# SPDX-License-Identifier: Apache-2.0
"""The plan: pure, complete, and with a reason for everything that is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from blas_probe.recipe import load_recipes
from wheels.cli import plan_text
from wheels.errors import StateError, UnknownSelectionError
from wheels.folders import CHECKOUT
from wheels.plan import Machine, Options, Plan, default_variant, why_barren
from wheels.tests.plan_samples import (
    DUMMY,
    PLATFORM,
    library,
    make_plan,
    real_rows,
    recipe_folder,
)

OFFLINE = Options(fetch=False)
RECIPES = load_recipes(CHECKOUT / "recipes")
DEFAULT = next(v for v in RECIPES.variants if v.id == default_variant(RECIPES, PLATFORM))


def test_one_recipe_file_reaches_the_plan(tmp_path: Path) -> None:
    """A provider is one file: a new one needs no code to have cells and an artefact."""
    recipes = load_recipes(recipe_folder(tmp_path, dummy=DUMMY))

    made = make_plan(recipes, library("dummy", int_bits=64), library(DEFAULT.provider))

    assert f"backend-dummy-fast-{PLATFORM}" in [item.id for item in made.artefacts]
    assert f"cp312-{PLATFORM}-dummy_fast_ilp64-cpu" in [cell.id for cell in made.cells]


def test_a_package_that_can_be_fetched_counts_as_available(tmp_path: Path) -> None:
    """A CI machine plans the cells of packages that it has not fetched yet."""
    recipes = load_recipes(recipe_folder(tmp_path, dummy=DUMMY))

    made = make_plan(recipes)

    supplies = {cell.blas: cell.supply for cell in made.cells}
    assert supplies["dummy-fast"] == "dummy-blas==1.0"


def test_without_a_network_the_reason_names_the_package(tmp_path: Path) -> None:
    """What could not be fetched is excluded, and the reason says why."""
    recipes = load_recipes(recipe_folder(tmp_path, dummy=DUMMY))
    options = Options(fetch=False, unfetched={PLATFORM: {"dummy-blas==1.0": "no network"}})

    made = make_plan(recipes, library(DEFAULT.provider), options=options)

    reasons = [item.reason for item in made.exclusions if "dummy_fast" in item.id]
    assert len(reasons) == 3
    assert all("dummy-blas==1.0: no network" in reason for reason in reasons)


def test_every_combination_is_a_cell_or_an_exclusion() -> None:
    """Pythons times variants: nothing is dropped silently, nothing is there twice."""
    made = make_plan(RECIPES, library(DEFAULT.provider), options=OFFLINE)

    ids = [cell.id for cell in made.cells] + [item.id for item in made.exclusions]
    assert len(ids) == len(set(ids)) == 3 * len(RECIPES.variants)
    assert all(item.reason for item in made.exclusions)


def test_the_number_of_wheels_is_a_sum() -> None:
    """The main wheel per Python that builds one, one wheel per further backend, the prober."""
    made = make_plan(RECIPES)

    backends = {cell.blas for cell in made.cells if cell.blas != DEFAULT.id}
    kinds = [item.kind for item in made.artefacts]
    assert kinds.count("trivet") == 2
    assert kinds.count("backend") == len(backends)
    assert kinds.count("probe") == 1


def test_a_newer_python_runs_the_stable_abi_wheel() -> None:
    """cp313 has cells of its own, and they are proven with the wheel of cp312."""
    made = make_plan(RECIPES)

    cell = next(c for c in made.cells if c.python == "cp313" and c.blas == DEFAULT.id)
    assert cell.artefacts == (f"trivet-cp312-{PLATFORM}",)


def test_a_missing_python_excludes_its_cells_and_those_of_its_wheel() -> None:
    """Without 3.12 there is no stable-ABI wheel for 3.13 to run."""
    machine = Machine(pythons={"cp312": "no CPython 3.12 on this machine"})

    made = make_plan(RECIPES, options=Options(machine=machine))

    assert {cell.python for cell in made.cells} == {"cp311"}
    reasons = {item.reason for item in made.exclusions if item.id.startswith("cp313-")}
    assert "no CPython 3.12 on this machine" in reasons


def test_no_compiler_excludes_everything_and_lists_what_was_tried() -> None:
    """All toolchains of the platform are named with what is wrong with each."""
    machine = Machine(toolchains=dict.fromkeys(("ziglang", "clang", "gcc"), "gone"))

    made = make_plan(RECIPES, options=Options(machine=machine))

    assert made.cells == ()
    reason = next(i.reason for i in made.exclusions if f"-{DEFAULT.id}_" in i.id)
    assert reason == "no usable compiler: ziglang: gone; clang: gone; gcc: gone"


def test_the_next_toolchain_is_taken_when_the_first_is_missing() -> None:
    """The platform's order decides."""
    machine = Machine(toolchains={"ziglang": "not installed"})

    made = make_plan(RECIPES, options=Options(machine=machine))

    assert made.artefact(f"trivet-cp311-{PLATFORM}").toolchain == "clang"


def test_without_a_default_backend_nothing_is_shipped_but_the_prober() -> None:
    """A main wheel without BLAS would not work, and every backend needs a main wheel."""
    made = make_plan(RECIPES, options=OFFLINE)

    assert [item.kind for item in made.artefacts] == ["probe"]
    assert all(
        "default backend" in i.reason or "exist" in i.reason or "no library" in i.reason
        for i in made.exclusions
    )


def test_a_library_of_another_architecture_is_excluded_by_name() -> None:
    """The reason names the file, its machine and what is needed."""
    made = make_plan(RECIPES, library(DEFAULT.provider, machine="aarch64"), options=OFFLINE)

    reason = next(i.reason for i in made.exclusions if f"-{DEFAULT.id}_" in i.id)
    assert "is for aarch64" in reason
    assert "needs x86_64" in reason


def test_a_library_that_crashes_is_excluded_with_what_it_did() -> None:
    """The prober's words reach the plan."""
    bad = library(DEFAULT.provider, problem="it crashed with SIGSEGV when opened")

    made = make_plan(RECIPES, bad, options=OFFLINE)

    reason = next(i.reason for i in made.exclusions if f"-{DEFAULT.id}_" in i.id)
    assert "it crashed with SIGSEGV when opened" in reason


def test_only_keeps_a_cell_and_what_it_needs() -> None:
    """One cell needs its main wheel and its backend, nothing else."""
    other = next(c for c in make_plan(RECIPES).cells if c.blas != DEFAULT.id)

    made = make_plan(RECIPES, options=Options(only=(other.id,)))

    assert [cell.id for cell in made.cells] == [other.id]
    assert {item.id for item in made.artefacts} == set(other.artefacts)


def test_only_of_an_artefact_keeps_the_cells_that_prove_it() -> None:
    """A backend's wheel is proven on every Python."""
    other = next(c for c in make_plan(RECIPES).cells if c.blas != DEFAULT.id)

    made = make_plan(RECIPES, options=Options(only=(f"backend-{other.blas}-*",)))

    assert {cell.python for cell in made.cells} == {"cp311", "cp312", "cp313"}


def test_only_that_matches_nothing_suggests_what_does() -> None:
    """A typing error ends in a hint, not in an empty release."""
    with pytest.raises(UnknownSelectionError) as error:
        make_plan(RECIPES, options=Options(only=("cp312-manylinux_2_28_x86_64-opnblas_lp64-cpu",)))

    assert "did you mean: cp312-manylinux_2_28_x86_64-openblas_lp64-cpu" in str(error.value)


def test_plan_json_reads_back_the_same() -> None:
    """plan.json is the plan."""
    made = make_plan(RECIPES)

    assert Plan.from_json(made.to_json()) == made


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 99}', '{"schema": 1, "cells": 3}'])
def test_damaged_plan_json_is_a_clear_error(text: str) -> None:
    """A file of another version or cut off says what to run."""
    with pytest.raises(StateError) as error:
        Plan.from_json(text)

    assert error.value.then == "python -m wheels plan"


def test_exclusions_of_one_reason_are_printed_once() -> None:
    """The table for people joins the Pythons."""
    text = plan_text(make_plan(RECIPES))

    lines = [line for line in text.splitlines() if "accelerate_lp64" in line]
    assert lines[0].startswith("  {cp311,cp312,cp313}-manylinux_2_28_x86_64-accelerate_lp64-cpu:")


def test_a_plan_without_cells_says_why() -> None:
    """Where no Python has headers nothing of trivet can be made, and that is no success."""
    pythons = {row.id: f"{row.version} has no Python.h" for row in real_rows().pythons}
    blas = library(DEFAULT.provider)

    bare = Options(fetch=False, machine=Machine(pythons=pythons))
    barren = make_plan(RECIPES, blas, options=bare)
    fruitful = make_plan(RECIPES, blas, options=OFFLINE)

    assert "3.11 has no Python.h" == why_barren(barren, PLATFORM, DEFAULT.id)[0]
    assert () == why_barren(fruitful, PLATFORM, DEFAULT.id)


def test_the_cell_of_another_backend_needs_the_default_one_too(tmp_path: Path) -> None:
    """The main wheel holds the default backend, which is then built and checked as well."""
    recipes = load_recipes(recipe_folder(tmp_path, dummy=DUMMY))
    libraries = (library("dummy", int_bits=64), library(DEFAULT.provider))
    options = Options(fetch=False, only=("cp312-*-dummy_fast_*",))

    made = make_plan(recipes, *libraries, options=options)

    assert ["dummy-fast"] == [cell.blas for cell in made.cells]
    assert sorted([DEFAULT.id, "dummy-fast"]) == made.variants(PLATFORM)
