# SPDX-License-Identifier: Apache-2.0
"""A cell of another platform, installed and exercised by a Python that an emulator runs.

No chroot and no privilege is needed: the emulator takes system files from the platform's root, and
pip runs inside one process, straight from its wheel.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wheels.command import Log, call
from wheels.emulation import Runner
from wheels.errors import WheelsError
from wheels.install import EXERCISE, INSTALL_TIMEOUT, Lesson, told_by
from wheels.roots import root_folder
from wheels.rows import Platform, Python

EXERCISE_TIMEOUT = 1200.0  # seconds; an emulator takes twenty times as long
NAME = re.compile(r"python3\.(\d+)\Z")
RUN = """
import runpy, sys
sys.path.insert(0, sys.argv[1])
runpy.run_path(sys.argv[2], run_name="__main__")
"""


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """A Python of another platform, and how it is run here."""

    python: Path
    version: str
    pip: Path
    """pip's wheel, which runs as it is."""
    runner: Runner

    def words(self, *arguments: str | Path) -> list[str | Path]:
        """A command line of that Python."""
        return [*self.runner.prefix, self.python, "-B", *arguments]


def python_elsewhere(platform: Platform, build: Path, runner: Runner) -> Elsewhere | str:
    """The Python in the platform's root, or why there is none."""
    if runner.missing:
        return runner.missing
    if not platform.root or platform.libc != "glibc":
        return f"no Python of {platform.id} can be had here"
    root = root_folder(build, platform.root)
    pythons = sorted(path for path in (root / "usr/bin").glob("python3.*") if NAME.match(path.name))
    pips = sorted((root / "usr/share/python-wheels").glob("pip-*.whl"))
    if not pythons or not pips:
        return f"the system files of {platform.root} hold no Python with pip"
    version = pythons[0].name.removeprefix("python")
    return Elsewhere(python=pythons[0], version=version, pip=pips[0], runner=runner)


def why_not(found: Elsewhere | str, row: Python) -> str:
    """Why a cell of this Python is not run; empty when it can be."""
    if isinstance(found, str):
        return found
    return "" if found.version == row.version else f"the Python there is {found.version}"


@contextmanager
def installed(
    there: Elsewhere,
    wheels: Sequence[str | Path],
    env: Mapping[str, str],
    log: Log,
    *,
    offline: bool,
) -> Iterator[Path]:
    """Let the pip of that Python install into an empty folder; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="trivet-cell-"))
    try:
        argv = there.words(there.pip / "pip", "install", "--disable-pip-version-check")
        argv += ["--no-input", "--no-compile", "--progress-bar", "off", "--quiet"]
        argv += [
            "--root-user-action",
            "ignore",
            "--only-binary",
            ":all:",
            "--target",
            folder / "site",
        ]
        argv += ["--isolated", "--no-index"] if offline else []
        call([*argv, *wheels], env=env, log=log, timeout=INSTALL_TIMEOUT * 2)
        yield folder / "site"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def learn(
    there: Elsewhere,
    wheels: Sequence[Path],
    *,
    variant: str,
    backend: str,
    env: Mapping[str, str],
    log: Log,
    offline: bool,
) -> Lesson:
    """Install and exercise one cell; whatever goes wrong is a failed lesson, never an error."""
    mine = {**env, **there.runner.env, "TRIVET_BLAS": variant}
    mine.pop("LD_LIBRARY_PATH", None)
    try:
        with installed(there, wheels, mine, log, offline=offline) as site:
            done = call(
                there.words("-I", "-c", RUN, site, EXERCISE),
                env={**mine, "HOME": str(site)},
                cwd=site,
                log=log,
                timeout=EXERCISE_TIMEOUT,
                check=False,
                errors_apart=True,
            )
            return told_by(done, site, backend)
    except WheelsError as error:
        return Lesson(failures=(str(error),), record={}, verdict=None)
