# SPDX-License-Identifier: Apache-2.0
"""Does the signature in a binary of macOS hold? Read anew from Apple's documented layout."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from blas_probe.binary.macho import open_slice

CODE_SIGNATURE, EMBEDDED, DIRECTORY = 0x1D, 0xFADE0CC0, 0xFADE0C02
SHA256 = 2


def wrong_pages(path: Path) -> list[int] | None:
    """Numbers of the pages whose hash is another one; None when the file is not signed."""
    data = path.read_bytes()
    for command, body in open_slice(data).commands:
        if command == CODE_SIGNATURE:
            start, size = struct.unpack_from("<II", body, 8)
            return _wrong(data, data[start : start + size], start)
    return None


def _wrong(data: bytes, blob: bytes, start: int) -> list[int]:
    magic, length, count = struct.unpack_from(">III", blob)
    assert (magic, length <= len(blob)) == (EMBEDDED, True)
    for index in range(count):
        _, at = struct.unpack_from(">II", blob, 12 + 8 * index)
        if struct.unpack_from(">I", blob, at)[0] == DIRECTORY:
            return _pages(data, blob[at:], start)
    raise AssertionError("a signature without a code directory")


def _pages(data: bytes, directory: bytes, start: int) -> list[int]:
    hashes, _, _, slots, limit = struct.unpack_from(">IIIII", directory, 16)
    size, kind, _, power = struct.unpack_from("BBBB", directory, 36)
    assert (kind, size, limit) == (SHA256, 32, start)
    page = 1 << power
    assert slots == -(-limit // page)
    return [
        index
        for index in range(slots)
        if hashlib.sha256(data[index * page : min((index + 1) * page, limit)]).digest()
        != directory[hashes + index * size : hashes + (index + 1) * size]
    ]
