# SPDX-License-Identifier: Apache-2.0
"""Binaries of macOS: graft, turn the names, sign anew; the tag is what the binaries ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from blas_probe.binary import macho
from wheels.archive import unpack_wheel
from wheels.errors import PackError
from wheels.repair.graft import Kind, graft, natives, read
from wheels.repair.job import Job, Repaired

HERE = "@loader_path/"
FLOOR = re.compile(r"macos (\d+)\.(\d+)")
KIND = Kind(parse=macho.parse, magics=tuple(macho.THIN))
YEARLY = 11  # from this version on tags name no minor one


def repair(job: Job) -> Repaired:
    """Repair a wheel for macOS."""
    unpack_wheel(job.wheel, job.tree)
    grafted = graft(job.tree, KIND, job.shelf, rename)
    floors = [floor_of(read(path, KIND).floor) for path in natives(job.tree, KIND)]
    major, minor = max(floors, default=(0, 0))
    tag = f"macosx_{major}_{minor}_{job.platform.machine}"
    return Repaired(
        tree=job.tree, platform_tag=tag, grafted=tuple(one.path.name for one in grafted)
    )


def floor_of(text: str | None) -> tuple[int, int]:
    """`macos 13.3` -> (14, 0): the oldest tag whose every system runs the binary."""
    match = FLOOR.match(text or "")
    if match is None:
        raise PackError(
            f"a binary for macOS says that it runs on {text or 'nothing'}",
            why="it was linked without -target",
        )
    major, minor = int(match[1]), int(match[2])
    return (major, minor) if major < YEARLY else (major + bool(minor), 0)


def rename(path: Path, turned: Mapping[str, str], mine: bool) -> None:
    """Turn needed names to files beside `path`, drop folders of the maker's machine, sign."""
    from repairwheel.macos import machotools  # only who packs for another system needs it

    for old, new in turned.items():
        machotools.set_install_name(path, old, HERE + new, ad_hoc_sign=False)
    if mine:
        machotools.set_install_id(path, f"@rpath/{path.name}", ad_hoc_sign=False)
    away = [text for text in read(path, KIND).rpaths if not text.startswith("@")]
    machotools._delete_rpaths(path, away, ad_hoc_sign=False)
    machotools.replace_signature(path, "-")
