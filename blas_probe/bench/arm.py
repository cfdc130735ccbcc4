# SPDX-License-Identifier: Apache-2.0
"""Encodes the few aarch64 instructions of the loops; tests compare them with an assembler's.

Registers v8 to v15 belong to the caller and are left alone.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence

from blas_probe.bench.loops import Call, Loop, Loops

FREE = (*range(2, 8), *range(16, 32))
"""Accumulators; v0 and v1 are the factors."""
RET = 0xD65F03C0
AT_HWCAP, HAS_SVE = 16, 1 << 22
READS = 8
"""Pairs of registers that one round of reading fills."""


def neon_fma(reg: int, *, double: bool) -> int:
    """fmla v(reg).2d, v0.2d, v1.2d (or .4s)"""
    return (0x4E60CC00 if double else 0x4E20CC00) | 1 << 16 | 0 << 5 | reg


def sve_fma(reg: int, *, double: bool) -> int:
    """fmla z(reg).d, p0/m, z0.d, z1.d (or .s)"""
    return (0x65E00000 if double else 0x65A00000) | 1 << 16 | 0 << 5 | reg


def clear(reg: int) -> int:
    """movi v(reg).2d, #0; the rest of a longer register becomes 0 as well"""
    return 0x6F00E400 | reg


def read_pair(reg: int, base: int) -> int:
    """ldp q(reg), q(reg + 1), [x(base)], #32"""
    return 0xACC00000 | 2 << 15 | (reg + 1) << 10 | base << 5 | reg


HALF = 0x8B020023
"""add x3, x1, x2"""


def all_true(*, double: bool) -> int:
    """ptrue p0.d (or .s)"""
    return 0x25D8E3E0 if double else 0x2598E3E0


COUNT_DOUBLES = 0x04E0E3E0
"""cntd x0"""


def function(start: Sequence[int], body: Sequence[int]) -> bytes:
    """`body` as often as x0 says: subs x0, x0, #1; b.ne back; ret"""
    back = (-4 * (len(body) + 1)) >> 2 & 0x7FFFF
    words = [*start, *body, 0xF1000400, 0x54000001 | back << 5, RET]
    return struct.pack(f"<{len(words)}I", *words)


def loops(system: str, call: Call) -> Loops:
    """Every loop that this CPU can run."""
    long = has_sve(system) and call(struct.pack("<2I", COUNT_DOUBLES, RET), ())
    return Loops(
        double=arithmetic(double=True, vector=long),
        single=arithmetic(double=False, vector=long),
        read=(Loop(name="NEON", code=reading(), work=READS * 32),),
    )


def arithmetic(*, double: bool, vector: int) -> tuple[Loop, ...]:
    """The loop of the baseline, and that of longer registers of `vector` doubles (0: none)."""
    zeros = [clear(reg) for reg in (0, 1, *FREE)]
    lanes = 1 if double else 2
    neon = function(zeros, [neon_fma(reg, double=double) for reg in FREE])
    made = [Loop(name="NEON", code=neon, work=len(FREE) * 2 * 2 * lanes)]
    if vector:
        start = [*zeros, all_true(double=double)]
        sve = function(start, [sve_fma(reg, double=double) for reg in FREE])
        made.append(Loop(name="SVE", code=sve, work=len(FREE) * 2 * vector * lanes))
    return tuple(made)


def reading() -> bytes:
    """Pairs of 16 bytes from two places in turns, as a product of two vectors has them."""
    pairs = (*range(0, 8, 2), *range(16, 16 + 2 * READS - 8, 2))
    bases = (1, 3) * (READS // 2)
    return function([HALF], [read_pair(reg, base) for reg, base in zip(pairs, bases, strict=True)])


def has_sve(system: str) -> bool:
    """Does the system tell of longer registers (Linux only)?"""
    if system.lower() != "linux":
        return False
    getauxval = ctypes.CDLL(None).getauxval
    getauxval.restype, getauxval.argtypes = ctypes.c_ulong, [ctypes.c_ulong]
    return bool(getauxval(AT_HWCAP) & HAS_SVE)
