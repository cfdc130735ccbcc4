# SPDX-License-Identifier: Apache-2.0
"""Jobs come from the plan alone."""

from __future__ import annotations

import json

import pytest

from ci.errors import CiError
from ci.matrix import FORMATS, Job, github, gitlab, jobs, local_command, plain
from wheels.plan import Cell, Plan
from wheels.rows import Platform, Python

PYTHONS = (
    Python(id="cp311", version="3.11", abi="cp311"),
    Python(id="cp312", version="3.12", abi="abi3"),
)
PLATFORM = "manylinux_2_28_x86_64"
PLATFORMS = (
    Platform(id=PLATFORM, system="linux", machine="x", toolchains=("t",), runner="some-runner"),
    Platform(id="haiku_1", system="linux", machine="x", toolchains=("t",)),
)


def cell(python: str, platform: str = PLATFORM, blas: str = "dummy") -> Cell:
    """A cell of the plan."""
    name = f"{python}-{platform}-{blas}_lp64-cpu"
    return Cell(id=name, python=python, platform=platform, blas=blas, int_bits=32, artefacts=())


def plan_of(*cells: Cell) -> Plan:
    """A plan that holds nothing but cells."""
    return Plan(cells=cells, artefacts=(), exclusions=())


def test_each_cell_is_one_job() -> None:
    """The order and the ids are the plan's; version and runner are looked up."""
    rows = jobs(plan_of(cell("cp311"), cell("cp312")), PYTHONS, PLATFORMS)

    expected = [("cp311", "3.11"), ("cp312", "3.12")]
    assert expected == [(row.cell.split("-")[0], row.python) for row in rows]
    assert {"some-runner"} == {row.runner for row in rows}


def test_a_platform_without_a_runner_is_refused_by_name() -> None:
    """The message names the platform and the file to edit."""
    with pytest.raises(CiError, match=r"(?s)haiku_1.*platforms\.toml"):
        jobs(plan_of(cell("cp311", platform="haiku_1")), PYTHONS, PLATFORMS)


def test_github_matrix_is_one_line_that_names_the_cell() -> None:
    """GitHub reads the value from a single output line."""
    text = github(jobs(plan_of(cell("cp312")), PYTHONS, PLATFORMS))

    row = json.loads(text)["include"][0]
    assert "\n" not in text
    assert ("cp312-manylinux_2_28_x86_64-dummy_lp64-cpu", "3.12") == (
        row["cell"],
        row["python-version"],
    )


def test_gitlab_pipeline_runs_the_local_command_of_each_cell() -> None:
    """What GitLab runs is what a person runs."""
    rows = jobs(plan_of(cell("cp311")), PYTHONS, PLATFORMS)

    pipeline = json.loads(gitlab(rows))
    assert [local_command(rows[0].cell)] == pipeline[rows[0].cell]["script"]
    assert set(pipeline) - {"stages"} == {row.cell for row in rows}


def test_plain_json_holds_every_fact_of_a_job() -> None:
    """Programs of other CI services start from this form."""
    rows = jobs(plan_of(cell("cp311")), PYTHONS, PLATFORMS)

    data = json.loads(plain(rows))
    assert set(Job.__dataclass_fields__) | {"command"} == set(data["jobs"][0])


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_cell_gives_a_valid_empty_document(name: str) -> None:
    """An empty selection is no error for the reader."""
    assert json.loads(FORMATS[name](())) is not None
