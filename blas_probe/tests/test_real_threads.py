# SPDX-License-Identifier: Apache-2.0
"""Threads of real and of made libraries: predictions against what is loaded, and forks."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from blas_probe.call.worker import sweep
from blas_probe.library import Library
from blas_probe.probing import probe
from blas_probe.recipe import Recipes
from blas_probe.tests.made import Make
from blas_probe.threads.fork import after_fork
from blas_probe.threads.together import two_openmp

pytestmark = pytest.mark.real

DEBIAN = Path("/usr/lib/x86_64-linux-gnu")
MakeLibrary = Callable[..., Library]


@pytest.fixture(scope="module")
def here(recipes: Recipes) -> list[Library]:
    """Every usable library on this machine."""
    found = probe(recipes=recipes, environ=os.environ)
    usable = [library for library in found.libraries if library.problem is None]
    if not usable:
        pytest.skip("no BLAS on this machine")
    return usable


def test_predicted_run_times_are_those_that_get_loaded(
    here: list[Library], recipes: Recipes
) -> None:
    """What is read off the files is what the loader, and the library itself, bring along."""
    for library in here:
        predicted = two_openmp([library.path], recipes=recipes).runtimes

        assert sorted(str(used.path) for used in predicted) == list(library.thread_runtimes), (
            library.path
        )


def test_no_library_here_brings_two_run_times(here: list[Library], recipes: Recipes) -> None:
    """Each of them alone is fine, as its packager meant it."""
    for library in here:
        assert two_openmp([library.path], recipes=recipes).warnings == (), library.path


def test_an_openmp_build_and_mkl_clash_until_the_layer_is_set(
    here: list[Library], recipes: Recipes
) -> None:
    """MKL's usual layer brings a second run-time; its GNU layer shares the first."""
    gnu = next((one for one in here if any("gomp" in path for path in one.thread_runtimes)), None)
    mkl = next((one for one in here if one.provider == "mkl"), None)
    if gnu is None or mkl is None:
        pytest.skip("needs a library on libgomp, and mkl")
    pair = [gnu.path, mkl.path]

    assert len(two_openmp(pair, recipes=recipes).warnings) == 1
    layer = {"MKL_THREADING_LAYER": "GNU"}
    assert two_openmp(pair, recipes=recipes, environ=layer).warnings == ()


MKL_AFTER = """
import ctypes, sys
for path in sys.argv[1:]:
    last = ctypes.CDLL(path)
one, two = ctypes.c_double(1), ctypes.c_int(1)
last.ddot_.restype = ctypes.c_double
last.ddot_(*(ctypes.byref(x) for x in (two, one, two, one, two)))
print(*{line.split()[5].rsplit("/", 1)[1] for line in open("/proc/self/maps") if "/" in line})
"""


def test_mkl_takes_the_run_time_that_is_there_before_it(here: list[Library]) -> None:
    """Its recipe's note, measured: only what is loaded later makes two."""
    mkl = next((one for one in here if one.provider == "mkl"), None)
    if mkl is None:
        pytest.skip("needs mkl")

    def maps(*paths: str) -> str:
        run = [sys.executable, "-c", MKL_AFTER, *paths]
        return subprocess.run(run, capture_output=True, text=True, check=True).stdout

    assert "libiomp5" in maps(mkl.path)
    assert "libiomp5" not in maps("libgomp.so.1", mkl.path)


FORKS = [
    ("openblas-pthread/libopenblas.so.0", "works"),
    ("openblas-serial/libopenblas.so.0", "works"),
    ("openblas-openmp/libopenblas.so.0", "hangs"),
    ("blis-pthread/libblis.so.4", "works"),
    ("blis-openmp/libblis.so.4", "hangs"),
    ("blas/libblas.so.3", "works"),
    ("atlas/libblas.so.3", "works"),
]


@pytest.mark.parametrize(("name", "expected"), FORKS, ids=[row[0] for row in FORKS])
def test_forks_of_debian_libraries(
    here: list[Library], recipes: Recipes, name: str, expected: str
) -> None:
    """GCC's run-time is known to hang in a forked process; everything else works."""
    real = str((DEBIAN / name).resolve())
    library = next((one for one in here if one.path == real), None)
    if library is None:
        pytest.skip(f"{name} is not installed")

    assert forked(library, recipes).after_fork == expected


DGEMM = """
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
static int first;
static int forked(void) { int me = getpid(); if (!first) first = me; return me != first; }
void dgemm_(char *ta, char *tb, int *m, int *n, int *k, double *alpha, double *a, int *lda,
            double *b, int *ldb, double *beta, double *c, int *ldc) {
    BEFORE
    for (int j = 0; j < *n; j++) for (int i = 0; i < *m; i++) c[i + (long)j * *ldc] = 0;
    for (int j = 0; j < *n; j++) for (int l = 0; l < *k; l++) for (int i = 0; i < *m; i++)
        c[i + (long)j * *ldc] += a[i + (long)l * *lda] * b[l + (long)j * *ldb];
    AFTER
}
"""
# id, C text before and after the product, the answer, words of the remark
RUDE = [
    ("good", ";", ";", "works", "works in a forked process"),
    ("hang", "if (forked()) for (;;) pause();", ";", "hangs", "dgemm does not return within 1 s"),
    ("spin", "if (forked()) for (;;) first++;", ";", "hangs", "dgemm does not return within 1 s"),
    ("crash", "if (forked()) *(volatile int *)0 = 1;", ";", "crashes", "with SIGSEGV"),
    ("abort", "if (forked()) abort();", ";", "crashes", "with SIGABRT"),
    ("exit", "if (forked()) exit(9);", ";", "crashes", "with exit code 9"),
    ("wrong", ";", "if (forked()) c[0] = 42;", "wrong", "dgemm gives wrong numbers"),
    ("wrong_anyway", ";", "c[0] = 42;", "wrong", "before any fork"),
    ("dies_before", "abort();", ";", "not run", "SIGABRT"),
    ("orphans", "if (forked() && !fork()) { setsid(); for (;;) pause(); }", ";", "works", ""),
    (
        "parent_hangs", "static int calls; forked(); if (!forked() && calls++) for (;;) pause();",
        ";", "hangs", "in the parent",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "answer", "words"), [row[1:] for row in RUDE], ids=[row[0] for row in RUDE]
)
def test_whatever_a_forked_library_does_is_told_in_time(
    make: Make, library: MakeLibrary, recipes: Recipes,
    before: str, after: str, answer: str, words: str,
) -> None:  # fmt: skip
    """A word, a remark, no process left behind, and no wait beyond the limits."""
    path = make(DGEMM, skeleton=False, flags=(f"-DBEFORE={before}", f"-DAFTER={after}"))
    begin = time.monotonic()

    one = forked(library(path=str(path)), recipes, patience=1.0, timeout=2.0)

    assert one.after_fork == answer
    assert words in one.notes[-1]
    assert time.monotonic() - begin < 8
    assert [pid for pid in Path("/proc").glob("[0-9]*") if maps(pid, path)] == []


def maps(process: Path, file: Path) -> bool:
    """Does the process have the file open as a library?"""
    try:
        return str(file) in (process / "maps").read_text(errors="replace")
    except OSError:
        return False


def forked(
    library: Library, recipes: Recipes, *, patience: float = 5.0, timeout: float = 10.0
) -> Library:
    """The record after the fork test."""
    token = uuid.uuid4().hex
    try:
        return after_fork(
            library, recipes, environ=os.environ, timeout=timeout, token=token, patience=patience
        )
    finally:
        sweep(token)
