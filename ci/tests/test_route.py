# SPDX-License-Identifier: Apache-2.0
"""The native route: rows of recipes/, pyproject.toml and the workflow say the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import pytest

from blas_probe.recipe import load_recipes
from ci.__main__ import main
from ci.errors import CiError
from ci.route import (
    FORMATS,
    NativeJob,
    deployment_target,
    github,
    identifier,
    image_option,
    native_jobs,
)
from wheels.errors import UnknownSelectionError
from wheels.rows import Platform, Rows, load_rows

ROOT = Path(__file__).resolve().parents[2]
RECIPES = load_recipes(ROOT / "recipes")
ROWS = load_rows(ROOT / "recipes")
PLANNED: tuple[tuple[str, Literal["linux", "macos", "windows"], str], ...] = (
    ("manylinux_2_28_x86_64", "linux", "x86_64"),
    ("manylinux_2_28_aarch64", "linux", "aarch64"),
    ("musllinux_1_2_x86_64", "linux", "x86_64"),
    ("musllinux_1_2_aarch64", "linux", "aarch64"),
    ("macosx_14_0_arm64", "macos", "arm64"),
    ("macosx_11_0_arm64", "macos", "arm64"),
    ("macosx_11_0_x86_64", "macos", "x86_64"),
    ("win_amd64", "windows", "AMD64"),
    ("win_arm64", "windows", "ARM64"),
)
# Platforms that the project serves, whether their row is there yet or not.
SAMPLES = tuple(
    Platform(id=name, system=system, machine=machine, toolchains=("x",), runner=f"runner-{name}")
    for name, system, machine in PLANNED
)
HERE = {row.id: row for row in ROWS.platforms}
ALL = tuple({**{row.id: row for row in SAMPLES}, **HERE}.values())
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CIBUILDWHEEL: dict[str, Any] = SETTINGS["tool"]["cibuildwheel"]
WORKFLOW = (ROOT / "ci" / "workflows" / "native.yml").read_text(encoding="utf-8")


def jobs_of(platforms: tuple[Platform, ...], only: tuple[str, ...] = ()) -> tuple[NativeJob, ...]:
    """The jobs of some platforms, with the Pythons of the rows."""
    rows = Rows(platforms=platforms, pythons=ROWS.pythons, toolchains=ROWS.toolchains)
    return native_jobs(rows, RECIPES, only)


@pytest.mark.parametrize("row", ALL, ids=[row.id for row in ALL])
def test_each_platform_has_one_job_for_each_wheel(row: Platform) -> None:
    """A Python that runs another's wheel is tested in that wheel's job."""
    jobs = jobs_of((row,))

    assert [one.id for one in ROWS.pythons if one.abi] == [job.cell.split("-")[0] for job in jobs]
    tested = sorted(cell.split("-")[0] for job in jobs for cell in job.cells)
    assert [one.id for one in ROWS.pythons] == tested


@pytest.mark.parametrize("row", ALL, ids=[row.id for row in ALL])
def test_pyproject_selects_what_the_jobs_build(row: Platform) -> None:
    """A build selection that left one out would end a job without a wheel."""
    for job in jobs_of((row,)):
        for name in job.build:
            assert any(fnmatchcase(name, glob) for glob in CIBUILDWHEEL["build"])


def test_pyproject_selects_the_pythons_of_the_rows_and_no_other() -> None:
    """One source of truth: recipes/pythons.toml."""
    assert [f"{row.id}-*" for row in ROWS.pythons] == CIBUILDWHEEL["build"]


@pytest.mark.parametrize(
    "row",
    [row for row in ALL if row.system == "linux" and row.runner],
    ids=lambda row: row.id,
)
def test_pyproject_names_the_image_of_each_platform(row: Platform) -> None:
    """An image of a newer C library would raise the wheel's tag above the row's."""
    option, image = image_option(row)

    assert image == CIBUILDWHEEL[option]
    (job, *_) = jobs_of((row,))
    assert image == job.environment[f"CIBW_{option.replace('-', '_').upper()}"]


def test_no_image_is_named_for_a_platform_that_is_not_known() -> None:
    """A row that goes takes its image along."""
    options = {image_option(row)[0] for row in ALL if row.system == "linux"}

    assert options == {name for name in CIBUILDWHEEL if name.endswith("-image")}


@pytest.mark.parametrize(
    "row", [row for row in ALL if row.system == "macos"], ids=lambda row: row.id
)
def test_each_macos_job_aims_at_the_system_of_its_row(row: Platform) -> None:
    """Two rows of one processor differ in nothing else."""
    (job, *_) = jobs_of((row,))

    expected = f"MACOSX_DEPLOYMENT_TARGET={deployment_target(row)}"
    assert expected == job.environment["CIBW_ENVIRONMENT_MACOS"]


def test_pyproject_aims_at_the_oldest_macos_that_the_default_provider_allows() -> None:
    """By hand, without a job: the system's own BLAS on arm64, OpenBLAS elsewhere."""
    (override,) = CIBUILDWHEEL["overrides"]
    targets = {
        name: override["environment"]["MACOSX_DEPLOYMENT_TARGET"]
        if fnmatchcase(f"cp312-{name}", override["select"])
        else CIBUILDWHEEL["macos"]["environment"]["MACOSX_DEPLOYMENT_TARGET"]
        for name in ("macosx_arm64", "macosx_x86_64")
    }

    for name, target in targets.items():
        row = f"macosx_{target.replace('.', '_')}_{name.removeprefix('macosx_')}"
        assert row in {one.id for one in ALL}


def test_the_default_provider_follows_the_system_of_the_row() -> None:
    """Accelerate's new names are there from macOS 13.3 on."""
    blas = {job.platform: job.environment["CIBW_CONFIG_SETTINGS"] for job in jobs_of(ALL)}

    expected = {
        row.id: "accelerate" if row.id == "macosx_14_0_arm64" else "openblas" for row in ALL
    }
    assert {name: f"trivet.blas={value}" for name, value in expected.items()} == blas


def test_cells_are_named_as_those_of_the_other_route() -> None:
    """A wheel of either route proves the same cell."""
    (job, *_) = jobs_of((HERE["manylinux_2_28_x86_64"],))

    assert "cp311-manylinux_2_28_x86_64-openblas_lp64-cpu" == job.cell


def test_identifiers_hold_no_version_of_the_system() -> None:
    """cibuildwheel tells platforms apart by system and processor alone."""
    python = ROWS.pythons[0]
    names = [identifier(python, row) for row in SAMPLES]

    assert ["manylinux_x86_64", "manylinux_aarch64", "musllinux_x86_64", "musllinux_aarch64"] == [
        name.partition("-")[2] for name in names[:4]
    ]
    assert ["macosx_arm64", "macosx_arm64", "macosx_x86_64", "win_amd64", "win_arm64"] == [
        name.partition("-")[2] for name in names[4:]
    ]


def test_a_platform_without_a_runner_has_no_native_job() -> None:
    """Such wheels come from the cross route alone."""
    row = Platform(id="manylinux_2_28_x86_64", system="linux", machine="x", toolchains=("x",))

    assert () == jobs_of((row,))


def test_only_chooses_by_any_cell_that_a_job_proves() -> None:
    """cp313 runs the wheel of cp312: asking for it starts that job."""
    (job,) = jobs_of((HERE["manylinux_2_28_x86_64"],), ("cp313-*",))

    assert job.cell.startswith("cp312-")
    with pytest.raises(UnknownSelectionError, match="cp399"):
        jobs_of((HERE["manylinux_2_28_x86_64"],), ("cp399-*",))


def test_a_row_without_a_version_is_refused_by_name() -> None:
    """The deployment target is read from the id."""
    row = Platform(id="macos", system="macos", machine="arm64", toolchains=("x",), runner="r")

    with pytest.raises(CiError, match="macosx_11_0_arm64"):
        deployment_target(row)


def test_the_matrix_names_cell_and_runner_on_one_line() -> None:
    """GitHub reads the value from a single output line."""
    jobs = jobs_of(SAMPLES)
    text = github(jobs)

    rows = json.loads(text)["include"]
    assert "\n" not in text
    assert [(job.cell, job.runner) for job in jobs] == [(r["cell"], r["runs-on"]) for r in rows]


def test_the_workflow_runs_what_a_person_runs() -> None:
    """The matrix comes from the rows, each cell from its id, and no platform is named twice."""
    assert "python3 -m ci matrix --route native" in WORKFLOW
    assert re.search(r'python -m ci native --only "\$CELL"', WORKFLOW)
    assert "python -m ci collect cells" in WORKFLOW
    assert [] == [row.id for row in ALL if row.id in WORKFLOW]
    names = set(re.findall(r"matrix\.([\w-]+)", WORKFLOW.replace("outputs.matrix", "")))
    assert names <= set(json.loads(github(jobs_of(SAMPLES)))["include"][0])


def test_the_command_prints_the_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    """Both forms; a form of the other route alone is refused."""
    for name in FORMATS:
        assert 0 == main(["matrix", "--route", "native", "--format", name])
        assert json.loads(capsys.readouterr().out)
    assert 2 == main(["matrix", "--route", "native", "--format", "gitlab"])
    assert "github" in capsys.readouterr().err


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("row", SAMPLES, ids=lambda row: row.id)
def test_cibuildwheel_knows_what_the_jobs_ask_for(row: Platform) -> None:
    """Its own list of identifiers, with the configuration of pyproject.toml."""
    words = ["-m", "cibuildwheel", "--print-build-identifiers", "--platform", row.system]
    done = subprocess.run(
        [sys.executable, *words, "--archs", row.machine, str(ROOT)],
        check=True,
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("CIBW_")},
    )
    asked = {name for job in jobs_of((row,)) for name in job.build}

    assert asked <= set(done.stdout.split())
