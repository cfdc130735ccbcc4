# SPDX-License-Identifier: Apache-2.0
"""Follow 64-bit MIPS instructions of little-endian systems (MIPS64 Architecture, volume II)."""

from __future__ import annotations

import struct

from blas_probe.binary.code.walk import Walk, arguments, signed

LOADS = {0x23: 32, 0x27: 32, 0x37: 64}
STORES = {0x2B: 32, 0x3F: 64}
ADD_NUMBER = (0x09, 0x19)
MOVES = (0x21, 0x25, 0x2D)  # addu, or, daddu with register 0
JUMP, JUMP_AND_LINK, RETURN_ADDRESS = 8, 9, 31
BRANCHES = (1, 4, 5, 6, 7, 20, 21, 22, 23)


def start(machine: str, platform: str | None) -> Walk:
    """Eight arguments in registers 4 to 11; register 0 is always zero."""
    del machine, platform
    walk = arguments(range(4, 12), (*range(1, 16), 24, 25))
    walk.put(0, 0)
    return walk


def follow(code: bytes, walk: Walk) -> None:
    """Instruction by instruction; the one behind a jump still counts."""
    words = [word for (word,) in struct.iter_unpack("<I", code[: len(code) // 4 * 4])]
    at = 0
    while at + 1 < len(words):
        major, function, base = words[at] >> 26, words[at] & 63, words[at] >> 21 & 31
        if major == 0 and function in (JUMP, JUMP_AND_LINK):
            _step(words[at + 1], walk)
            if function == JUMP:
                if base == RETURN_ADDRESS:
                    walk.end(2)
                return
            walk.call()
            at += 2
            continue
        if major in (2, 3) or (major == 4 and not words[at] & 0x03FF0000):
            return
        _step(words[at], walk)
        at += 1


def _step(word: int, walk: Walk) -> None:
    major, base, target = word >> 26, word >> 21 & 31, word >> 16 & 31
    low = signed(word & 0xFFFF, 16)
    if major in LOADS:
        walk.load(base, LOADS[major], low)
        _put(walk, target, None)
    elif major in STORES:
        walk.store(base, STORES[major], walk.get(target), low)
    elif major in ADD_NUMBER:
        walk_from = low if base == 0 else walk.get(base) if low == 0 else None
        if target:
            walk.put(target, walk_from)
    elif major == 0:
        source = base if target == 0 else target if base == 0 else None
        _put(walk, word >> 11 & 31, source if word & 63 in MOVES else None)
    elif major not in BRANCHES and major not in (17, 19, 49, 53, 57, 61):
        _put(walk, target, None)


def _put(walk: Walk, target: int, source: int | None) -> None:
    if target:
        walk.put(target, None if source is None else walk.get(source))
