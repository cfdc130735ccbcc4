# SPDX-License-Identifier: Apache-2.0
"""Every error of the toolkit, one exit code each: what failed, the likely cause, what next."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import ClassVar


class WheelsError(Exception):
    """Base of all errors; `what` names the path or value, `why` the cause, `then` the next step."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, why: str = "", then: str = "") -> None:
        self.what, self.why, self.then = what, why, then
        super().__init__(what, why, then)

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"  cause: {self.why}")
        if self.then:
            lines.append(f"  next:  {self.then}")
        return "\n".join(lines)


class UsageError(WheelsError):
    """An option or argument that makes no sense."""

    exit_code = 2


class RowError(WheelsError):
    """A wrong row in recipes/platforms.toml, pythons.toml or toolchains.toml."""

    exit_code = 3


class UnknownSelectionError(WheelsError):
    """A glob, variant or platform that names nothing in the plan."""

    exit_code = 4


class FetchError(WheelsError):
    """A package could not be fetched (no network, no such version)."""

    exit_code = 5


class ToolchainError(WheelsError):
    """No usable compiler, or one that cannot be identified."""

    exit_code = 6


class CommandError(WheelsError):
    """A command ended with a non-zero exit status."""

    exit_code = 7


class CommandTimeoutError(WheelsError):
    """A command ran past its time limit and was killed."""

    exit_code = 8
    output: str = ""
    """What it had printed until then."""


class CommandFloodError(WheelsError):
    """A command printed without end and was killed."""

    exit_code = 20


class ProbeStageError(WheelsError):
    """The probe gave nothing that a plan can be made from."""

    exit_code = 9


class BuildError(WheelsError):
    """At least one build did not succeed."""

    exit_code = 10


class CheckError(WheelsError):
    """At least one check failed; what failed is not in dist/."""

    exit_code = 11


class PackError(WheelsError):
    """A wheel could not be assembled or repaired."""

    exit_code = 12


class IndexingError(WheelsError):
    """dist/ holds something that no index can be made from."""

    exit_code = 13


class LockedError(WheelsError):
    """Another release works in the same build folder."""

    exit_code = 14


class DiskFullError(WheelsError):
    """The disk is full; nothing in dist/ was touched."""

    exit_code = 15


class ReadOnlyError(WheelsError):
    """A folder that must be written to cannot be."""

    exit_code = 16


class StateError(WheelsError):
    """A file between two stages is missing or unreadable."""

    exit_code = 17


class PythonTooOldError(WheelsError):
    """Raised by nobody: `__main__` exits with this code before this file can be parsed."""

    exit_code = 18


class CertificateError(WheelsError):
    """A certificate is missing, unreadable, or of another schema."""

    exit_code = 21


class NotALibraryError(WheelsError):
    """The file to be proven is no library, or there is none."""

    exit_code = 22


class RefusedLibraryError(WheelsError):
    """The prober cannot say all that a backend needs to know, or the library does not load."""

    exit_code = 23


class UnfinishedCheckError(WheelsError):
    """The checks of a library hung, crashed or flooded, and did not come to an end."""

    exit_code = 24


class VerifyError(WheelsError):
    """A wheel is not what its certificate says."""

    exit_code = 25


class AuditError(WheelsError):
    """The audit of a wheel found an error in it."""

    exit_code = 30


class NotAWheelError(WheelsError):
    """A file that is to be audited cannot be opened as a wheel."""

    exit_code = 31


class NothingToBuildError(WheelsError):
    """This machine lacks what every cell needs, for example Python's headers."""

    exit_code = 19


class RootError(WheelsError):
    """Another machine's system files cannot be had, so its programs are not run."""

    exit_code = 34


class InterruptedRunError(WheelsError):
    """Ctrl-C; finished work is kept."""

    exit_code = 130


_BY_ERRNO: dict[int, tuple[type[WheelsError], str, str]] = {
    errno.ENOSPC: (
        DiskFullError,
        "no space is left on the device",
        "free some space and run the same command again; finished work is kept",
    ),
    errno.EDQUOT: (
        DiskFullError,
        "the disk quota is used up",
        "free some space and run the same command again; finished work is kept",
    ),
    errno.EROFS: (
        ReadOnlyError,
        "the file system is read-only",
        "choose another folder with --build FOLDER and --dist FOLDER",
    ),
    errno.EACCES: (
        ReadOnlyError,
        "this user may not write there",
        "change the folder's permissions, or choose another with --build and --dist",
    ),
    errno.EPERM: (
        ReadOnlyError,
        "this user may not write there",
        "change the folder's permissions, or choose another with --build and --dist",
    ),
}

_A_FILE: tuple[type[WheelsError], str, str] = (
    StateError,
    "a file lies where a folder must be",
    "choose another folder with --build, --dist or --index FOLDER, or move that file away",
)
_BY_OUR_ERRNO = {**_BY_ERRNO, errno.EEXIST: _A_FILE, errno.ENOTDIR: _A_FILE}
"""Of our own calls; what a program prints of its files says nothing about ours."""


def errno_in(text: str) -> int:
    """Find one of those errors in what a program printed, or in shutil's joined errors; 0: none."""
    return next((number for number in _BY_ERRNO if os.strerror(number) in text), 0)


def from_os_error(error: OSError, doing: str, path: Path | None = None) -> WheelsError:
    """Translate an OSError met while `doing` something with `path` into one of ours."""
    where = path or (Path(error.filename) if error.filename else None)
    number = error.errno or errno_in(str(error))
    kind, why, then = _BY_OUR_ERRNO.get(
        number, (StateError, error.strerror or str(error), "see the path above")
    )
    return kind(f"{doing}: {where}" if where else doing, why=why, then=then)
