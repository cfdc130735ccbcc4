# SPDX-License-Identifier: Apache-2.0
"""Binaries of Windows: graft beside what needs them, where the core's loader looks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from blas_probe.binary import pe
from wheels.archive import unpack_wheel
from wheels.errors import PackError
from wheels.repair.graft import Kind, graft
from wheels.repair.job import Job, Repaired

KIND = Kind(parse=pe.parse, magics=(b"MZ",))


def repair(job: Job) -> Repaired:
    """Repair a wheel for Windows; its tag names no version."""
    unpack_wheel(job.wheel, job.tree)
    grafted = graft(job.tree, KIND, job.shelf, rename)
    return Repaired(
        tree=job.tree, platform_tag=job.platform.id, grafted=tuple(one.path.name for one in grafted)
    )


def rename(path: Path, turned: Mapping[str, str], mine: bool) -> None:
    """Turn needed names; a copied library itself is found by its file name alone."""
    from delvewheel import _dll_utils  # only who packs for another system needs it

    del mine
    try:
        _dll_utils.replace_needed(str(path), list(turned), dict(turned), strip=False, direct=True)
    except RuntimeError as error:
        raise PackError(
            f"{path.name}: the libraries that it needs cannot be renamed: {error}",
            why="there is no room for longer names, and something follows the last section",
            then="link it without debug information",
        ) from error
