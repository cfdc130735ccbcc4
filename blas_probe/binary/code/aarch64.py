# SPDX-License-Identifier: Apache-2.0
"""Follow 64-bit Arm instructions (Arm Architecture Reference Manual, C4: encodings)."""

from __future__ import annotations

import struct

from blas_probe.binary.code.walk import Walk, arguments

RETURN, ZERO = 0xD65F03C0, 31


def start(machine: str, platform: str | None) -> Walk:
    """Eight arguments in x0 to x7, on every system."""
    del machine, platform
    return arguments(range(8), range(19))


def follow(code: bytes, walk: Walk) -> None:
    """Instruction by instruction, until the function returns or goes elsewhere."""
    for (word,) in struct.iter_unpack("<I", code[: len(code) // 4 * 4]):
        if word == RETURN:
            walk.end(0)
            return
        kind = word >> 25 & 15
        if kind in (10, 11):
            if word >> 26 == 0b100101:
                walk.call()
            elif word >> 26 == 0b000101 or word >> 25 == 0b1101011:
                return
        elif kind & 5 == 4:
            _memory(word, walk)
        elif kind & 7 != 7:
            _compute(word, walk)


def _memory(word: int, walk: Walk) -> None:
    target, base, offset = word & 31, word >> 5 & 31, word >> 10 & 0xFFF
    bits = 64 if word >> 30 & 1 else 32
    if word >> 26 & 1:
        return  # vector registers
    if word & 0xBFC00000 == 0xB9000000:
        walk.store(base, bits, 0 if target == ZERO else walk.get(target), offset)
    elif word & 0xBFC00000 == 0xB9400000:
        walk.load(base, bits, offset)
        walk.put(target, None)
    elif word & 0xFFC00000 == 0xB9800000:
        walk.load(base, 32, offset)
        walk.put(target, None)
    elif word & 0x3A400000 == 0x28400000:
        walk.put(target, None)
        walk.put(word >> 10 & 31, None)
    elif word & 0x3A000000 == 0x38000000 and word >> 22 & 3:
        walk.put(target, None)


def _compute(word: int, walk: Walk) -> None:
    target = word & 31
    if word & 0x7F800000 == 0x52800000:
        walk.put(target, (word >> 5 & 0xFFFF) << 16 * (word >> 21 & 3))
    elif word & 0x7FE0FFE0 == 0x2A0003E0:
        source = word >> 16 & 31
        walk.put(target, 0 if source == ZERO else walk.get(source))
    elif target != ZERO:
        walk.put(target, None)
