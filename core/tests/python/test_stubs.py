# SPDX-License-Identifier: Apache-2.0
"""The committed stubs are what the extension gives; the package exports all of it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import trivet as tv
from trivet import _core

CORE = Path(__file__).parents[2]
# Names of _core that other modules of the package wrap or use.
WRAPPED = {
    *("cholesky", "cross", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "lu"),
    *("lu_factor", "matrix_norm", "matrix_power", "matrix_rank", "pinv", "qr", "slogdet", "solve"),
    *("svd", "svdvals", "vector_norm", "load_backend", "use_backend", "has_backend"),
    *("current_backend", "cpu_isa"),
}


def script() -> ModuleType:
    """Return core/bindings/write_stubs.py as a module."""
    spec = importlib.util.spec_from_file_location(
        "write_stubs", CORE / "bindings" / "write_stubs.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_stubs_are_those_of_the_extension() -> None:
    """A changed signature without new stubs fails here, with the command to run."""
    pytest.importorskip("nanobind", reason="nanobind's stubgen is a build requirement")
    module = script()
    committed = (CORE / "python" / "trivet" / "_core.pyi").read_text(encoding="utf-8")

    assert "" == module.difference(committed, module.stubs()), module.__doc__


def test_every_public_name_is_exported() -> None:
    """What _core has is in trivet, in its __all__, or wrapped."""
    names = {name for name in dir(_core) if not name.startswith("_")} - WRAPPED

    assert set() == names - set(tv.__all__)
    assert set() == {name for name in tv.__all__ if not hasattr(tv, name)}
    assert set() == {name for name in tv.linalg.__all__ if not hasattr(tv.linalg, name)}
    assert {"linalg", "use", "__version__"} <= set(dir(tv))


def test_every_public_function_says_what_it_does() -> None:
    """help() has a sentence for each."""
    silent = [n for n in tv.__all__ if callable(getattr(tv, n)) and not getattr(tv, n).__doc__]

    assert [] == silent
