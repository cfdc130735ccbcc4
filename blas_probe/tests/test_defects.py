# SPDX-License-Identifier: Apache-2.0
"""Known defects: which versions and kernels have them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from blas_probe.defects import compare, defects, holds, met_by_backends
from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.probing import with_defects
from blas_probe.recipe import Expect, Recipes
from blas_probe.report import table

CASES = [
    ("0.3.21", "<0.3.26", True),
    ("0.3.26", "<0.3.26", False),
    ("0.3.34.481.3", "<0.3.26", False),
    ("0.3.9", "<0.3.26", True),
    ("0.3", "<0.3.26", True),
    ("1.0", "<0.3.26", False),
    ("0.3.26.dev", ">=0.3.26", True),
    ("2026.2", "==2026.2", True),
    ("2026.2", "==2026", True),
    ("2026.2", "!=2026.1", True),
    ("unknown", "<0.3.26", False),
    ("unknown", ">=0", False),
]


@pytest.mark.parametrize(("version", "condition", "expected"), CASES)
def test_versions_are_compared_by_number(version: str, condition: str, expected: bool) -> None:
    """Part by part, as far as the condition goes; an unknown version fits nothing."""
    assert compare(version, condition) == expected


def test_a_defect_needs_its_version_and_its_kernel() -> None:
    """The kernel is compared whatever its capitals; without kernels any will do."""
    row = Expect(case="*", versions=("<2",), cores=("Fast*",), outcome="fail", reason="it is wrong")
    anywhere = Expect(case="*", outcome="fail", reason="it is wrong")

    assert holds(row, "1.0", "fastest")
    assert not holds(row, "1.0", "slow")
    assert not holds(row, "1.0", None)
    assert not holds(row, "2.0", "fastest")
    assert holds(anywhere, "unknown", None)


def test_a_defect_needs_its_thread_layer() -> None:
    """It is one of the layers, and an unknown one fits nothing."""
    row = Expect(case="*", thread_layers=("open*",), outcome="may fail", reason="it hangs")

    assert holds(row, "1.0", None, "openmp")
    assert not holds(row, "1.0", None, "pthreads")
    assert not holds(row, "1.0", None)


def test_a_known_defect_is_shown(library: Callable[..., Library], recipes: Recipes) -> None:
    """The record, the table and JSON carry it, with its source."""
    bad = library(provider="openblas", version="0.3.21", core="Cooperlake")
    good = library(provider="openblas", version="0.4", core="Cooperlake")

    told = with_defects(bad, recipes)
    found = Found(libraries=(told,), variants=(), ignored_environment={})

    assert with_defects(good, recipes).defects == ()
    assert len(told.defects) > 1
    assert "Known defect of 1: *casum*: scasum" in table(found)
    assert Found.from_json(found.to_json()) == found


def test_a_defect_under_an_emulator_is_no_news_of_a_library(
    library: Callable[..., Library], recipes: Recipes
) -> None:
    """Whether one is at work only a run tells; the rows are there for it all the same."""
    newest = library(provider="openblas", version="0.3.34", core="armv9sme")
    told = with_defects(newest, recipes)

    assert any(row.emulators for row in defects(recipes.provider("openblas"), newest))
    assert not any("qemu" in text for text in (*told.defects, *told.notes))


def test_what_every_release_has_decides_on_nothing(
    library: Callable[..., Library], recipes: Recipes
) -> None:
    """It is told in a note: a list of defects makes a library lose to another."""
    newest = with_defects(library(provider="openblas", version="0.3.34", core="Haswell"), recipes)

    assert newest.defects == ()
    assert any("in every release: memory bounds zhemv U" in note for note in newest.notes)


def test_a_library_for_one_caller_is_known_and_its_backend_is_cured(
    library: Callable[..., Library], recipes: Recipes
) -> None:
    """The backend lets one caller in at a time, so nobody excuses a wrong answer there."""
    recipe = recipes.provider("openblas")
    facts = {"provider": "openblas", "thread_layer": "serial"}
    old = with_defects(library(version="0.3.21", **facts), recipes)
    new = with_defects(library(version="0.3.34", **facts), recipes)

    assert (True, False) == (old.one_caller, new.one_caller)
    assert "concurrent callers" in [row.case for row in defects(recipe, old)]
    assert "concurrent callers" not in [row.case for row in met_by_backends(recipe, old)]
