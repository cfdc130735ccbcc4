# SPDX-License-Identifier: Apache-2.0
"""Follow z/Architecture instructions (Principles of Operation, appendix of formats)."""

from __future__ import annotations

from blas_probe.binary.code.walk import Walk, arguments, signed

STORES = {0x4C: 32, 0x48: 64}  # mvhi, mvghi
LOADS = {0x04: 64, 0x02: 64, 0x14: 32, 0x12: 32, 0x32: 32, 0x16: 32, 0x58: 32}
TESTS = {0x5D: 32, 0x58: 64}  # chsi and cghsi compare memory with a constant
COPIES = (0xB904, 0xB902, 0xB914, 0xB912)  # lgr, ltgr, lgfr, ltgfr


def start(machine: str, platform: str | None) -> Walk:
    """Five arguments in r2 to r6, the others on the stack."""
    del machine, platform
    return arguments(range(2, 7), range(6))


def follow(code: bytes, walk: Walk) -> None:
    """Instruction by instruction, until the function returns or goes elsewhere."""
    at = 0
    while at + 2 <= len(code):
        size = (2, 4, 4, 6)[code[at] >> 6]
        step = code[at : at + size]
        at += size
        if step == b"\x07\xfe":
            return walk.end(2)
        form = step[1] & 15
        if step[0] in (0x0D, 0x4D) or (step[0] == 0xC0 and form == 5):
            walk.call()
        elif (step[0] == 0xC0 and form == 4) or (step[0] == 0x07 and step[1] >> 4 == 15):
            return None
        else:
            _step(step, walk)
    return None


def _step(step: bytes, walk: Walk) -> None:
    first, target = step[0], step[1] >> 4
    if first == 0xE5:
        base, offset = step[2] >> 4, (step[2] & 15) << 8 | step[3]
        number = signed(step[4] << 8 | step[5], 16)
        if step[1] in STORES:
            walk.store(base, STORES[step[1]], number, offset)
        elif step[1] in TESTS:
            walk.load(base, TESTS[step[1]], offset)
    elif first == 0xE3:
        if step[5] in LOADS:
            walk.load(step[2] >> 4, LOADS[step[5]], (step[2] & 15) << 8 | step[3] | step[4])
        if step[5] not in (0x24, 0x50):
            walk.put(target, None)
    elif first == 0x58:
        walk.load(step[2] >> 4, 32, (step[2] & 15) << 8 | step[3])
        walk.put(target, None)
    elif first == 0xA7 and step[1] & 15 in (8, 9):
        walk.put(target, signed(step[2] << 8 | step[3], 16))
    elif first << 8 | step[1] in COPIES:
        walk.put(step[3] >> 4, walk.get(step[3] & 15))
    elif first == 0x18:
        walk.put(target, walk.get(step[1] & 15))
    elif first in (0xB9, 0xB3):
        walk.put(step[3] >> 4, None)
    elif first in (0xC2, 0xC4, 0xEC, 0x41, 0x1B, 0x5B, 0x17, 0x13, 0x12):
        walk.put(target, None)
