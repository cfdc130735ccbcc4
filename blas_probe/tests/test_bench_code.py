# SPDX-License-Identifier: Apache-2.0
"""The loops of machine code: their bytes are those of an assembler, their form is right."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence

import pytest

from blas_probe.bench import arm, executable, x86
from blas_probe.bench.calibrate import calibrate
from blas_probe.bench.executable import Refused
from blas_probe.bench.loops import Loop, loops_of
from blas_probe.call.pipe import Pipe

# Assembler (AT&T) -> what this package writes for it.
X86 = {
    "mulpd %xmm0, %xmm1": x86.sse(0x59, 1, 0, prefix=b"\x66"),
    "mulps %xmm0, %xmm7": x86.sse(0x59, 7, 0),
    "addpd %xmm0, %xmm14": x86.sse(0x58, 14, 0, prefix=b"\x66"),
    "xorps %xmm9, %xmm9": x86.sse(0x57, 9, 9),
    "vmulpd %ymm0, %ymm3, %ymm3": x86.vex(0x59, 3, 3, 0, space=1, wide=0, pp=1),
    "vaddps %ymm0, %ymm12, %ymm12": x86.vex(0x58, 12, 12, 0, space=1, wide=0, pp=0),
    "vfmadd231pd %ymm1, %ymm0, %ymm2": x86.vex(0xB8, 2, 0, 1, space=2, wide=1, pp=1),
    "vfmadd231ps %ymm1, %ymm0, %ymm15": x86.vex(0xB8, 15, 0, 1, space=2, wide=0, pp=1),
    "vfmadd231pd %zmm1, %zmm0, %zmm2": x86.evex(0xB8, 2, 0, 1, space=2, wide=1, pp=1),
    "vfmadd231pd %zmm1, %zmm0, %zmm13": x86.evex(0xB8, 13, 0, 1, space=2, wide=1, pp=1),
    "vfmadd231pd %zmm1, %zmm0, %zmm17": x86.evex(0xB8, 17, 0, 1, space=2, wide=1, pp=1),
    "vfmadd231ps %zmm1, %zmm0, %zmm29": x86.evex(0xB8, 29, 0, 1, space=2, wide=0, pp=1),
    "vpxord %zmm17, %zmm17, %zmm17": x86.evex(0xEF, 17, 17, 17, space=1, wide=0, pp=1),
    "vpxord %zmm31, %zmm31, %zmm31": x86.evex(0xEF, 31, 31, 31, space=1, wide=0, pp=1),
    "vzeroall": x86.VZEROALL,
    "vzeroupper": x86.VZEROUPPER,
    "vmovups (%r9), %ymm3": x86.load(3, 9, 0, avx=True),
    "vmovups 0x20(%r9), %ymm3": x86.load(3, 9, 0x20, avx=True),
    "vmovups 0x120(%r10), %ymm11": x86.load(11, 10, 0x120, avx=True),
    "movups (%r9), %xmm3": x86.load(3, 9, 0, avx=False),
    "movups 0x20(%r10), %xmm3": x86.load(3, 10, 0x20, avx=False),
    "movups 0x120(%r9), %xmm11": x86.load(11, 9, 0x120, avx=False),
    "mov %rdi, %rax": x86.SYSTEM_V.rounds,
    "mov %rsi, %r9": x86.SYSTEM_V.data,
    "lea (%r9,%rdx), %r10": x86.SYSTEM_V.half,
    "mov %rcx, %rax": x86.WINDOWS.rounds,
    "mov %rdx, %r9": x86.WINDOWS.data,
    "lea (%r9,%r8), %r10": x86.WINDOWS.half,
    "xor %ecx, %ecx; xgetbv; ret": x86.XGETBV,
}
AARCH64 = {
    "fmla v2.2d, v0.2d, v1.2d": [arm.neon_fma(2, double=True)],
    "fmla v31.4s, v0.4s, v1.4s": [arm.neon_fma(31, double=False)],
    "movi v17.2d, #0": [arm.clear(17)],
    "ldp q2, q3, [x1], #32": [arm.read_pair(2, 1)],
    "ldp q22, q23, [x3], #32": [arm.read_pair(22, 3)],
    "add x3, x1, x2": [arm.HALF],
    "ptrue p0.d": [arm.all_true(double=True)],
    "ptrue p0.s": [arm.all_true(double=False)],
    "fmla z2.d, p0/m, z0.d, z1.d": [arm.sve_fma(2, double=True)],
    "fmla z31.s, p0/m, z0.s, z1.s": [arm.sve_fma(31, double=False)],
    "cntd x0": [arm.COUNT_DOUBLES],
    "ret": [arm.RET],
    "1: fmla v2.2d, v0.2d, v1.2d; subs x0, x0, #1; b.ne 1b; ret": list(
        struct.unpack("<4I", arm.function([], [arm.neon_fma(2, double=True)]))
    ),
}
# What an assembler wrote once; the real one is asked in test_real_bench.py.
RECORDED = {
    "mulpd %xmm0, %xmm1": "660f59c8",
    "addpd %xmm0, %xmm14": "66440f58f0",
    "xorps %xmm9, %xmm9": "450f57c9",
    "vmulpd %ymm0, %ymm3, %ymm3": "c5e559d8",
    "vaddps %ymm0, %ymm12, %ymm12": "c51c58e0",
    "vfmadd231ps %ymm1, %ymm0, %ymm15": "c4627db8f9",
    "vfmadd231pd %zmm1, %zmm0, %zmm2": "62f2fd48b8d1",
    "vfmadd231pd %zmm1, %zmm0, %zmm17": "62e2fd48b8c9",
    "vpxord %zmm17, %zmm17, %zmm17": "62a17540efc9",
    "vmovups 0x120(%r10), %ymm11": "c4417c109a20010000",
    "movups 0x120(%r9), %xmm11": "450f109920010000",
    "lea (%r9,%rdx), %r10": "4d8d1411",
    "lea (%r9,%r8), %r10": "4f8d1401",
    "fmla v2.2d, v0.2d, v1.2d": "4e61cc02",
    "fmla v31.4s, v0.4s, v1.4s": "4e21cc1f",
    "movi v17.2d, #0": "6f00e411",
    "ldp q2, q3, [x1], #32": "acc10c22",
    "fmla z2.d, p0/m, z0.d, z1.d": "65e10002",
    "fmla z31.s, p0/m, z0.s, z1.s": "65a1001f",
    "cntd x0": "04e0e3e0",
}
CPUS = {  # leaf 1 ecx, leaf 7 ebx, xcr0 -> the instructions that may be used
    "baseline": (0, 0, 0, ["SSE2"]),
    "avx": (x86.AVX | x86.OSXSAVE, 0, 7, ["SSE2", "AVX"]),
    "fma": (x86.AVX | x86.OSXSAVE | x86.FMA, x86.AVX2, 7, ["SSE2", "AVX", "FMA"]),
    "avx512": (
        x86.AVX | x86.OSXSAVE | x86.FMA, x86.AVX2 | x86.AVX512F, 0xE7,
        ["SSE2", "AVX", "FMA", "AVX-512"],
    ),
    "avx512 that the system does not save": (
        x86.AVX | x86.OSXSAVE | x86.FMA, x86.AVX2 | x86.AVX512F, 7, ["SSE2", "AVX", "FMA"],
    ),
    "avx that the system does not save": (x86.AVX | x86.FMA, x86.AVX2, 0, ["SSE2"]),
}  # fmt: skip


@pytest.mark.parametrize("text", list(RECORDED))
def test_instructions_are_those_of_an_assembler(text: str) -> None:
    """The bytes written here equal the recorded ones."""
    written = X86[text].hex() if text in X86 else f"{AARCH64[text][0]:08x}"

    assert written == RECORDED[text]


def cpu(basic: int, more: int, saved: int) -> Callable[[bytes, Sequence[int]], int]:
    """A CPU that answers cpuid and xgetbv as told."""

    def call(code: bytes, arguments: Sequence[int]) -> int:
        if code == x86.XGETBV:
            return saved
        leaf, out = arguments
        answer = {0: (7, 0, 0, 0), 1: (0, 0, basic, 0), 7: (0, more, 0, 0)}[leaf]
        (ctypes.c_uint32 * 4).from_address(out)[:] = list(answer)
        return 0

    return call


@pytest.mark.parametrize("name", list(CPUS))
def test_only_what_the_cpu_has_and_the_system_saves_is_used(name: str) -> None:
    """Wider instructions need the CPU's word and the system's."""
    *told, expected = CPUS[name]

    found = loops_of("AMD64", "Linux", cpu(*told))

    assert found is not None
    assert [loop.name for loop in found.double] == expected
    assert [loop.name for loop in found.single] == expected


def all_loops() -> list[Loop]:
    """Every loop of every machine and system."""
    told = CPUS["avx512"][:3]
    made = [loops_of("x86_64", system, cpu(*told)) for system in ("Linux", "Windows")]
    made.append(loops_of("aarch64", "Darwin", cpu(0, 0, 0)))
    return [loop for one in made if one for loop in (*one.double, *one.single, *one.read)]


@pytest.mark.parametrize("loop", all_loops(), ids=lambda loop: loop.name)
def test_every_loop_jumps_back_into_itself_and_returns(loop: Loop) -> None:
    """The jump's target is the begin of the body, and the function ends with a return."""
    if loop.name in ("NEON", "SVE"):
        words = struct.unpack(f"<{len(loop.code) // 4}I", loop.code)
        jump = len(words) - 2
        back = (words[jump] >> 5 & 0x7FFFF) - (1 << 19)
        assert words[-1] == arm.RET
        assert 0 < jump + back < jump
        return
    jump = loop.code.rindex(b"\x48\xff\xc8\x0f\x85") + 5
    back = int.from_bytes(loop.code[jump : jump + 4], "little", signed=True)
    assert loop.code.endswith(x86.RET)
    assert (jump + 4 + back) % 64 == 0
    assert 0 < jump + 4 + back < jump


def test_windows_gets_its_vector_registers_back() -> None:
    """Ten registers are saved on the stack and restored, which is left as it was."""
    body, _ = x86.fma_arithmetic(x86.DOUBLE)

    code = x86.function(x86.WINDOWS, x86.VZEROALL, body, leave=x86.VZEROUPPER)

    assert code.startswith(b"\x48\x81\xec\xa8\x00\x00\x00")
    assert code.endswith(b"\x48\x81\xc4\xa8\x00\x00\x00\xc3")
    assert code.count(b"\x0f\x11") == code.count(b"\x0f\x10") == len(x86.SAVED)


def test_no_loop_for_an_unknown_machine() -> None:
    """Its limits are not run, with the reason."""
    assert loops_of("riscv64", "Linux", cpu(0, 0, 0)) is None


class Told(Pipe):
    """Keeps what a child tells."""

    def __init__(self) -> None:
        self.findings: dict[str, object] = {}

    def tell(self, **finding: object) -> None:
        self.findings |= finding


def test_refused_memory_is_told_and_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where generated code may not run there is no peak, and the reason says so."""

    def refuse(code: bytes) -> int:
        msg = "the system refuses to run generated code (EACCES: Permission denied)"
        raise Refused(msg)

    monkeypatch.setattr(executable, "_place", refuse)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    told = Told()

    calibrate({"threads": [1], "bytes": 1 << 12}, told)

    assert "refuses to run generated code" in str(told.findings["not_run"])
    assert "double" not in told.findings
