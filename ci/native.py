# SPDX-License-Identifier: Apache-2.0
"""Run the native route's jobs of this machine: cibuildwheel builds, repairs, audits and tests."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from blas_probe.recipe import load_recipes
from ci.image.recipe import Image
from ci.route import NativeJob, image_option, native_jobs
from wheels.command import Log, call
from wheels.errors import CommandError, ToolchainError, UnknownSelectionError
from wheels.prepare import source_date
from wheels.rows import Platform, Rows, by_id, load_rows
from wheels.state import new_folder, write_json

SDIST = "import sys, wheels.source; print(wheels.source.build_sdist(sys.argv[1]))"
SYSTEMS: Mapping[str, str] = {"linux": "linux", "darwin": "macos", "win32": "windows"}
RECORD = "native.json"
LABEL = "trivet-run"
"""Label of a container: the process that started it, and when."""
HOURS = 4 * 3600.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Local:
    """The image of this machine, and how podman starts a container of it."""

    image: str
    options: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Run:
    """What all jobs of one call share."""

    root: Path
    folder: Path
    archive: Path
    environ: Mapping[str, str]
    local: Local | None
    say: Callable[[str], None]


def jobs_here(rows: Rows, root: Path, only: Sequence[str], *, local: bool) -> list[NativeJob]:
    """The jobs that this machine can do; UnknownSelectionError when there is none."""
    asked = native_jobs(rows, load_recipes(root / "recipes"), only)
    system, machine = SYSTEMS.get(sys.platform, sys.platform), platform.machine()
    jobs = []
    for job in asked:
        row = by_id(rows.platforms, job.platform, "platform")
        if row.system == system and row.machine == machine and (not local or row.libc == "glibc"):
            jobs.append(job)
    if not jobs:
        raise UnknownSelectionError(
            f"none of {', '.join(job.cell for job in asked)} is built on this machine",
            why=f"this is {system} on {machine}" + (", with a glibc image" if local else ""),
            then="python3 -m ci matrix --route native --format json (who builds what)",
        )
    return jobs


def jobs_asked_for(root: Path, only: Sequence[str], *, local: bool) -> list[NativeJob]:
    """The jobs of this machine, before anything takes time; ToolchainError without the tool."""
    if find_spec("cibuildwheel") is None:
        raise ToolchainError(
            "cibuildwheel is not installed",
            why=f"{sys.executable} does not find it",
            then="python3 noxfile.py -s native (or pip install --group native)",
        )
    return jobs_here(load_rows(root / "recipes"), root, only, local=local)


def run_jobs(
    root: Path,
    folder: Path,
    jobs: Sequence[NativeJob],
    environ: Mapping[str, str],
    say: Callable[[str], None],
    local: Local | None,
) -> list[dict[str, object]]:
    """Do the jobs one after another; returns the record of each."""
    rows = load_rows(root / "recipes")
    dated = {**environ, "SOURCE_DATE_EPOCH": str(source_date(root, environ))}
    folder = folder.resolve()
    if local:
        remove_abandoned(environ)
    archive = make_sdist(root, folder, dated)
    run = Run(root=root, folder=folder, archive=archive, environ=dated, local=local, say=say)
    return [run_job(run, job, by_id(rows.platforms, job.platform, "platform")) for job in jobs]


def make_sdist(root: Path, folder: Path, env: Mapping[str, str]) -> Path:
    """The source archive of the checkout: the build sees nothing else of it."""
    log = Log(folder / "sdist.log", "source archive")
    with new_folder(folder / "source") as out:
        call([sys.executable, "-c", SDIST, str(out)], cwd=root, env=env, log=log)
    return next((folder / "source").glob("*.tar.gz"))


def run_job(run: Run, job: NativeJob, row: Platform) -> dict[str, object]:
    """One run of cibuildwheel; its wheel and its record are in a folder of the cell's name."""
    label = f"{LABEL}={os.getpid()}-{int(time.time())}"
    env = environment(job, row, run.local, label, run.environ)
    log = Log(run.folder / f"{job.cell}.log", job.cell)
    run.say(f"{job.cell}: {' '.join(job.build)}; the output goes to {log.path}")
    started = time.monotonic()
    with new_folder(run.folder / job.cell) as out:
        words = [sys.executable, "-m", "cibuildwheel", "--platform", job.system]
        words += ["--output-dir", str(out), str(run.archive)]
        try:
            call(words, cwd=run.folder, env=env, log=log, timeout=HOURS)
        finally:
            if run.local:
                remove_containers(label, run.environ)
        record = describe(job, next(out.glob("*.whl")), run.local, time.monotonic() - started)
        write_json(out / RECORD, record)
    return record


def describe(job: NativeJob, wheel: Path, local: Local | None, seconds: float) -> dict[str, object]:
    """What the collecting job reads."""
    data = wheel.read_bytes()
    return {
        "schema": 1,
        "cell": job.cell,
        "cells": list(job.cells),
        "wheel": wheel.name,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "seconds": round(seconds),
        "image": local.image if local else "",
    }


def environment(
    job: NativeJob, row: Platform, local: Local | None, label: str, environ: Mapping[str, str]
) -> dict[str, str]:
    """The environment of cibuildwheel: nothing of the caller's own configuration of it is kept."""
    kept = {key: value for key, value in environ.items() if not key.startswith("CIBW_")}
    answer = {**kept, **job.environment, "CIBW_BUILD": " ".join(job.build)}
    if local:
        option = image_option(row)[0].replace("-", "_").upper()
        words = " ".join([*local.options, f"--label={label}"])
        answer[f"CIBW_{option}"] = local.image
        answer["CIBW_CONTAINER_ENGINE"] = f"podman; create_args: {words}; disable_host_mount: true"
    return answer


def remove_abandoned(environ: Mapping[str, str]) -> None:
    """End the containers of runs that were killed and could not do it themselves."""
    words = ["podman", "ps", "--all", f"--filter=label={LABEL}"]
    words.append(f'--format={{{{index .Labels "{LABEL}"}}}}')
    for label in sorted(set(call(words, env=environ).output.split())):
        if not Path("/proc", label.partition("-")[0]).exists():
            remove_containers(f"{LABEL}={label}", environ)


def remove_containers(label: str, environ: Mapping[str, str]) -> None:
    """End what an interrupted run left; cibuildwheel itself removes only what ended well."""
    words = ["podman", "ps", "--all", "--quiet", f"--filter=label={label}"]
    for name in call(words, env=environ).output.split():
        call(["podman", "rm", "--force", name], env=environ)


def working(recipe: Image, image: str, environ: Mapping[str, str]) -> Local:
    """The first options with which podman starts a container here."""
    said = ""
    for options in recipe.options:
        try:
            call(["podman", "run", "--rm", *options, image, "true"], env=environ)
        except CommandError as error:
            said = error.what
            continue
        return Local(image=image, options=options)
    raise ToolchainError(
        f"podman starts no container of {image}\n{said}",
        why="none of the `options` in recipes/image.toml works on this machine",
        then=f"find options with which `podman run --rm {image} true` works, and add them there",
    )
