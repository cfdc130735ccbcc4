# SPDX-License-Identifier: Apache-2.0
"""Binaries of Linux: auditwheel grafts what is bundled, and proves the platform tag."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wheels.archive import unpack_wheel, write_wheel
from wheels.cmake import find_tool
from wheels.command import Log, call
from wheels.elf import elf_files, newest_glibc
from wheels.errors import CommandError, PackError
from wheels.repair.job import Job, Repaired

REPAIR_TIMEOUT = 600.0  # seconds
PATCHELF_TIMEOUT = 120.0  # seconds
TAG = re.compile(r"manylinux_(\d+)_(\d+)_")
OLD_TAGS = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


MUSL_TAG = re.compile(r"musllinux_\d+_\d+_\w+\Z")
# What the cross compiler calls musl's one library; the loader there knows it by the other name.
MUSL_LINKED = "libc.so"
MUSL_LOADED = "libc.musl-{machine}.so.1"


def repair(job: Job) -> Repaired:
    """Repair a wheel for Linux, of whatever machine."""
    musl = job.platform.libc == "musl"
    wheel = with_musl_named(job) if musl else job.wheel
    repaired = _auditwheel(wheel, job)
    unpack_wheel(repaired, job.tree)
    repaired.unlink()
    if musl:
        shutil.rmtree(wheel.parent)
    grafted = sorted(path.name for path in job.tree.glob("*.libs/*"))
    tag = musl_tag(repaired.name) if musl else _glibc_tag(repaired.name, job)
    return Repaired(tree=job.tree, platform_tag=tag, grafted=tuple(grafted))


def _auditwheel(wheel: Path, job: Job) -> Path:
    tools = [find_tool("patchelf", job.env).parent, Path(job.env.get("PATH", os.defpath))]
    search = os.pathsep.join(str(path) for path in job.search)
    mine = {
        **job.env,
        "PATH": os.pathsep.join(str(path) for path in tools),
        "AUDITWHEEL_LD_LIBRARY_PATH": search,
        "LD_LIBRARY_PATH": search,
    }
    argv = [sys.executable, "-m", "auditwheel", "repair", "-z", "0", "-w", str(job.folder)]
    for name in sorted(job.excluded):
        argv += ["--exclude", name]
    try:
        call([*argv, str(wheel)], env=mine, log=job.log, timeout=REPAIR_TIMEOUT)
    except CommandError as error:
        raise PackError(
            f"auditwheel could not repair {wheel.name}\n{error.what}",
            why="a needed library was not found, or asks for a newer C library than any tag allows",
            then=f"read {job.log.path}",
        ) from error
    return min(job.folder.glob("*.whl"))


def with_musl_named(job: Job) -> Path:
    """A copy of the wheel whose binaries ask for musl by the name that it has there."""
    tree = job.folder / "named"
    unpack_wheel(job.wheel, tree)
    name = MUSL_LOADED.format(machine=job.platform.machine)
    argv: list[str | Path] = [find_tool("patchelf", job.env), "--replace-needed", MUSL_LINKED, name]
    for path, elf in elf_files(tree).items():
        if MUSL_LINKED in elf.needed:
            call([*argv, path], env=job.env, log=job.log, timeout=PATCHELF_TIMEOUT)
    wheel = job.folder / "named.d" / job.wheel.name
    write_wheel(tree, wheel, epoch=int(job.env.get("SOURCE_DATE_EPOCH", "0")), level=0)
    shutil.rmtree(tree)
    return wheel


def musl_tag(name: str) -> str:
    """Return the tag for musl that auditwheel gave a wheel."""
    tags = name.removesuffix(".whl").rsplit("-", 1)[-1].split(".")
    found = [tag for tag in tags if MUSL_TAG.match(tag)]
    if not found:
        raise PackError(
            f"{name}: auditwheel gave it no musllinux tag",
            why="it links against something that no musllinux policy allows",
        )
    return min(found)


def _glibc_tag(name: str, job: Job) -> str:
    floor = max(proven_floor(name), newest_glibc(job.excluded.values()), job.declared)
    return f"manylinux_{floor[0]}_{floor[1]}_{job.platform.machine}"


def proven_floor(name: str) -> tuple[int, int]:
    """Return the oldest glibc that auditwheel's tags in a file name allow."""
    tags = name.removesuffix(".whl").rsplit("-", 1)[-1].split(".")
    floors = [(int(m[1]), int(m[2])) for tag in tags if (m := TAG.match(tag))]
    floors += [floor for old, floor in OLD_TAGS.items() if any(t.startswith(old) for t in tags)]
    if not floors:
        raise PackError(
            f"{name}: auditwheel gave it no manylinux tag",
            why="it links against something that no manylinux policy allows",
        )
    return min(floors)


def declared_floor(folders: Sequence[Path], requires: Sequence[str]) -> tuple[int, int]:
    """Return the newest glibc floor among the wheels fetched together with `requires`.

    What a requirement opens later (kernels by CPU, a thread layer) is not among the symbols that
    its first library asks for; the tags of its wheels count all of it.
    """
    names = {requirement_name(text) for text in requires}
    floors = [(0, 0)]
    for folder in folders:
        wheels = sorted(folder.glob("*.whl"))
        if names & {requirement_name(path.name.split("-")[0]) for path in wheels}:
            floors += [proven_floor(path.name) for path in wheels if "manylinux" in path.name]
    return max(floors)


def requirement_name(text: str) -> str:
    """Return the distribution that a requirement names, as file names spell it."""
    return canonicalize_name(Requirement(text).name).replace("-", "_")


def set_rpath(library: Path, rpath: Sequence[str], *, env: Mapping[str, str], log: Log) -> None:
    """Write a search path that leads out of the wheel; auditwheel drops such entries."""
    text = ":".join(rpath)
    argv: list[str | Path] = [
        find_tool("patchelf", env),
        "--force-rpath",
        "--set-rpath",
        text,
        library,
    ]
    call(argv, env=env, log=log, timeout=PATCHELF_TIMEOUT)
