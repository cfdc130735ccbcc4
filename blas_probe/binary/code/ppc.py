# SPDX-License-Identifier: Apache-2.0
"""Follow 64-bit Power instructions of little-endian systems (Power ISA, Book I)."""

from __future__ import annotations

import struct

from blas_probe.binary.code.walk import Walk, arguments, signed

RETURN = 0x4E800020
LOADS = {(32, 0): 32, (58, 0): 64, (58, 2): 32}  # lwz, ld, lwa
STORES = {(36, 0): 32, (62, 0): 64}  # stw, std
MOVE = 444  # or with itself
INTEGER_LOADS = (32, 33, 34, 35, 40, 41, 42, 43, 58)


def start(machine: str, platform: str | None) -> Walk:
    """Eight arguments in r3 to r10."""
    del machine, platform
    return arguments(range(3, 11), (0, *range(2, 13)))


def follow(code: bytes, walk: Walk) -> None:
    """Instruction by instruction, until the function returns or goes elsewhere."""
    for (word,) in struct.iter_unpack("<I", code[: len(code) // 4 * 4]):
        if word == RETURN:
            return walk.end(3)
        major, target, base, low = word >> 26, word >> 21 & 31, word >> 16 & 31, word & 0xFFFF
        form, offset = (low & 3, low & ~3) if major in (58, 62) else (0, low)
        if (major, form) in LOADS:
            walk.load(base, LOADS[major, form], offset)
            walk.put(target, None)
        elif (major, form) in STORES:
            walk.store(base, STORES[major, form], walk.get(target), offset)
        elif major == 14:
            number = signed(low, 16)
            walk.put(target, number if base == 0 else walk.get(base) if number == 0 else None)
        elif major == 31 and word >> 1 & 1023 == MOVE and target == word >> 11 & 31:
            walk.put(base, walk.get(target))
        elif major == 18:
            if not word & 1:
                return None
            walk.call()
        elif major in INTEGER_LOADS or major in (7, 8, 12, 13, 15):
            walk.put(target, None)
        elif major in range(20, 32):
            walk.put(base if major < 30 else target, None)
    return None
