# SPDX-License-Identifier: Apache-2.0
"""The native jobs of this machine, and the job that collects what all of them left."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ci.__main__ import main
from ci.collect import collect, fits
from ci.errors import CiError
from ci.image.recipe import load_image
from ci.native import (
    RECORD,
    SYSTEMS,
    Local,
    describe,
    environment,
    jobs_here,
    remove_abandoned,
    remove_containers,
    working,
)
from ci.route import NativeJob
from wheels.errors import ToolchainError, UnknownSelectionError
from wheels.rows import Platform, Rows, load_rows
from wheels.state import read_json, write_json

ROOT = Path(__file__).resolve().parents[2]
ROWS = load_rows(ROOT / "recipes")
ROW = Platform(
    id="manylinux_2_28_x86_64", system="linux", machine="x86_64", toolchains=("x",), runner="r"
)
JOB = NativeJob(
    cell="cp312-manylinux_2_28_x86_64-x_lp64-cpu",
    platform=ROW.id,
    runner="r",
    system="linux",
    build=("cp312-manylinux_x86_64", "cp313-manylinux_x86_64"),
    cells=("cp312-manylinux_2_28_x86_64-x_lp64-cpu", "cp313-manylinux_2_28_x86_64-x_lp64-cpu"),
    tag="cp312-abi3",
    environment={"CIBW_MANYLINUX_X86_64_IMAGE": "manylinux_2_28"},
)
OTHER = replace(JOB, cell="cp311-manylinux_2_28_x86_64-x_lp64-cpu", tag="cp311-cp311")


def test_the_environment_is_the_job_s_alone() -> None:
    """What the caller had set for cibuildwheel would build something else."""
    made = environment(JOB, ROW, None, "l", {"CIBW_SKIP": "*", "HOME": "/h"})

    assert {
        "HOME": "/h",
        "CIBW_MANYLINUX_X86_64_IMAGE": "manylinux_2_28",
        "CIBW_BUILD": "cp312-manylinux_x86_64 cp313-manylinux_x86_64",
    } == made


def test_the_local_image_takes_the_place_of_the_official_one() -> None:
    """The label lets an interrupted run's containers be found."""
    local = Local(image="localhost/x:1", options=("--a", "--b=c"))
    made = environment(JOB, ROW, local, "trivet-run=7", {})

    assert "localhost/x:1" == made["CIBW_MANYLINUX_X86_64_IMAGE"]
    expected = "podman; create_args: --a --b=c --label=trivet-run=7; disable_host_mount: true"
    assert expected == made["CIBW_CONTAINER_ENGINE"]


def here(**changes: str) -> Platform:
    """The row of a platform of this very machine."""
    values = {"system": SYSTEMS["linux"], "machine": platform.machine(), **changes}
    return replace(ROW, **values)  # type: ignore[arg-type]


def test_only_jobs_of_this_machine_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of another system or processor is refused, with the machine that does it."""
    monkeypatch.setattr("sys.platform", "linux")
    foreign = Rows(
        platforms=(here(machine="other"),), pythons=ROWS.pythons, toolchains=ROWS.toolchains
    )
    mine = replace(foreign, platforms=(here(libc="glibc"),))
    musl = replace(foreign, platforms=(here(libc="musl"),))

    assert jobs_here(mine, ROOT, (), local=True)
    assert jobs_here(musl, ROOT, (), local=False)
    for rows, local in ((foreign, False), (musl, True)):
        with pytest.raises(UnknownSelectionError, match="is built on this machine"):
            jobs_here(rows, ROOT, (), local=local)


@pytest.mark.parametrize(
    ("tool", "only", "said"),
    [
        (None, "*", "cibuildwheel is not installed"),
        (object(), "nobody-builds-this", "nobody-builds-this"),
    ],
)
def test_what_cannot_be_done_is_told_before_the_image_is_made(
    tool: object,
    only: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Making it takes minutes."""
    monkeypatch.setattr("ci.native.find_spec", lambda name: tool)
    monkeypatch.setattr("ci.image.making.make_image", lambda *_: pytest.fail("made"))

    assert main(["native", "--local", "--only", only])
    assert said in capsys.readouterr().err


def fake_podman(tmp_path: Path, text: str) -> dict[str, str]:
    """An environment with a podman that runs `text`."""
    path = tmp_path / "podman"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return {"PATH": f"{tmp_path}:{os.environ['PATH']}"}


def test_the_first_options_that_start_a_container_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some machines need another run-time; the recipe lists what to try."""
    environ = fake_podman(tmp_path, 'case "$*" in *runc*) exit 0;; esac; echo refused; exit 1')
    monkeypatch.setenv("PATH", environ["PATH"])
    recipe = load_image(ROOT / "recipes")

    assert "--runtime=runc" in working(recipe, "x:1", environ).options
    with pytest.raises(ToolchainError, match=r"(?s)refused.*recipes/image\.toml"):
        working(replace(recipe, options=(("--crun",),)), "x:1", environ)


def test_containers_of_an_interrupted_run_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those with its label, and no other."""
    listing = f'echo "$@" >> {tmp_path}/said; case "$1" in ps) echo one; echo two;; esac'
    environ = fake_podman(tmp_path, listing)
    monkeypatch.setenv("PATH", environ["PATH"])
    remove_containers("trivet-run=7", environ)

    said = (tmp_path / "said").read_text().splitlines()
    assert ["rm --force one", "rm --force two"] == said[1:]
    assert "--filter=label=trivet-run=7" in said[0]


def test_containers_of_killed_runs_are_removed_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The label names the process; one that lives keeps its container."""
    alive, dead = f"{os.getpid()}-1", "999999999-2"
    text = f'echo "$@" >> {tmp_path}/said; case "$*" in *format*) echo {alive}; echo {dead};; esac'
    monkeypatch.setenv("PATH", fake_podman(tmp_path, text)["PATH"])
    remove_abandoned(dict(os.environ))

    said = (tmp_path / "said").read_text()
    assert f"--filter=label=trivet-run={dead}" in said
    assert alive not in said


def left(folder: Path, job: NativeJob, tag: str = "") -> Path:
    """What a job leaves in the folder of its artefact."""
    place = folder / f"native-{job.cell}" / job.cell
    place.mkdir(parents=True)
    wheel = place / f"trivet-1.0-{tag or job.tag}-manylinux_2_27_x86_64.whl"
    wheel.write_bytes(job.cell.encode())
    write_json(place / RECORD, describe(job, wheel, None, 61.4))
    return wheel


def test_a_complete_set_fills_dist(tmp_path: Path) -> None:
    """One wheel for each job."""
    names = [left(tmp_path / "cells", job).name for job in (JOB, OTHER)]
    paths = collect(tmp_path / "cells", (JOB, OTHER), tmp_path / "dist")

    assert names == [path.name for path in paths]
    assert sorted(names) == sorted(path.name for path in (tmp_path / "dist").iterdir())


@pytest.mark.parametrize("fault", ["nothing", "lost", "swapped", "foreign", "unknown"])
def test_an_incomplete_set_fills_nothing(tmp_path: Path, fault: str) -> None:
    """Each fault is told with its cell, and no wheel gets out."""
    cells, dist = tmp_path / "cells", tmp_path / "dist"
    left(cells, OTHER)
    jobs: tuple[NativeJob, ...] = (JOB, OTHER)
    if fault != "nothing":
        wheel = left(cells, JOB, tag="cp39-cp39" if fault == "foreign" else "")
        if fault == "lost":
            wheel.unlink()
        elif fault == "swapped":
            wheel.write_bytes(b"another")
        elif fault == "unknown":
            jobs = (OTHER,)
    with pytest.raises(CiError) as caught:
        collect(cells, jobs, dist)

    parts = {
        "nothing": "left nothing",
        "lost": "is missing",
        "swapped": "is not the file that the job built",
        "foreign": "for another Python or platform",
        "unknown": "no job of the matrix is called so",
    }
    assert f"{JOB.cell}: " in str(caught.value)
    assert parts[fault] in str(caught.value)
    assert not dist.exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("trivet-1.0-cp312-abi3-manylinux_2_28_x86_64.whl", True),
        ("trivet-1.0-cp312-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", True),
        ("trivet-1.0-cp312-abi3-manylinux_2_34_x86_64.whl", False),
        ("trivet-1.0-cp312-abi3-manylinux_2_28_aarch64.whl", False),
        ("trivet-1.0-cp312-abi3-musllinux_1_2_x86_64.whl", False),
        ("trivet-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", False),
    ],
)
def test_a_wheel_fits_a_platform_as_old_as_its_own_or_newer(name: str, expected: bool) -> None:
    """A newer C library than the row's would not install where it should."""
    assert expected == fits(name, JOB)


def test_a_record_tells_size_hash_and_time(tmp_path: Path) -> None:
    """The collecting job compares the hash."""
    wheel = left(tmp_path, JOB)
    record = read_json(wheel.parent / RECORD, made_by="x")

    assert (61, wheel.stat().st_size) == (record["seconds"], record["size"])
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == record["sha256"]
    assert list(JOB.cells) == record["cells"]


@pytest.mark.real
@pytest.mark.slow
def test_cibuildwheel_builds_repairs_audits_and_tests_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole native route in the local image: image, wheel, repair, audit, install, tests."""
    if shutil.which("podman") is None or shutil.which("debootstrap") is None or os.geteuid() != 0:
        pytest.skip("needs podman, debootstrap and root")
    words = ["native", "--local", "--only", "cp312-manylinux*", "--build", str(tmp_path)]
    assert 0 == main(words), capsys.readouterr().err

    (folder,) = (path for path in tmp_path.iterdir() if (path / RECORD).is_file())
    record = read_json(folder / RECORD, made_by="x")
    log = (tmp_path / f"{folder.name}.log").read_text(encoding="utf-8")
    assert "-cp312-abi3-manylinux_2_" in record["wheel"]
    assert (folder / record["wheel"]).stat().st_size == record["size"]
    for step in ("Repairing wheel", "Auditing wheel", "Testing wheel", " passed"):
        assert step in log
    assert log.count("Testing wheel") == len(record["cells"])
