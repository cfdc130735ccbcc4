# SPDX-License-Identifier: Apache-2.0
"""A folder with another machine's system files, from Debian's archive: what emulators read.

Nothing in it is run while it is made: the packages are fetched, and unpacked into an empty folder.
That gives a working C library and Python, without the second stage of an installation.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from wheels.command import Log, call
from wheels.errors import CommandError, CommandTimeoutError, RootError
from wheels.progress import Progress
from wheels.state import new_folder, read_json_or_none, write_json

SUITES = ("trixie", "bookworm")
"""Newest first; an older one serves while the archive cannot deliver the newer one of a machine."""
PACKAGES = ("ca-certificates", "musl", "python3", "python3-venv")
MARK = "made.json"
TIMEOUT = 1200.0  # seconds
TOOLS = ("debootstrap", "dpkg-deb")


def root_folder(build: Path, machine: str) -> Path:
    """Where the system files of Debian's `machine` lie."""
    return build / "roots" / machine


def is_made(folder: Path) -> bool:
    """Say whether the folder was finished, of today's packages."""
    return read_json_or_none(folder / MARK) in [made_of(suite) for suite in SUITES]


def made_of(suite: str) -> dict[str, object]:
    """What is noted of a finished folder."""
    return {"suite": suite, "packages": list(PACKAGES)}


def make_root(
    build: Path, machine: str, *, env: Mapping[str, str], logs: Path, progress: Progress
) -> Path:
    """Return the folder, made now unless it is there; RootError says why it cannot be."""
    folder = root_folder(build, machine)
    if is_made(folder):
        return folder
    for tool in TOOLS:
        if shutil.which(tool, path=env.get("PATH")) is None:
            raise RootError(
                f"{tool} is not here, which fetches the system files of {machine}",
                then="apt-get install debootstrap",
            )
    log = Log(logs / f"root-{machine}.log", f"system files of {machine}")
    for suite in SUITES:
        progress.say(f"root: fetching the system files of {machine} ({suite})")
        try:
            _fetch(folder, machine, suite, env=env, log=log)
        except RootError:
            if suite == SUITES[-1]:
                raise
        else:
            break
    return folder


def _fetch(folder: Path, machine: str, suite: str, *, env: Mapping[str, str], log: Log) -> None:
    """Unpack the packages of one suite."""
    with new_folder(folder) as temporary:
        fetched = temporary / "fetched"
        argv: list[str | Path] = ["debootstrap", f"--arch={machine}", "--foreign"]
        argv += ["--variant=minbase", f"--include={','.join(PACKAGES)}", suite, fetched]
        _call(argv, env, log, machine)
        for package in sorted((fetched / "var/cache/apt/archives").glob("*.deb")):
            _call(["dpkg-deb", "-x", package, temporary], env, log, machine)
        shutil.rmtree(fetched)
        keep_inside(temporary)
        write_json(temporary / MARK, made_of(suite))


def keep_inside(root: Path) -> None:
    """Turn links to absolute paths into relative ones: an emulator would leave the folder."""
    for folder, folders, files in os.walk(root):
        for path in (Path(folder, name) for name in (*folders, *files)):
            if path.is_symlink() and (target := path.readlink()).is_absolute():
                path.unlink()
                path.symlink_to(os.path.relpath(root / target.relative_to("/"), folder))


def _call(argv: list[str | Path], env: Mapping[str, str], log: Log, machine: str) -> None:
    try:
        call(argv, env=env, log=log, timeout=TIMEOUT)
    except (CommandError, CommandTimeoutError) as error:
        raise RootError(
            f"the system files of {machine} could not be fetched",
            why="no network, no right to make such a folder (be root), or no such machine",
            then=f"read {log.path}",
        ) from error
