# SPDX-License-Identifier: Apache-2.0
"""What does a file say about itself? Read, never run: `read(path)` knows every format.

The readers of formats that are foreign here are imported when such a file is met, because a child
must start fast.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Collection
from importlib import import_module
from pathlib import Path
from typing import Any

from blas_probe.binary.pieces import Bytes
from blas_probe.binary.shape import Binary, Host, cannot_run
from blas_probe.errors import BinaryError
from blas_probe.look import open_regular

__all__ = ["Binary", "Bytes", "Host", "cannot_run", "first_bytes", "parse", "read"]

READERS = (
    (b"\x7fELF", "elf"),
    (b"MZ", "pe"),
    (b"!<arch>\n", "archive"),
    (b"!<thin>\n", "archive"),
    (b"\xcf\xfa\xed\xfe", "macho"),
    (b"\xce\xfa\xed\xfe", "macho"),
    (b"\xfe\xed\xfa\xcf", "macho"),
    (b"\xfe\xed\xfa\xce", "macho"),
    (b"\xca\xfe\xba\xbe", "macho"),
    (b"\xca\xfe\xba\xbf", "macho"),
)


def read(path: Path, *, prefer: str | None = None) -> Binary:
    """Read the library at `path`; BinaryError says in plain words why it cannot be one.

    `prefer` is the architecture wanted from a file that holds several; its first one otherwise.
    """
    try:
        with open_regular(path) as file:
            if file.seek(0, 2) == 0:
                msg = "the file is empty"
                raise BinaryError(msg)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return parse(data, prefer=prefer)
    except (OSError, ValueError) as error:
        msg = f"the file cannot be read: {error}"
        raise BinaryError(msg) from error


def parse(data: Bytes, *, prefer: str | None = None) -> Binary:
    """Parse the bytes of a library; BinaryError when they are none, or are damaged."""
    try:
        found: Binary = _reader(data).parse(data, prefer)
    except (struct.error, IndexError, OverflowError, ValueError) as error:
        msg = f"the file is damaged: {error}"
        raise BinaryError(msg) from error
    return found


def first_bytes(
    data: Bytes, names: Collection[str], size: int, *, prefer: str | None = None
) -> dict[str, bytes]:
    """The beginning of those functions among `names` that the file defines; none when damaged."""
    try:
        reader = _reader(data)
        found: dict[str, bytes] = reader.code(data, names, size, prefer)
    except (BinaryError, struct.error, IndexError, OverflowError, ValueError):
        return {}
    return found


def _reader(data: Bytes) -> Any:
    for magic, reader in READERS:
        if data[: len(magic)] == magic:
            return import_module(f"blas_probe.binary.{reader}")
    raise BinaryError(import_module("blas_probe.binary.foreign").describe(bytes(data[:4096])))
