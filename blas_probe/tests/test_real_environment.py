# SPDX-License-Identifier: Apache-2.0
"""What the environment does to real libraries (`-m real`)."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from blas_probe.recipe import Recipes
from blas_probe.tests.made import Make, examine
from blas_probe.tests.test_real_abi import LAPACK

pytestmark = pytest.mark.real

DEBIAN = Path("/usr/lib/x86_64-linux-gnu")
MARK = "int openblas_get_parallel(void) { return 0; }"


def plain(**more: str) -> dict[str, str]:
    """This process's environment without anything that changes a library."""
    names = ("PATH", "HOME", "LD_LIBRARY_PATH")
    return {**{name: os.environ[name] for name in names if name in os.environ}, **more}


def mkl() -> Path:
    """MKL's single library out of PyPI's package."""
    spec = find_spec("numpy")
    base = Path(str(spec.origin)).parents[3] if spec and spec.origin else Path("/nowhere")
    found = sorted(base.glob("libmkl_rt.so.*"))
    if not found:
        pytest.skip("mkl is not installed")
    return found[0]


def test_mkl_changes_its_width_by_a_variable(recipes: Recipes) -> None:
    """The fact is that of the default layer; the variable's effect stands beside it."""
    one = examine(mkl(), recipes, 20, plain(MKL_INTERFACE_LAYER="ILP64"))

    assert (one.int_bits, dict(one.environment_effects)) == (32, {"int_bits": "64"})


def test_mkl_dies_of_a_layer_that_is_not_shipped(recipes: Recipes) -> None:
    """It ends its process: told as the effect, with the facts intact."""
    one = examine(mkl(), recipes, 20, plain(MKL_INTERFACE_LAYER="GNU,LP64"))

    assert (one.problem, one.int_bits, one.complex_return) == (None, 32, "argument")
    assert "ended its process" in one.environment_effects["problem"]


def test_a_forced_kernel_is_an_effect(recipes: Recipes) -> None:
    """OpenBLAS takes another kernel, and one thread of the two that it was told to use."""
    path = DEBIAN / "openblas-pthread/libopenblas.so.0"
    if not path.exists():
        pytest.skip(f"{path} is not installed")
    environ = plain(OPENBLAS_CORETYPE="Prescott", OPENBLAS_NUM_THREADS="2")

    one = examine(path, recipes, 20, environ)

    assert one.environment_effects["core"] == "Prescott"
    if len(os.sched_getaffinity(0)) > 1:
        assert one.environment_effects["threads_now"] == "2"


def test_a_preloaded_blas_answers_in_a_librarys_place(
    make: Make, recipes: Recipes, tmp_path: Path
) -> None:
    """LD_PRELOAD: the library's own functions are there, but a program gets the other's."""
    before = make(MARK, "libbefore.so")
    path = make("", "libblas.so.3")

    one = examine(path, recipes, 10, plain(LD_PRELOAD=str(before)))

    assert dict(one.environment_effects) == {"answered_by": str(before)}


def test_a_preloaded_blas_becomes_that_of_a_lapack(
    make: Make, recipes: Recipes, tmp_path: Path
) -> None:
    """Without the variable it calls the BLAS that it is linked to."""
    before = make(MARK, "libbefore.so")
    make("", "libown.so.3")
    flags = ("-Wl,--no-as-needed", "-L.", "-l:libown.so.3", f"-Wl,-rpath,{tmp_path}")
    lapack = make(LAPACK, "liblapack.so.3", flags=flags, skeleton=False)

    one = examine(lapack, recipes, 10, plain(LD_PRELOAD=str(before)))

    assert one.blas_file == str(tmp_path / "libown.so.3")
    assert one.environment_effects["blas_file"] == str(before)
    assert one.environment_effects["blas_provider"] == "openblas"


def test_a_library_put_before_in_the_loaders_path(
    make: Make, recipes: Recipes, tmp_path: Path
) -> None:
    """LD_LIBRARY_PATH decides whose BLAS a LAPACK calls; the record names that file."""
    (tmp_path / "first").mkdir()
    make("", "libown.so.3")
    flags = ("-Wl,--no-as-needed", "-L.", "-l:libown.so.3", f"-Wl,-rpath,{tmp_path}")
    lapack = make(LAPACK, "liblapack.so.3", flags=flags, skeleton=False)
    first = make(MARK, "first/libown.so.3")

    one = examine(lapack, recipes, 10, plain(LD_LIBRARY_PATH=str(first.parent)))

    assert (one.blas_file, one.blas_provider) == (str(first), "openblas")


def test_a_preload_that_crashes_costs_one_effect(make: Make, recipes: Recipes) -> None:
    """The facts were measured without it."""
    before = make("__attribute__((constructor)) void start(void) { abort(); }", "libbefore.so")

    one = examine(make(MARK), recipes, 10, plain(LD_PRELOAD=str(before)))

    assert (one.problem, one.int_bits) == (None, 32)
    assert set(one.environment_effects) == {"problem"}
