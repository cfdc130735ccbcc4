# SPDX-License-Identifier: Apache-2.0
"""The fork test's verdict, from what a child may tell; nothing is loaded here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from blas_probe.call.worker import Outcome
from blas_probe.library import Library
from blas_probe.recipe import Recipes
from blas_probe.threads.fork import fork_warning, request, verdict

FINE: dict[str, Any] = {"before": True, "threads": 2}
LATE = "did not answer within 25 s and was killed while dgetrf after the fork"

# id, findings, how the child ended, verdict, words of the remark
ENDINGS: list[tuple[str, dict[str, Any], str | None, str, str]] = [
    (
        "works", {**FINE, "forked": {"dgemm": "works"}, "parent": {"dgemm": True}}, None,
        "works", "(with 2 threads)",
    ),
    (
        "no_threads_kept",
        {**FINE, "threads": 1, "forked": {"dgemm": "works"}, "parent": {"dgemm": True}}, None,
        "works", "it keeps no threads between calls",
    ),
    (
        "hangs", {**FINE, "forked": {"dgemm": "hangs"}, "codes": {"dgemm": 0}}, None,
        "hangs", "in a forked process dgemm does not return within 5 s",
    ),
    (
        "the_second_routine_crashes",
        {
            **FINE, "forked": {"dgemm": "works", "dgetrf": "crashes"},
            "codes": {"dgemm": 0, "dgetrf": -11}, "parent": {"dgemm": True},
        },
        None, "crashes", "dgetrf crashes with SIGSEGV",
    ),
    (
        "ends_its_process", {**FINE, "forked": {"dgemm": "crashes"}, "codes": {"dgemm": 7}}, None,
        "crashes", "with exit code 7",
    ),
    (
        "wrong", {**FINE, "forked": {"dgemm": "wrong"}, "codes": {"dgemm": 3}}, None,
        "wrong", "dgemm gives wrong numbers",
    ),
    (
        "the_parent_hangs", {**FINE, "forked": {"dgetrf": "works"}}, LATE,
        "hangs", "after a fork dgetrf does not return in the parent",
    ),
    (
        "the_parent_crashes", {**FINE, "forked": {"dgemm": "works"}}, "crashed with SIGSEGV",
        "crashes", "after a fork dgemm crashes in the parent",
    ),
    (
        "the_parent_is_wrong",
        {**FINE, "forked": {"dgemm": "works"}, "parent": {"dgemm": False}}, None,
        "wrong", "after a fork dgemm gives wrong numbers in the parent",
    ),
    ("wrong_anyway", {"before": False}, None, "wrong", "before any fork"),
    ("not_loaded", {"load_error": "no such file"}, None, "not run", "it no such file"),
    ("died_at_once", {}, "crashed with SIGABRT while being opened", "not run", "SIGABRT"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "ending", "answer", "words"), [r[1:] for r in ENDINGS], ids=[r[0] for r in ENDINGS]
)
def test_every_ending_has_its_verdict(
    told: dict[str, Any], ending: str | None, answer: str, words: str
) -> None:
    """A word for the record, and a remark that names the routine and what it did."""
    outcome = Outcome(findings=told, ending=ending, seconds=1.0)

    got, note = verdict(outcome, 5.0)

    assert answer == got
    assert words in note


def test_a_child_is_told_how_to_start_threads(
    library: Callable[..., Library], recipes: Recipes
) -> None:
    """By the provider's own function and by its variables."""
    one = library(provider="openblas", functions={"set_threads": "openblas_set_num_threads"})

    asked = request(one, recipes, 5.0)

    assert asked["set_threads"] == "openblas_set_num_threads"
    assert "OPENBLAS_NUM_THREADS" in asked["variables"]
    assert asked["threads"] > 1


def test_a_warning_names_the_library_and_a_cure(library: Callable[..., Library]) -> None:
    """Whom it concerns, what happens, which run-time, what to do."""
    one = library(
        thread_layer="openmp", thread_runtimes=("/lib/libgomp.so.1",), after_fork="hangs",
        notes=("in a forked process dgemm does not return within 5 s",),
    )  # fmt: skip

    warning = fork_warning(one)

    assert warning.subject == "/lib/libone.so"
    assert "one 1.0 (openmp, libgomp.so.1): in a forked process dgemm does not" in warning.text
    assert "spawn" in warning.cure
