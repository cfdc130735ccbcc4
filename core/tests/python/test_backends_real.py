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

from blas_probe.defects import defects
from blas_probe.errors import ProbeError
from core.tests.check import building

pytestmark = [pytest.mark.real, pytest.mark.slow]  # minutes: builds, every case, every defect

BackendOf = Callable[[str], Path]

# What trivet-check must catch, the part of it that does, and something that its report says.
DEFECTS = {
    "gemm-without-beta": ("--numeric", "gemm"),
    "gemm-without-alpha": ("--numeric", "gemm"),
    "gemm-conjugate-is-transpose": ("--numeric", "cgemm"),
    "gemm-other-transpose": ("--numeric", "gemm"),
    "gemm-keeps-nan": ("--numeric", "gemm"),
    "gemm-without-last-row": ("--numeric", "gemm"),
    "gemm-beyond-block": ("--numeric", "gemm"),
    "gemm-writes-padding": ("--numeric", "padding of C"),
    "gemm-changes-input": ("--numeric", "an input was changed"),
    "gemm-less-precise": ("--numeric", "gemm"),
    "gemm-without-k0": ("--numeric", "gemm"),
    "gemm-slow": ("--speed", "below the floor"),
    "gemm-hangs-after-fork": ("--behaviour", "hangs"),
    "trsm-unit-diagonal": ("--numeric", "trsm"),
    "trmm-other-side": ("--numeric", "trmm"),
    "syrk-whole": ("--numeric", "other triangle"),
    "gemv-negative-stride": ("--numeric", "gemv"),
    "dotc-unconjugated": ("--numeric", "cdotc"),
    "iamax-last": ("--numeric", "iamax"),
    "nrm2-overflows": ("--numeric", "nrm2"),
    "getrf-without-info": ("--numeric", "singular"),
    "getrf-without-pivots": ("--numeric", "getrf"),
    "potrf-clears": ("--numeric", "potrf"),
    "heevd-unsorted": ("--numeric", "rise"),
    "gesdd-not-orthogonal": ("--numeric", "gesdd"),
    "gelsd-full-rank": ("--numeric", "rank"),
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backends")


@pytest.fixture(scope="session")
def program(folder: Path) -> Path:
    return building.build_check(folder)


@pytest.fixture(scope="session")
def planted(folder: Path) -> Path:
    return building.build_planted(folder)


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
    """A good backend: what planted defects are hidden in."""
    variant = building.first_served()
    if variant is None:
        pytest.skip("no library on this machine can serve any variant")
    return backend_of(variant)


def known_defects(variant: str) -> list[str]:
    """Globs of cases that the recipe expects to fail with the library chosen here."""
    choice = building.found().choose(variant)
    recipes = building.recipes()
    recipe = next(r for r in recipes.providers if r.name == choice.blas.provider)
    return [row.case for row in defects(recipe, choice.blas)]


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


@pytest.mark.parametrize("defect", sorted(DEFECTS))
def test_check_catches_planted_defect(
    defect: str, program: Path, planted: Path, right: Path
) -> None:
    """One defect in one routine gives exit status 1 and a line that says so."""
    part, said = DEFECTS[defect]
    run = building.run_check(
        program,
        planted,
        part,
        environ={"TRIVET_PLANTED": defect, "TRIVET_PLANTED_INNER": str(right)},
    )

    assert 1 == run.status
    assert any(said in line for line in run.failed()), run.failed()[:5]


def test_check_passes_planted_backend_without_defect(
    program: Path, planted: Path, right: Path
) -> None:
    """The wrapper itself changes nothing."""
    run = building.run_check(
        program,
        planted,
        "--numeric",
        environ={"TRIVET_PLANTED": "none", "TRIVET_PLANTED_INNER": str(right)},
    )

    assert [] == run.failed()
    assert 0 == run.status


def test_check_keeps_what_a_provider_prints_out_of_its_lines(
    program: Path, planted: Path, right: Path
) -> None:
    """A provider that prints does not add a case."""
    run = building.run_check(
        program,
        planted,
        *("--numeric", "--only", "gemm"),
        environ={"TRIVET_PLANTED": "gemm-prints", "TRIVET_PLANTED_INNER": str(right)},
    )

    assert "not mine" not in [case["case"] for case in run.cases]
    assert "not mine" in run.errors


@pytest.mark.parametrize("defect", ["gemm-exits", "gemm-crashes"])
def test_check_never_passes_a_provider_that_ends_the_process(
    defect: str, program: Path, planted: Path, right: Path
) -> None:
    """No summary, a status that is not 0, and the lines up to there."""
    run = building.run_check(
        program,
        planted,
        *("--numeric", "--only", "gemm"),
        environ={"TRIVET_PLANTED": defect, "TRIVET_PLANTED_INNER": str(right)},
    )

    assert 0 != run.status
    assert run.summary is None
    assert len(run.cases) > 5


@pytest.mark.parametrize(
    ("defect", "said"), [("other-abi", "interface version 2"), ("missing-routine", "misses sgesdd")]
)
def test_check_refuses_a_table_it_cannot_use(
    defect: str, said: str, program: Path, planted: Path, right: Path
) -> None:
    """Exit status 2 and one line."""
    run = building.run_check(
        program, planted, environ={"TRIVET_PLANTED": defect, "TRIVET_PLANTED_INNER": str(right)}
    )

    assert 2 == run.status
    assert said in run.errors
    assert 1 == len(run.errors.splitlines())


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
