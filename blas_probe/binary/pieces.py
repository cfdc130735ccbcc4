# SPDX-License-Identifier: Apache-2.0
"""Bounds-checked pieces of a file: what does not fit its size ends in BinaryError."""

from __future__ import annotations

import mmap
import struct

from blas_probe.errors import BinaryError

Bytes = bytes | mmap.mmap
LONGEST_TEXT = 1 << 16
MOST_TEXT = 1 << 28
"""Bytes in memory that the names of a table may take beyond its own size."""
COST = 64


def take(data: Bytes, offset: int, size: int) -> bytes:
    """`size` bytes at `offset`."""
    if offset < 0 or size < 0 or offset + size > len(data):
        msg = f"the file is cut off or damaged: needs byte {offset + size}, has {len(data)}"
        raise BinaryError(msg)
    return data[offset : offset + size]


def unpack(form: str, data: Bytes, offset: int) -> tuple[int, ...]:
    """The numbers at `offset`."""
    return struct.unpack(form, take(data, offset, struct.calcsize(form)))


class Names:
    """A table of names: the rest of a file from `start`, or `size` bytes of it.

    Names may overlap, so that a small file could claim gigabytes of them: the sum is bounded.
    """

    def __init__(self, data: Bytes, start: int = 0, size: int | None = None) -> None:
        end = len(data) if size is None else start + size
        if not 0 <= start <= end <= len(data):
            msg = f"the file is cut off or damaged: needs byte {end}, has {len(data)}"
            raise BinaryError(msg)
        self.data, self.start, self.end = data, start, end
        self.left = MOST_TEXT + end - start

    def at(self, offset: int) -> str:
        """The name at `offset`."""
        begin = self.start + offset
        stop = min(begin + LONGEST_TEXT, self.end)
        end = self.data.find(b"\0", begin, stop) if 0 <= offset and begin < self.end else -1
        if end < 0:
            msg = f"the file is damaged: a name at {offset} lies outside the table of names"
            raise BinaryError(msg)
        self.charge(end - begin)
        return self.data[begin:end].decode("utf-8", "backslashreplace")

    def charge(self, length: int) -> None:
        """Count one entry, and the bytes of its name."""
        self.left -= COST + length
        if self.left < 0:
            msg = "the file is damaged: it claims more names than any library has"
            raise BinaryError(msg)


def text(strings: Bytes, offset: int) -> str:
    """One text that ends with a zero byte."""
    return Names(strings).at(offset)
