# SPDX-License-Identifier: Apache-2.0
"""Warnings about threads, from made records of libraries and machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.recipe import Recipes
from blas_probe.threads import measured
from blas_probe.threads.advice import thread_warnings
from blas_probe.threads.facts import MachineFacts
from blas_probe.threads.measured import most_threads, thread_runtimes, with_prediction
from blas_probe.warning import Warning_

Make = Callable[..., Library]
BIG = MachineFacts(cores=64, affinity=64, usable_threads=64)
HELD = MachineFacts(
    cores=64, affinity=64, quota=2.5, quota_source="/sys/fs/cgroup/cpu.max", usable_threads=2,
    limited_by="quota",
)  # fmt: skip


def told(
    recipes: Recipes,
    libraries: Sequence[Library],
    *,
    machine: MachineFacts | None = None,
    environ: Mapping[str, str] | None = None,
) -> list[Warning_]:
    """The warnings for these libraries on this machine."""
    found = Found(
        libraries=tuple(libraries), variants=recipes.variants, ignored_environment={},
        machine=machine,
    )  # fmt: skip
    return list(thread_warnings(found, recipes, environ or {}))


def test_one_library_with_two_run_times_is_warned_of(library: Make, recipes: Recipes) -> None:
    """Both came along when it was loaded."""
    one = library(thread_runtimes=("/a/libgomp.so.1.0.0", "/b/libiomp5.so"))

    warnings = told(recipes, [one])

    assert "/a/libgomp.so.1.0.0 + /b/libiomp5.so" in [warning.subject for warning in warnings]


def test_a_pair_that_serves_a_variant_is_warned_of(library: Make, recipes: Recipes) -> None:
    """BLAS of one run-time and LAPACK of another meet in one process."""
    blas = library(
        path="/l/libblis.so.4", provider="blis", has_lapack=False, thread_layer="openmp",
        thread_runtimes=("/l/libomp.so",),
    )  # fmt: skip
    lapack = library(
        path="/l/liblapack.so.3", provider="netlib", has_blas=False,
        thread_runtimes=("/l/libgomp.so.1",),
    )  # fmt: skip

    assert len(told(recipes, [blas, lapack])) == 1


def test_a_copy_inside_the_library_counts(library: Make, recipes: Recipes) -> None:
    """It shows as the library's own path among its run-times."""
    one = library(thread_runtimes=("/a/libgomp.so.1", "/lib/libone.so"))

    subjects = [warning.subject for warning in told(recipes, [one])]
    assert "/a/libgomp.so.1 + /lib/libone.so" in subjects


def test_a_run_time_that_does_not_survive_a_fork_is_told(library: Make, recipes: Recipes) -> None:
    """Until the library was tried: then what was measured counts."""
    one = library(thread_runtimes=("/a/libgomp.so.1",))
    tried = library(thread_runtimes=("/a/libgomp.so.1",), after_fork="works")

    assert ["never returns" in warning.text for warning in told(recipes, [one])] == [True]
    assert told(recipes, [tried]) == []


def test_one_run_time_for_all_is_no_warning(library: Make, recipes: Recipes) -> None:
    """Also when a library with TBB is there: that is another interface."""
    one = library(thread_runtimes=("/a/libiomp5.so", "/a/libtbb.so.12"))

    assert told(recipes, [one]) == []


@pytest.mark.parametrize("value", ["8", "8,4", " 3 "])
def test_a_variable_beyond_the_limit_is_warned_of(
    library: Make, recipes: Recipes, value: str
) -> None:
    """The variable, what is useful and why are named, with the value to set."""
    one = library(provider="openblas", thread_layer="pthreads")
    environ = {"OPENBLAS_NUM_THREADS": value}

    warnings = told(recipes, [one], machine=HELD, environ=environ)

    mine = next(one for one in warnings if one.subject == "OPENBLAS_NUM_THREADS")
    assert mine.cure == "set OPENBLAS_NUM_THREADS=2"
    assert "2 are useful (quota)" in mine.text


@pytest.mark.parametrize("value", ["0", "0,2", "x2", ""])
def test_what_a_library_passes_over_holds_nothing(
    library: Make, recipes: Recipes, value: str
) -> None:
    """With 0 or nonsense it starts as many threads as without the variable."""
    one = library(provider="openblas", thread_layer="pthreads")
    warnings = told(recipes, [one], machine=HELD, environ={"OPENBLAS_NUM_THREADS": value})

    assert [warning.cure for warning in warnings] == ["set OPENBLAS_NUM_THREADS=2"]


@pytest.mark.parametrize("provider", ["aocl", "armpl", "accelerate"])
def test_every_maker_has_a_variable(library: Make, recipes: Recipes, provider: str) -> None:
    """Without one nobody could be told how to keep within a quota."""
    one = library(provider=provider, thread_layer="openmp")

    assert any("_NUM_THREADS=2" in w.cure or "MAXIMUM_THREADS=2" in w.cure
               for w in told(recipes, [one], machine=HELD))  # fmt: skip


@pytest.mark.parametrize("value", ["", "2", "1", "many", "-4"])
def test_a_variable_within_the_limit_is_fine(library: Make, recipes: Recipes, value: str) -> None:
    """So is nonsense, which the libraries ignore too."""
    one = library(provider="openblas", thread_layer="pthreads")
    environ = {"OPENBLAS_NUM_THREADS": value}

    subjects = [w.subject for w in told(recipes, [one], machine=HELD, environ=environ)]

    assert "OPENBLAS_NUM_THREADS" not in subjects


def test_a_quota_is_told_with_each_providers_variable(library: Make, recipes: Recipes) -> None:
    """Only of providers that are here, have threads, and are not held back already."""
    libraries = [
        library(path="/1", provider="openblas", thread_layer="pthreads"),
        library(path="/2", provider="blis", thread_layer="openmp"),
        library(path="/3", provider="mkl", thread_layer="intel-openmp"),
        library(path="/4", provider="netlib", thread_layer="serial"),
    ]

    warnings = told(recipes, libraries, machine=HELD, environ={"MKL_NUM_THREADS": "2"})

    assert [warning.subject for warning in warnings] == ["/sys/fs/cgroup/cpu.max"]
    assert "each of 64 CPUs" in warnings[0].text
    assert "pays for 2.5" in warnings[0].text
    assert warnings[0].cure == "set BLIS_NUM_THREADS=2, OPENBLAS_NUM_THREADS=2"


def test_a_build_for_fewer_threads_is_told(library: Make, recipes: Recipes) -> None:
    """A table of 24 threads cannot use 64 CPUs; a serial build is not meant to."""
    small = library(path="/1", provider="openblas", thread_layer="pthreads", max_threads=24)
    serial = library(path="/2", provider="openblas", thread_layer="serial", max_threads=1)

    warnings = told(recipes, [small, serial], machine=BIG)

    assert [warning.subject for warning in warnings] == ["/1"]
    assert "at most 24 threads, and 64 are useful" in warnings[0].text


MOST = [
    ("told", "128", "pthreads", 128),
    ("silent", None, "pthreads", None),
    ("nonsense", "unknown", "openmp", None),
    ("serial", "64", "serial", 1),
]


@pytest.mark.parametrize(
    ("answer", "layer", "most"), [row[1:] for row in MOST], ids=[row[0] for row in MOST]
)
def test_the_limit_of_a_build_is_a_number_or_none(
    answer: str | None, layer: str, most: int | None
) -> None:
    """A build without threads has a limit of one, whatever its text says."""
    assert most == most_threads(answer, layer)


def test_run_times_are_those_loaded_with_the_library(recipes: Recipes) -> None:
    """Other files do not count; a copy inside the library makes it its own run-time."""
    findings = {"loaded": ["/x/libm.so.6", "/x/libgomp-a34b3233.so.1.0.0"], "carries": []}

    assert thread_runtimes(findings, recipes, "/x/a.so") == ("/x/libgomp-a34b3233.so.1.0.0",)
    assert thread_runtimes({"carries": ["llvm-openmp"]}, recipes, "/x/a.so") == ("/x/a.so",)
    assert thread_runtimes({}, recipes, "/x/a.so") == ()


@pytest.mark.parametrize(
    ("named", "inferred", "tail"),
    [(("libiomp5.so",), (), "; its run-time libiomp5.so is not found: install it"),
     (("/l/libiomp5.so",), (), ""), (("libiomp5.so",), ("int_bits",), "")],
)  # fmt: skip
def test_a_run_time_that_is_nowhere_is_blamed(
    library: Make, recipes: Recipes, monkeypatch: pytest.MonkeyPatch,
    named: tuple[str, ...], inferred: tuple[str, ...], tail: str,
) -> None:  # fmt: skip
    """MKL without its OpenMP ends the process; what could not run here is another matter."""
    monkeypatch.setattr(measured, "_predicted", lambda *_: named)

    one = with_prediction(library(problem="it ended", inferred=inferred), recipes, {})

    assert one.problem == f"it ended{tail}"
    assert one.thread_runtimes == named
