# SPDX-License-Identifier: Apache-2.0
"""The second look, with the user's own environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from blas_probe.binary import Host
from blas_probe.environment import (
    concerning,
    effects,
    environment_warnings,
    ignored_environment,
    shadow_warnings,
)
from blas_probe.library import Library
from blas_probe.recipe import Recipes
from blas_probe.search.names import loader_names

Make = Callable[..., Library]
HERE = Host("linux-glibc", "x86_64")


def test_only_variables_that_concern_a_library_ask_for_a_second_look(
    library: Make, recipes: Recipes
) -> None:
    """Its provider's, those of the BLAS that it calls, and what is put before all libraries."""
    environ = {"MKL_INTERFACE_LAYER": "ILP64", "OPENBLAS_CORETYPE": "x", "HOME": "/"}
    ignored = ignored_environment(recipes, environ)

    assert list(ignored) == ["MKL_INTERFACE_LAYER", "OPENBLAS_CORETYPE"]
    assert concerning(library(provider="mkl"), recipes, ignored) == ["MKL_INTERFACE_LAYER"]
    lapack = library(provider="netlib", blas_provider="openblas")
    assert concerning(lapack, recipes, ignored) == ["OPENBLAS_CORETYPE"]
    assert concerning(library(), recipes, ignored_environment(recipes, {"LD_PRELOAD": "x"}))


def test_only_what_differs_is_an_effect(library: Make) -> None:
    """Facts, the number of threads, and who would answer; a library in its own place is none."""
    plain = library()
    kept = library(int_bits=64)

    assert effects(plain, plain, {"threads_now": 1}, {"threads_now": 1}) == {}
    assert effects(plain, kept, {"threads_now": 1}, {"threads_now": 4}) == {
        "int_bits": "64", "threads_now": "4",
    }  # fmt: skip
    assert effects(plain, plain, {}, {"answered_by": "/lib/x.so"}) == {"answered_by": "/lib/x.so"}
    assert effects(plain, plain, {}, {"answered_by": plain.path}) == {}
    assert effects(plain, library(problem="crashed"), {}, {}) == {"problem": "crashed"}


def test_a_dangerous_effect_is_a_warning_with_its_cure(library: Make, recipes: Recipes) -> None:
    """Another width breaks a program, another number of threads does not."""
    environ = {"MKL_INTERFACE_LAYER": "ILP64"}
    wide = library(provider="mkl", environment_effects={"int_bits": "64"})
    slow = library(provider="mkl", environment_effects={"threads_now": "2"})

    (warning,) = environment_warnings([wide, slow], recipes, environ)

    assert "(MKL_INTERFACE_LAYER=ILP64) it is another library (int_bits: 64)" in warning.text
    assert warning.cure == "unset MKL_INTERFACE_LAYER"


def elf(path: Path, bits: int = 2) -> Path:
    """The first bytes of a library."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x7fELF" + bytes([bits]))
    return path


def test_a_name_leads_where_the_loader_looks_first(tmp_path: Path, library: Make) -> None:
    """The loader's variable comes before the system; a file of another word size is passed over."""
    system = elf(tmp_path / "usr/lib/libblas.so.3")
    elf(tmp_path / "narrow/libblas.so.3", bits=1)
    own = elf(tmp_path / "own/libblas.so.3")
    environ = {"LD_LIBRARY_PATH": f"{tmp_path}/narrow:{tmp_path}/own"}
    given = [str(own), str(own.with_name("libblas.so")), "/x/libgone.so.1"]

    names = loader_names(given, environ, HERE, tmp_path)

    assert names == {"libblas.so.3": (str(own), str(system))}
    one = library(path=str(own), provider="blis")
    (warning,) = shadow_warnings(names, [one], "LD_LIBRARY_PATH")
    assert f"makes libblas.so.3 lead to {own} (blis), not to {system}" in warning.text
    assert not list(shadow_warnings(loader_names(given, {}, HERE, tmp_path), [one], "X"))
