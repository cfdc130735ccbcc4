# SPDX-License-Identifier: Apache-2.0
"""The last job of the native route: is every wheel there, and the one that was built?"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ci.errors import CiError
from ci.native import RECORD
from ci.route import NativeJob
from wheels.state import read_json

NEXT = "python3 -m ci native --only CELL"


def collect(folder: Path, jobs: Sequence[NativeJob], dist: Path) -> list[Path]:
    """Copy the wheels of all jobs into `dist`; CiError names everything that is missing or wrong.

    Nothing is copied unless all is there.
    """
    records = {
        str(record["cell"]): (path.parent, record)
        for path in sorted(folder.rglob(RECORD))
        if isinstance(record := read_json(path, made_by=NEXT), dict) and "cell" in record
    }
    wrong = [line for job in jobs for line in complaints(job, records.get(job.cell))]
    known = {job.cell for job in jobs}
    wrong += [f"{cell}: no job of the matrix is called so" for cell in records if cell not in known]
    if wrong:
        text = "\n  ".join(wrong)
        msg = f"{len(wrong)} of {len(jobs)} jobs are not as they should be:\n  {text}"
        raise CiError(f"{msg}\n  next: run the failed jobs again")
    dist.mkdir(parents=True, exist_ok=True)
    paths = [records[job.cell][0] / str(records[job.cell][1]["wheel"]) for job in jobs]
    return [Path(shutil.copy2(path, dist / path.name)) for path in paths]


def complaints(job: NativeJob, found: tuple[Path, Mapping[str, Any]] | None) -> list[str]:
    """What is wrong with the answer of one job."""
    if found is None:
        return [f"{job.cell}: left nothing"]
    place, record = found
    wheel = place / str(record.get("wheel", ""))
    if not wheel.is_file():
        return [f"{job.cell}: its wheel {wheel.name} is missing"]
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != record.get("sha256"):
        return [f"{job.cell}: {wheel.name} is not the file that the job built"]
    if not fits(wheel.name, job):
        return [f"{job.cell}: {wheel.name} is for another Python or platform"]
    return []


def fits(name: str, job: NativeJob) -> bool:
    """Say whether a wheel's tag is the job's, its system as old as the platform's or older."""
    head, _, tags = name.removesuffix(".whl").partition(f"-{job.tag}-")
    return bool(head) and any(_reaches(tag, job.platform) for tag in tags.split("."))


def _reaches(tag: str, platform: str) -> bool:
    numbers = re.compile(r"_(\d+)_(\d+)_")
    if numbers.sub("_", tag) != numbers.sub("_", platform):
        return False
    pair = [match.groups() for match in map(numbers.search, (tag, platform)) if match]
    versions = [(int(major), int(minor)) for major, minor in pair]
    return not versions or versions[0] <= versions[-1]
