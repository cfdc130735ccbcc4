# SPDX-License-Identifier: Apache-2.0
"""Backends of every real provider here: trivet-check passes them, and fails wrong ones."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from blas_probe.defects import met_by_backends
from blas_probe.errors import ProbeError
from core.tests.check import building

pytestmark = [pytest.mark.real, pytest.mark.slow]  # minutes: builds, every case, every defect

BackendOf = Callable[[str], Path]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backends")


@pytest.fixture(scope="session")
def program(folder: Path) -> Path:
    return building.build_check(folder)


@pytest.fixture(scope="session")
def backend_of(folder: Path) -> BackendOf:
    """Build each variant once; a variant that this machine cannot serve skips with the reason."""
    built: dict[str, Path | str] = {}

    def get(variant: str) -> Path:
        if variant not in built:
            try:
                built[variant] = building.build_backend(variant, folder)
            except ProbeError as error:
                built[variant] = str(error)
        result = built[variant]
        if isinstance(result, str):
            pytest.skip(result)
        return result

    return get


@pytest.fixture(scope="session")
def right(backend_of: BackendOf) -> Path:
    """A backend of any good provider."""
    variant = building.first_served()
    if variant is None:
        pytest.skip("no library on this machine can serve any variant")
    return backend_of(variant)


def known_defects(variant: str) -> list[str]:
    """Globs of cases that the recipe expects to fail with the library chosen here."""
    choice = building.found().choose(variant)
    recipes = building.recipes()
    recipe = next(r for r in recipes.providers if r.name == choice.blas.provider)
    return [row.case for row in met_by_backends(recipe, choice.blas)]


@pytest.mark.parametrize("variant", building.variants())
def test_check_passes_real_provider(variant: str, program: Path, backend_of: BackendOf) -> None:
    """Every numeric case holds, but for the defects that the recipe names."""
    run = building.run_check(program, backend_of(variant), "--numeric")
    tolerated = known_defects(variant)

    unexpected = [
        case["case"]
        for case in run.cases
        if not case["ok"] and not any(fnmatchcase(case["case"], glob) for glob in tolerated)
    ]
    assert [] == unexpected
    assert run.summary is not None
    assert variant == run.summary["id"]


@pytest.mark.parametrize("variant", building.variants())
def test_backend_names_the_library_that_answers(
    variant: str, program: Path, backend_of: BackendOf
) -> None:
    """The file that holds gemm is the file that was linked."""
    run = building.run_check(program, backend_of(variant), "--numeric", "--only", "swap")
    choice = building.found().choose(variant)

    assert run.summary is not None
    assert Path(run.summary["library"]).resolve() == Path(choice.blas.path).resolve()


@pytest.mark.parametrize(
    "order", list(itertools.permutations(("default", "mkl", "numpy"))), ids="-".join
)
def test_backends_and_numpy_do_not_see_each_other(
    order: tuple[str, ...], right: Path, backend_of: BackendOf
) -> None:
    """Each answers from its own library with right results, in every order of loading."""
    pytest.importorskip("numpy")
    files = {"default": right, "mkl": backend_of("mkl")}
    names = [f"{name}={files[name]}" if name in files else name for name in order]
    done = subprocess.run(
        [sys.executable, "-m", "core.tests.check.isolation", *names],
        cwd=building.ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert "" == done.stderr
    report = json.loads(done.stdout)
    assert [] == report["wrong"]
    assert len({str(library) for library in report["library"].values()}) == 3
    assert {"default": 1, "mkl": 1} == report["threads"]
