# SPDX-License-Identifier: Apache-2.0
"""What one file asks of the loader, in words that fit every system. Read, never run."""

from __future__ import annotations

import stat
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from blas_probe.binary.elf import ElfFile, read_elf
from blas_probe.errors import ElfError

ELF = b"\x7fELF"


class Needs(NamedTuple):
    """A library's own name, what it asks for, where it wants that looked for, what it defines."""

    kind: str
    """elf, mach-o or pe."""
    machine: str
    bits: int
    name: str | None
    """soname, install name or module name."""
    needed: tuple[str, ...]
    rpath: tuple[str, ...]
    """Folders that hold for what it needs and for what that needs."""
    runpath: tuple[str, ...]
    """Folders that hold for what it needs itself."""
    defined: frozenset[str]


Reader = Callable[[Path], Needs]


def needs_of(path: Path) -> Needs | None:
    """What the library at `path` asks for; None when it is none that can be read."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):  # a FIFO would wait for ever
        return None
    return _read(path, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=512)
def _read(path: Path, _identity: tuple[int, ...]) -> Needs | None:
    """Read once as long as the file stays what it is."""
    head = _head(path)
    reader = next((read for magic, read in READERS if head.startswith(magic)), None)
    if reader is None:
        return None
    try:
        return reader(path)
    except ElfError:
        return None


def _elf(path: Path) -> Needs:
    elf: ElfFile = read_elf(path)
    return Needs(
        kind="elf", machine=elf.machine, bits=elf.bits, name=elf.soname, needed=elf.needed,
        # The loader forgets old-style folders where there are new-style ones.
        rpath=() if elf.runpath else elf.rpath, runpath=elf.runpath, defined=elf.defined,
    )  # fmt: skip


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4)
    except OSError:
        return b""


READERS: tuple[tuple[bytes, Reader], ...] = ((ELF, _elf),)
