# SPDX-License-Identifier: Apache-2.0
"""What is the running interpreter made for? Its children load libraries of the same kind."""

from __future__ import annotations

import os
import platform
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from blas_probe.binary import elf_words
from blas_probe.binary.pieces import unpack
from blas_probe.binary.shape import Host
from blas_probe.errors import BinaryError
from blas_probe.look import first_bytes

SPELLED = {"arm64": "aarch64", "amd64": "x86_64", "x64": "x86_64", "i686": "i386", "x86": "i386"}
PLATFORMS = {"darwin": "macos", "win32": "windows", "cygwin": "windows"}


def own_host() -> Host:
    """The running interpreter's platform and architecture, which are those of its children."""
    return Host(own_platform(), own_machine())


def own_platform() -> str:
    """linux-glibc, linux-musl, macos, windows, ..."""
    if not sys.platform.startswith("linux"):
        return PLATFORMS.get(sys.platform, sys.platform.rstrip("0123456789"))
    try:
        return "linux-glibc" if os.confstr("CS_GNU_LIBC_VERSION") else "linux-musl"
    except (ValueError, OSError):
        return "linux-musl"


def own_machine() -> str:
    """The architecture that the interpreter was built for, which the kernel's may differ from."""
    told = platform.machine().lower()
    try:
        with Path(sys.executable).open("rb") as file:
            head = file.read(4096)
        for magic, reader in HEADS.items():
            if head.startswith(magic):
                return reader(head)
    except (OSError, BinaryError, struct.error):
        pass
    return SPELLED.get(told, told)


def _elf(head: bytes) -> str:
    layout = elf_words.layout_of(head)
    return elf_words.machine_of(layout, unpack(layout.order + "H", head, 18)[0])


def _pe(head: bytes) -> str:
    from blas_probe.binary import pe

    (number,) = unpack("<H", head, unpack("<I", head, 60)[0] + 4)
    return pe.MACHINES.get(number, f"machine-{number:#x}")


HEADS: dict[bytes, Callable[[bytes], str]] = {b"\x7fELF": _elf, b"MZ": _pe}
SYSTEMS: dict[bytes, str] = {b"\x7fELF": "linux", b"MZ": "windows"}


def made_for(path: Path) -> tuple[str, str] | None:
    """System and architecture in the head of a program or library; None when it tells none."""
    try:
        head = first_bytes(path, 4096)
        for magic, reader in HEADS.items():
            if head.startswith(magic):
                return SYSTEMS[magic], reader(head)
    except (BinaryError, struct.error):
        pass
    return None
