# SPDX-License-Identifier: Apache-2.0
"""Follow x86 instructions, 32 and 64 bits (Intel's manual, volume 2, appendix A)."""

from __future__ import annotations

import struct
from typing import NamedTuple

from blas_probe.binary.code.walk import Argument, Value, Walk, arguments

UNIX = (7, 6, 2, 1, 8, 9)
WINDOWS = (1, 2, 8, 9)
STACK, FRAME = 4, 5
PLAIN_BYTES = {*range(0x50, 0x60), 0x90, 0x98, 0x99, 0xC9, 0xF4, 0xCC}
BYTE_NUMBERS = (0x6B, 0x80, 0x82, 0x83, 0xC0, 0xC1, 0xC6)
WIDE_NUMBERS = (0x69, 0x81, 0xC7)
COMPARES = (0x39, 0x3B, 0x85)
LONG_BYTE_NUMBERS = (0x70, 0x71, 0x72, 0x73, 0xA4, 0xAC, 0xBA, 0xC2, 0xC4, 0xC5, 0xC6)
WITH_OPERAND = {
    *(opcode for opcode in range(0x40) if opcode & 7 < 4), 0x0F, 0x63, 0x69, 0x6B,
    *range(0x80, 0x90), 0xC0, 0xC1, 0xC6, 0xC7, 0xD0, 0xD1, 0xD2, 0xD3, 0xF6, 0xF7, 0xFF,
}  # fmt: skip


class Operand(NamedTuple):
    """What the ModRM byte names: two registers, or a register and a place in memory."""

    register: int
    other: int | None
    """The second register; None for memory."""
    base: int | None
    offset: int
    size: int


def start(machine: str, platform: str | None) -> Walk:
    """Arguments in registers with 64 bits; on the stack with 32, found when they are fetched."""
    if machine == "i386":
        return arguments((), (0, 1, 2))
    order = WINDOWS if platform == "windows" else UNIX
    return arguments(order, (0, 1, 2, 6, 7, 8, 9, 10, 11))


def follow(code: bytes, walk: Walk) -> None:
    """Instruction by instruction, until the function returns, or one is not known."""
    narrow = not walk.registers
    at = depth = 0
    while at < len(code):
        vector = rex = 0
        while code[at] in (0x66, 0xF2, 0xF3, 0x2E, 0x3E) or (not narrow and code[at] >> 4 == 4):
            if code[at] >> 4 == 4:
                rex = code[at]
            elif code[at] in (0x66, 0xF2, 0xF3):
                vector = code[at]
            at += 1
        opcode = code[at]
        at += 1
        if opcode == 0xC3:
            return walk.end(0)
        if 0x50 <= opcode < 0x58:
            depth += 4
        if (narrow and 0x40 <= opcode < 0x50) or opcode in PLAIN_BYTES:
            continue
        step = _simple(code, at, opcode, rex, walk)
        if step is None:
            return None
        if step:
            at += step
            continue
        at, long = (at + 1, code[at]) if opcode == 0x0F else (at, None)
        if long is not None and long >> 4 == 8:
            at += 4
            continue
        operand = _operand(code, at, rex, narrow)
        at += operand.size + _number_size(opcode, long, operand)
        if narrow and operand.base == STACK and opcode == 0x8B:
            index, odd = divmod(operand.offset - 4 - depth, 4)
            walk.put(operand.register, Argument(index) if not odd and index >= 0 else None)
        elif long is None and vector in (0, 0x2E):
            number = struct.unpack_from("<i", code, at - 4)[0] if opcode == 0xC7 else None
            _effect(opcode, operand, 64 if rex & 8 else 32, number, walk)
        elif long not in (0x10, 0x11, 0x12, 0x13, 0x16, 0x28, 0x29, 0x1E, 0x1F, 0x57, 0xEF, 0x6E):
            walk.put(operand.register, None)
    return None


def _simple(code: bytes, at: int, opcode: int, rex: int, walk: Walk) -> int | None:
    """Size of what follows an opcode without operands; 0 when it has some, None when lost."""
    if 0xB8 <= opcode < 0xC0:
        size = 8 if rex & 8 else 4
        walk.put(opcode & 7 | (rex & 1) << 3, int.from_bytes(code[at : at + size], "little"))
        return size
    if 0x70 <= opcode < 0x80:
        return 1
    if opcode == 0xE8:
        walk.call()
        return 4
    if opcode in (0x68, 0xA9, 0x3D, 0x05, 0x2D, 0x25):
        return 4
    if opcode in (0x6A, 0xA8, 0x3C, 0x24, 0x04):
        return 1
    return 0 if opcode in WITH_OPERAND else None


def _operand(code: bytes, at: int, rex: int, narrow: bool) -> Operand:
    byte, begin = code[at], at
    mode, register, low = byte >> 6, byte >> 3 & 7 | (rex & 4) << 1, byte & 7
    at += 1
    if mode == 3:
        return Operand(register, low | (rex & 1) << 3, None, 0, 1)
    base: int | None = low | (rex & 1) << 3
    if low == 4:
        index = code[at] >> 3 & 7 | (rex & 2) << 2
        base = code[at] & 7 | (rex & 1) << 3 if index == 4 else None
        if mode == 0 and code[at] & 7 == 5:
            mode, base = 2, None
        at += 1
    elif mode == 0 and low == 5:
        mode, base = 2, None
    form = {0: "", 1: "<b", 2: "<i"}[mode]
    offset = struct.unpack_from(form, code, at)[0] if form else 0
    return Operand(register, None, base, offset, at + struct.calcsize(form or "<") - begin)


def _number_size(opcode: int, long: int | None, operand: Operand) -> int:
    """Size of the number that ends the instruction."""
    if long is not None:
        return int(long in LONG_BYTE_NUMBERS)
    if opcode in (0xF6, 0xF7) and operand.register & 7 < 2:
        return 1 if opcode == 0xF6 else 4
    return 1 if opcode in BYTE_NUMBERS else 4 if opcode in WIDE_NUMBERS else 0


def _effect(opcode: int, operand: Operand, bits: int, number: int | None, walk: Walk) -> None:
    register, other, base = operand.register, operand.other, operand.base
    compares = opcode in COMPARES or (opcode in (0x83, 0x81) and register & 7 == 7)
    if base is not None and (opcode in (0x8B, 0x63) or compares):
        walk.load(base, 32 if opcode == 0x63 else bits, operand.offset)
    if opcode == 0xC7:
        if base is not None:
            walk.store(base, bits, number, operand.offset)
        elif other is not None:
            walk.put(other, number)
    elif opcode == 0x89:
        if other is not None:
            walk.put(other, walk.get(register))
        elif base is not None:
            walk.store(base, bits, walk.get(register), operand.offset)
    elif opcode == 0x8B:
        walk.put(register, None if other is None else walk.get(other))
    elif opcode in (0x31, 0x33) and other == register:
        walk.put(register, 0)
    elif not compares and opcode not in (0x84, 0x38, 0x3A):
        changed: Value = None
        walk.put(other if other is not None and opcode & 2 == 0 else register, changed)
