# SPDX-License-Identifier: Apache-2.0
"""A Windows library of about a kilobyte, made by hand, to be read and damaged."""

from __future__ import annotations

import struct
from collections.abc import Sequence

BASE = 0x1000  # address of the only section
HEADERS = 0x200  # its place in the file


def tiny_pe(
    *,
    defined: Sequence[str] = ("dgemm_", "isamax_", "dscal_"),
    imported: Sequence[str] = ("malloc",),
    dll: str = "msvcrt.dll",
    name: str = "tiny.dll",
    machine: int = 0x8664,
    flags: int = 0x2022,
    version: tuple[int, int, int, int] | None = None,
) -> bytes:
    """64-bit (or, for i386, 32-bit) bytes with exports, imports and a version resource."""
    wide = machine != 0x14C
    body = bytearray()

    def put(data: bytes) -> int:
        at = BASE + len(body)
        body.extend(data + bytes(-len(data) % 8))
        return at

    def text(word: str) -> int:
        return put(word.encode() + b"\0")

    names = sorted(defined)
    functions = put(struct.pack(f"<{len(names)}I", *([BASE] * len(names))))
    starts = put(struct.pack(f"<{len(names)}I", *[text(one) for one in names]))
    ordinals = put(struct.pack(f"<{len(names)}H", *range(len(names))))
    exports = put(struct.pack(
        "<IIHHIIIIIII", 0, 0, 0, 0, text(name), 1, len(names), len(names), functions, starts,
        ordinals,
    ))  # fmt: skip
    thunks = [put(b"\0\0" + one.encode() + b"\0") for one in imported]
    number = (1 << 63 if wide else 1 << 31) | 7  # taken by number: it has no name
    lookup = put(struct.pack(f"<{len(thunks) + 2}{'Q' if wide else 'I'}", *thunks, number, 0))
    imports = put(struct.pack("<10I", lookup, 0, 0, text(dll), lookup, 0, 0, 0, 0, 0))
    resource = 0
    if version is not None:
        high, low = version[0] << 16 | version[1], version[2] << 16 | version[3]
        resource = put(struct.pack("<IIII", 0xFEEF04BD, 0x10000, high, low))

    directories = [(0, 0)] * 16
    directories[0], directories[1] = (exports, 40), (imports, 40)
    directories[2] = (resource, 16) if resource else (0, 0)
    optional = bytearray(112 if wide else 96)
    struct.pack_into("<H", optional, 0, 0x20B if wide else 0x10B)
    struct.pack_into("<HH", optional, 48, 6, 1)
    struct.pack_into("<I", optional, len(optional) - 4, 16)
    for row in directories:
        optional += struct.pack("<II", *row)
    head = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), flags) + optional
    size = len(body)
    head += struct.pack("<8sIIII", b".all", size, BASE, size, HEADERS) + bytes(16)
    return head.ljust(HEADERS, b"\0") + bytes(body)
