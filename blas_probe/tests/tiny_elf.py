# SPDX-License-Identifier: Apache-2.0
"""A shared library of a few hundred bytes, made by hand, to be read and damaged."""

from __future__ import annotations

import struct
from collections.abc import Sequence

HEADER, SEGMENT, DYNAMIC, SYMBOL = 64, 56, 16, 24
BUILD_ID = bytes(range(20))


def tiny_elf(
    *,
    defined: Sequence[str] = ("dgemm_", "isamax_", "dscal_"),
    imported: Sequence[str] = ("malloc",),
    needed: Sequence[str] = ("libc.so.6",),
    soname: str = "libtiny.so.1",
    machine: int = 62,
    gnu_hash: bool = False,
    wide_hash: bool = False,
    rpath: str = "",
    runpath: str = "",
    stack: int | None = 6,
    page: int = 0x10000,
    storage: int = 0,
    more: Sequence[tuple[int, int]] = (),
) -> bytes:
    """64-bit little-endian bytes with one loaded segment that spans the whole file.

    `stack`: what its stack may do (None: it says nothing); `storage`: bytes for each thread;
    `more`: further lines of the dynamic table.
    """
    strings, offsets = _strings([*needed, soname, rpath, runpath, *imported, *defined])
    symbols = bytes(SYMBOL)
    for name in imported:
        symbols += struct.pack("<IBBHQQ", offsets[name], 0x12, 0, 0, 0, 0)
    for name in defined:
        symbols += struct.pack("<IBBHQQ", offsets[name], 0x12, 0, 7, 0x40, 1)
    count = len(symbols) // SYMBOL
    table = _gnu_hash(count, first=1 + len(imported)) if gnu_hash else _hash(count, wide_hash)
    note = struct.pack("<III", 4, len(BUILD_ID), 3) + b"GNU\0" + BUILD_ID

    further = [] if stack is None else [(0x6474E551, stack, 0, 0, 0, 16)]
    further += [(7, 4, 0, 0, storage, 8)] if storage else []
    at = HEADER + (3 + len(further)) * SEGMENT
    places = {}
    for name, part in (("str", strings), ("sym", symbols), ("hash", table), ("note", note)):
        places[name] = at
        at += len(part) + -len(part) % 8
    tags = [(1, offsets[name]) for name in needed]
    tags += [(14, offsets[soname]), (5, places["str"]), (10, len(strings)), (6, places["sym"])]
    tags += [(tag, offsets[text]) for tag, text in ((15, rpath), (29, runpath)) if text]
    tags += [(0x6FFFFEF5 if gnu_hash else 4, places["hash"]), *more, (0, 0)]
    dynamic = b"".join(struct.pack("<QQ", *tag) for tag in tags)
    end = at + len(dynamic)

    rows = [
        (1, 5, 0, end, end, page),
        (2, 5, at, len(dynamic), len(dynamic), 8),
        (4, 5, places["note"], len(note), len(note), 8),
        *further,
    ]
    data = b"\x7fELF\x02\x01\x01" + bytes(9)
    numbers = (3, machine, 1, 0, HEADER, 0, 0, 64, SEGMENT, len(rows), 0, 0, 0)
    data += struct.pack("<HHIQQQIHHHHHH", *numbers)
    for kind, flags, start, size, memory, align in rows:
        data += struct.pack("<IIQQQQQQ", kind, flags, start, start, start, size, memory, align)
    for part in (strings, symbols, table, note):
        data += part + bytes(-len(part) % 8)
    return data + dynamic


def _strings(names: Sequence[str]) -> tuple[bytes, dict[str, int]]:
    data, offsets = b"\0", {}
    for name in names:
        offsets[name] = len(data)
        data += name.encode() + b"\0"
    return data, offsets


def _hash(count: int, wide: bool) -> bytes:
    return struct.pack("<QQ" if wide else "<II", 1, count) + bytes((8 if wide else 4) * (1 + count))


def _gnu_hash(count: int, first: int) -> bytes:
    """One bucket whose chain holds every defined symbol; only the last has the end bit."""
    chain = [0] * (count - first - 1) + [1]
    return struct.pack("<IIIIQI", 1, first, 1, 0, 0, first) + struct.pack(f"<{len(chain)}I", *chain)
