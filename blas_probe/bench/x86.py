# SPDX-License-Identifier: Apache-2.0
"""Encodes the few x86-64 instructions of the loops; tests compare them with an assembler's.

Every register of the loop holds 0 all the time: speed does not depend on the values, as long as
none is subnormal. Accumulators are independent, and enough of them to hide the latency.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

from blas_probe.bench.loops import Call, Loop, Loops
from blas_probe.record import dataclass

FMA, AVX, OSXSAVE = 1 << 12, 1 << 28, 1 << 27
AVX2, AVX512F = 1 << 5, 1 << 16
SAVES_AVX, SAVES_AVX512 = 0x06, 0xE6
RET = b"\xc3"
VZEROALL, VZEROUPPER = b"\xc5\xfc\x77", b"\xc5\xf8\x77"
SAVED = range(6, 16)
"""Vector registers that belong to the caller on Windows."""
DOUBLE, SINGLE = 8, 4


@dataclass(frozen=True, kw_only=True)
class Abi:
    """Where the caller puts its arguments, and which registers it wants back."""

    rounds: bytes
    """mov rax, first argument"""
    data: bytes
    """mov r9, second argument"""
    half: bytes
    """lea r10, [r9 + third argument]"""
    saved: Sequence[int]


SYSTEM_V = Abi(rounds=b"\x48\x89\xf8", data=b"\x49\x89\xf1", half=b"\x4d\x8d\x14\x11", saved=())
WINDOWS = Abi(rounds=b"\x48\x89\xc8", data=b"\x49\x89\xd1", half=b"\x4f\x8d\x14\x01", saved=SAVED)


def sse(opcode: int, reg: int, rm: int, *, prefix: bytes = b"") -> bytes:
    """`op xmm(reg), xmm(rm)` of the baseline."""
    rex = 0x40 | (reg >> 3) << 2 | rm >> 3
    head = prefix + (bytes([rex]) if rex != 0x40 else b"")
    return head + bytes([0x0F, opcode, 0xC0 | (reg & 7) << 3 | rm & 7])


def vex(opcode: int, reg: int, source: int, rm: int, *, space: int, wide: int, pp: int) -> bytes:
    """`op ymm(reg), ymm(source), ymm(rm)`; the short form where there is one, as assemblers do."""
    tail = (~source & 15) << 3 | 1 << 2 | pp
    modrm = 0xC0 | (reg & 7) << 3 | rm & 7
    if space == 1 and not wide and rm < 8:
        return bytes([0xC5, (~reg >> 3 & 1) << 7 | tail, opcode, modrm])
    first = (~reg >> 3 & 1) << 7 | 1 << 6 | (~rm >> 3 & 1) << 5 | space
    return bytes([0xC4, first, wide << 7 | tail, opcode, modrm])


def evex(opcode: int, reg: int, source: int, rm: int, *, space: int, wide: int, pp: int) -> bytes:
    """`op zmm(reg), zmm(source), zmm(rm)`."""
    first = (
        (~reg >> 3 & 1) << 7 | (~rm >> 4 & 1) << 6 | (~rm >> 3 & 1) << 5 | (~reg >> 4 & 1) << 4
        | space
    )  # fmt: skip
    second = wide << 7 | (~source & 15) << 3 | 1 << 2 | pp
    third = 0x40 | (~source >> 4 & 1) << 3
    modrm = 0xC0 | (reg & 7) << 3 | rm & 7
    return bytes([0x62, first, second, third, opcode, modrm])


def sse_arithmetic(size: int) -> tuple[bytes, int]:
    """Seven products and seven sums: the baseline has no fused instruction."""
    prefix = b"\x66" if size == DOUBLE else b""
    code = b"".join(
        sse(0x59, 1 + index, 0, prefix=prefix) + sse(0x58, 8 + index, 0, prefix=prefix)
        for index in range(7)
    )
    return code, 14 * 16 // size


def avx_arithmetic(size: int) -> tuple[bytes, int]:
    """Seven products and seven sums of 32 bytes."""
    pp = 1 if size == DOUBLE else 0
    code = b"".join(
        vex(0x59, 1 + index, 1 + index, 0, space=1, wide=0, pp=pp)
        + vex(0x58, 8 + index, 8 + index, 0, space=1, wide=0, pp=pp)
        for index in range(7)
    )
    return code, 14 * 32 // size


def fma_arithmetic(size: int) -> tuple[bytes, int]:
    """Fourteen fused products of 32 bytes: vfmadd231pd ymm2..15, ymm0, ymm1."""
    wide = 1 if size == DOUBLE else 0
    code = b"".join(vex(0xB8, reg, 0, 1, space=2, wide=wide, pp=1) for reg in range(2, 16))
    return code, 14 * 2 * 32 // size


def avx512_arithmetic(size: int) -> tuple[bytes, int]:
    """Twenty-eight fused products of 64 bytes: vfmadd231pd zmm2..29, zmm0, zmm1."""
    wide = 1 if size == DOUBLE else 0
    code = b"".join(evex(0xB8, reg, 0, 1, space=2, wide=wide, pp=1) for reg in range(2, 30))
    return code, 28 * 2 * 64 // size


def sse_clear() -> bytes:
    """xorps of all 16 registers."""
    return b"".join(sse(0x57, reg, reg) for reg in range(16))


def avx512_clear() -> bytes:
    """vzeroall does not reach the upper 16 registers."""
    upper = b"".join(evex(0xEF, reg, reg, reg, space=1, wide=0, pp=1) for reg in range(16, 32))
    return VZEROALL + upper


def load(reg: int, base: int, offset: int, *, avx: bool) -> bytes:
    """movups of 16 or 32 bytes from [r(base) + offset]; r8 to r11 can be the base."""
    small = -128 <= offset < 128
    modrm = (0x40 if small else 0x80) | (reg & 7) << 3 | base & 7
    place = offset.to_bytes(1 if small else 4, "little", signed=True)
    if offset == 0:
        modrm, place = (reg & 7) << 3 | base & 7, b""
    if avx:
        return bytes([0xC4, (~reg >> 3 & 1) << 7 | 0x41, 0x7C, 0x10, modrm]) + place
    return bytes([0x41 | (reg >> 3) << 2, 0x0F, 0x10, modrm]) + place


def read_body(*, avx: bool) -> tuple[bytes, int]:
    """Eight loads from each of two places, as a product of two vectors has them, and the step."""
    size = 32 if avx else 16
    loads = b"".join(
        load(2 * index + base - 9, base, index * size, avx=avx)
        for index in range(8)
        for base in (9, 10)
    )
    step = (8 * size).to_bytes(4, "little")
    return loads + b"\x49\x81\xc1" + step + b"\x49\x81\xc2" + step, 16 * size


def function(abi: Abi, clear: bytes, body: bytes, *, leave: bytes) -> bytes:
    """The whole function: clear, then `body` as often as the first argument says."""
    below = (16 * len(abi.saved) + 8).to_bytes(4, "little")
    saves = [(0x11, reg, 16 * index) for index, reg in enumerate(abi.saved)]
    enter = (b"\x48\x81\xec" + below + _moves(saves)) if abi.saved else b""
    leave += (_moves([(0x10, *rest) for _, *rest in saves]) if abi.saved else b"") + (
        (b"\x48\x81\xc4" + below) if abi.saved else b""
    )
    start = enter + abi.rounds + abi.data + clear
    start += b"\x90" * (-len(start) % 64)
    again = body + b"\x48\xff\xc8\x0f\x85"  # dec rax; jnz back
    back = -(len(again) + 4)
    return start + again + back.to_bytes(4, "little", signed=True) + leave + RET


def _moves(moves: Sequence[Sequence[int]]) -> bytes:
    """movups between registers and [rsp + offset]."""
    return b"".join(
        (b"\x44" if reg > 7 else b"")
        + bytes([0x0F, opcode, 0x84 | (reg & 7) << 3, 0x24])
        + offset.to_bytes(4, "little")
        for opcode, reg, offset in moves
    )


def cpuid(abi: Abi) -> bytes:
    """uint32 f(uint32 leaf, uint32 out[4]): subleaf 0; out is eax, ebx, ecx, edx."""
    return b"\x53" + abi.rounds + abi.data + (
        b"\x31\xc9\x0f\xa2"  # xor ecx, ecx; cpuid
        b"\x41\x89\x01\x41\x89\x59\x04\x41\x89\x49\x08\x41\x89\x51\x0c"  # to [r9], ...
        b"\x5b\xc3"  # pop rbx; ret
    )  # fmt: skip


XGETBV = b"\x31\xc9\x0f\x01\xd0\xc3"  # xor ecx, ecx; xgetbv; ret


def features(abi: Abi, call: Call) -> tuple[str, ...]:
    """Of fma, avx and avx512f: what the CPU has and the system saves."""
    out = (ctypes.c_uint32 * 4)()

    def leaf(number: int) -> list[int]:
        call(cpuid(abi), (number, ctypes.addressof(out)))
        return list(out)

    most = leaf(0)[0]
    basic = leaf(1)[2]
    if not basic & OSXSAVE or not basic & AVX:
        return ()
    saved = call(XGETBV, ())
    more = leaf(7)[1] if most >= 7 else 0
    has = {
        "avx": saved & SAVES_AVX == SAVES_AVX,
        "fma": saved & SAVES_AVX == SAVES_AVX and basic & FMA and more & AVX2,
        "avx512f": saved & SAVES_AVX512 == SAVES_AVX512 and more & AVX512F,
    }
    return tuple(name for name, there in has.items() if there)


ARITHMETIC: tuple[tuple[str, str, Callable[[int], tuple[bytes, int]], Callable[[], bytes]], ...] = (
    ("SSE2", "", sse_arithmetic, sse_clear),
    ("AVX", "avx", avx_arithmetic, lambda: VZEROALL),
    ("FMA", "fma", fma_arithmetic, lambda: VZEROALL),
    ("AVX-512", "avx512f", avx512_arithmetic, avx512_clear),
)


def loops(system: str, call: Call) -> Loops:
    """Every loop that this CPU can run."""
    abi = WINDOWS if system.lower() == "windows" else SYSTEM_V
    there = ("", *features(abi, call))
    return Loops(
        double=arithmetic(abi, DOUBLE, there),
        single=arithmetic(abi, SINGLE, there),
        read=reading(abi, there),
    )


def arithmetic(abi: Abi, size: int, there: Sequence[str]) -> tuple[Loop, ...]:
    """One loop for each set of instructions that is there."""
    made = []
    for name, needs, body, clear in ARITHMETIC:
        if needs in there:
            code, work = body(size)
            leave = VZEROUPPER if needs else b""
            made.append(Loop(name=name, code=function(abi, clear(), code, leave=leave), work=work))
    return tuple(made)


def reading(abi: Abi, there: Sequence[str]) -> tuple[Loop, ...]:
    """Reading with 16 and with 32 bytes at a time."""
    made = []
    for name, avx in (("SSE2", False), ("AVX", True)):
        if not avx or "avx" in there:
            body, work = read_body(avx=avx)
            leave = VZEROUPPER if avx else b""
            code = function(abi, abi.half, body, leave=leave)
            made.append(Loop(name=name, code=code, work=work))
    return tuple(made)
