# SPDX-License-Identifier: Apache-2.0
"""Bounds-checked pieces of a file: what does not fit its size ends in BinaryError."""

from __future__ import annotations

import mmap
import struct

from blas_probe.errors import BinaryError

Bytes = bytes | mmap.mmap
LONGEST_TEXT = 1 << 16


def take(data: Bytes, offset: int, size: int) -> bytes:
    """`size` bytes at `offset`."""
    if offset < 0 or size < 0 or offset + size > len(data):
        msg = f"the file is cut off or damaged: needs byte {offset + size}, has {len(data)}"
        raise BinaryError(msg)
    return data[offset : offset + size]


def unpack(form: str, data: Bytes, offset: int) -> tuple[int, ...]:
    """The numbers at `offset`."""
    return struct.unpack(form, take(data, offset, struct.calcsize(form)))


def text(strings: Bytes, offset: int) -> str:
    """The text that ends with a zero byte, in a table of names or a whole file."""
    end = strings.find(b"\0", offset, offset + LONGEST_TEXT) if 0 <= offset < len(strings) else -1
    if end < 0:
        msg = f"the file is damaged: a name at {offset} lies outside the table of names"
        raise BinaryError(msg)
    return strings[offset:end].decode("utf-8", "backslashreplace")
