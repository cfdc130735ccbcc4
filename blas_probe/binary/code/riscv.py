# SPDX-License-Identifier: Apache-2.0
"""Follow RISC-V instructions, the short ones included (RISC-V Instruction Set Manual, I)."""

from __future__ import annotations

import struct

from blas_probe.binary.code.walk import Walk, arguments, signed

RETURN, SHORT_RETURN = 0x00008067, 0x8082
LOADS = {2: 32, 3: 64, 6: 32}
STORES = {2: 32, 3: 64}
LOST = (1, 5, 6, 7, *range(10, 18), *range(28, 32))


def start(machine: str, platform: str | None) -> Walk:
    """Eight arguments in a0 to a7; x0 is always zero."""
    del machine, platform
    walk = arguments(range(10, 18), LOST)
    walk.put(0, 0)
    return walk


def follow(code: bytes, walk: Walk) -> None:
    """Instruction by instruction, until the function returns or goes elsewhere."""
    at = 0
    while at + 2 <= len(code):
        (half,) = struct.unpack_from("<H", code, at)
        if half & 3 != 3:
            if half == SHORT_RETURN:
                return walk.end(10)
            if not _short(half, walk):
                return None
            at += 2
            continue
        (word,) = struct.unpack_from("<I", code, at)
        if word == RETURN:
            return walk.end(10)
        if not _long(word, walk):
            return None
        at += 4
    return None


def _long(word: int, walk: Walk) -> bool:
    """False where the way is lost."""
    kind, target, form, base = word & 127, word >> 7 & 31, word >> 12 & 7, word >> 15 & 31
    if kind == 0x03:
        if form in LOADS:
            walk.load(base, LOADS[form], word >> 20)
        _put(walk, target)
    elif kind == 0x23:
        if form in STORES:
            source = word >> 20 & 31
            walk.store(base, STORES[form], walk.get(source), target | word >> 25 << 5)
    elif kind == 0x13 and form == 0:
        number = signed(word >> 20, 12)
        if base == 0:
            walk.put(target, number)
        else:
            _put(walk, target, base if number == 0 else None)
    elif kind in (0x6F, 0x67):
        if target != 1:
            return False
        walk.call()
    elif kind not in (0x63, 0x07, 0x27, 0x53, 0x57):  # branches, floating point, vectors
        _put(walk, target)
    return True


def _short(half: int, walk: Walk) -> bool:
    """The 16-bit forms; False where the way is lost."""
    place = (half & 3, half >> 13)
    target = half >> 7 & 31
    if place[0] == 0:
        base, other = 8 + (half >> 7 & 7), 8 + (half >> 2 & 7)
        offset = half >> 5 & 3 | half >> 8 & 0x1C
        if place[1] in (2, 3):
            walk.load(base, 32 if place[1] == 2 else 64, offset)
            walk.put(other, None)
        elif place[1] in (6, 7):
            walk.store(base, 32 if place[1] == 6 else 64, walk.get(other), offset)
        elif place[1] == 0:
            walk.put(other, None)
    elif place == (1, 2):
        walk.put(target, signed(half >> 2 & 31 | half >> 7 & 32, 6))
    elif place == (1, 5):
        return False
    elif place in ((1, 0), (1, 1), (1, 3), (2, 0), (2, 2), (2, 3)):
        _put(walk, target)
    elif place == (1, 4):
        walk.put(8 + (half >> 7 & 7), None)
    elif place == (2, 4):
        source, adds = half >> 2 & 31, half >> 12 & 1
        if source == 0:
            walk.call()
            return bool(adds)
        _put(walk, target, None if adds else source)
    return True


def _put(walk: Walk, target: int, source: int | None = None) -> None:
    if target:
        walk.put(target, None if source is None else walk.get(source))
