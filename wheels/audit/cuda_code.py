# SPDX-License-Identifier: Apache-2.0
"""Device code in a file: which architectures was it compiled for?"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from wheels.audit.image import Part

MAGIC = struct.pack("<I", 0xBA55ED50)
HEADER, ENTRY = "<IHHQ", "<HHIQIIHHI"
PTX = 1


def kernels(parts: Sequence[Part], sections: Sequence[str]) -> list[str]:
    """`sm_80` for code, `compute_90` for what a driver compiles; `unknown` when it is hidden."""
    found: set[str] = set()
    there = False
    for part in parts:
        for section in part.image.sections:
            if section.name in sections and section.size:
                there = True
                data = bytes(part.data[section.offset : section.offset + section.size])
                found |= _entries(data)
    return sorted(found, key=_number) or (["unknown"] if there else [])


def _entries(data: bytes) -> set[str]:
    found = set()
    at = data.find(MAGIC)
    while at >= 0 and at + 16 <= len(data):
        _, _, length, size = struct.unpack_from(HEADER, data, at)
        place, end = at + length, at + length + size
        while place + struct.calcsize(ENTRY) <= min(end, len(data)):
            kind, _, head, body, *_, arch = struct.unpack_from(ENTRY, data, place)
            if not head or not 10 < arch < 1000:
                break
            found.add(f"{'compute' if kind == PTX else 'sm'}_{arch}")
            place += head + body
        at = data.find(MAGIC, at + 16)
    return found


def _number(name: str) -> tuple[int, str]:
    return int(name.partition("_")[2]), name
