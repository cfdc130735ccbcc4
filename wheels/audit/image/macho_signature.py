# SPDX-License-Identifier: Apache-2.0
"""Does the signature in a binary of macOS hold? Read from Apple's layout (cs_blobs.h of xnu)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from blas_probe.binary.macho import Slice
from blas_probe.binary.pieces import Bytes, take, unpack
from blas_probe.errors import BinaryError

CODE_SIGNATURE, EMBEDDED, DIRECTORY = 0x1D, 0xFADE0CC0, 0xFADE0C02
WIDE_LIMIT, WIDE_LIMIT_AT = 0x20300, 56  # from this version on a limit of 64 bits
HASHES: dict[int, Callable[[bytes], bytes]] = {
    1: lambda page: hashlib.sha1(page, usedforsecurity=False).digest(),
    2: lambda page: hashlib.sha256(page).digest(),
    3: lambda page: hashlib.sha256(page).digest()[:20],
    4: lambda page: hashlib.sha384(page).digest(),
}
MOST_BLOBS = 64


class Directory(NamedTuple):
    """A table with the hash of every page up to `limit`."""

    hashes: bytes
    size: int
    """Bytes of one hash."""
    kind: int
    page: int
    limit: int


def signature(one: Slice) -> str | None:
    """What is wrong with the signature; empty when it holds, None when there is none."""
    place = next((body for command, body in one.commands if command == CODE_SIGNATURE), None)
    if place is None:
        return None
    start, size = unpack(one.order + "II", place, 8)
    try:
        found = list(_directories(take(one.data, start, size)))
    except BinaryError:
        return "its signature is cut off or damaged"
    if not found:
        return "its signature has no hashes"
    return next((fault for row in found if (fault := _fault(one.data, row, start))), "")


def _directories(blob: Bytes) -> Iterator[Directory]:
    magic, _, count = unpack(">III", blob, 0)
    if magic != EMBEDDED or count > MOST_BLOBS:
        msg = "another kind of signature"
        raise BinaryError(msg)
    for index in range(count):
        _, at = unpack(">II", blob, 12 + 8 * index)
        if unpack(">I", blob, at)[0] != DIRECTORY:
            continue
        (version,) = unpack(">I", blob, at + 8)
        start, _, _, slots, limit = unpack(">IIIII", blob, at + 16)
        size, kind, _, power = unpack(">BBBB", blob, at + 36)
        if version >= WIDE_LIMIT:
            limit = unpack(">Q", blob, at + WIDE_LIMIT_AT)[0] or limit
        hashes = bytes(take(blob, at + start, slots * size))
        yield Directory(hashes, size, kind, 1 << power if power else 0, limit)


def _fault(data: Bytes, row: Directory, start: int) -> str:
    make = HASHES.get(row.kind)
    if make is None:
        return ""  # of a kind that is not known here
    if row.limit > start:
        return f"its signature speaks of {row.limit} bytes, it stands behind {start}"
    if row.limit < start - 16:  # its own place is aligned
        return f"its signature leaves the bytes {row.limit} to {start} out"
    page = row.page or max(row.limit, 1)
    pages = range(0, row.limit, page)
    if len(pages) * row.size != len(row.hashes):
        return "its signature has another number of pages than the file"
    for index, at in enumerate(pages):
        told = row.hashes[index * row.size : (index + 1) * row.size]
        if make(take(data, at, min(page, row.limit - at))) != told:
            return f"it was changed after it was signed (page {index} of {len(pages)})"
    return ""
