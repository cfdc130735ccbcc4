# SPDX-License-Identifier: Apache-2.0
"""Word sizes, byte orders and architectures of ELF files."""

from __future__ import annotations

from typing import NamedTuple

from blas_probe.binary.pieces import Bytes
from blas_probe.errors import BinaryError

MACHINES = {
    2: "sparc", 3: "i386", 4: "m68k", 8: "mips", 15: "hppa", 20: "ppc", 21: "ppc64", 22: "s390x",
    40: "arm", 42: "sh4", 43: "sparc64", 50: "ia64", 62: "x86_64", 183: "aarch64",
    243: "riscv64", 258: "loongarch64", 0x9026: "alpha",
}  # fmt: skip
# What a machine is called when its word size or byte order is not the usual one.
OTHERS = {
    ("s390x", 32, "<"): "s390", ("s390x", 32, ">"): "s390",
    ("x86_64", 32, "<"): "x32", ("riscv64", 32, "<"): "riscv32",
    ("ppc64", 64, "<"): "ppc64le", ("aarch64", 64, ">"): "aarch64_be",
    ("aarch64", 32, "<"): "aarch64_ilp32", ("arm", 32, ">"): "armeb",
    ("mips", 32, "<"): "mipsel", ("mips", 64, "<"): "mips64el", ("mips", 64, ">"): "mips64",
}  # fmt: skip


class Layout(NamedTuple):
    """struct formats for one word size and byte order."""

    order: str
    bits: int

    @property
    def header(self) -> str:
        return self.order + ("HHIQQQIHHHHHH" if self.bits == 64 else "HHIIIIIHHHHHH")

    @property
    def segment(self) -> str:
        return self.order + ("IIQQQQQQ" if self.bits == 64 else "IIIIIIII")

    @property
    def section(self) -> str:
        return self.order + ("IIQQQQIIQQ" if self.bits == 64 else "IIIIIIIIII")

    @property
    def dynamic(self) -> str:
        return self.order + ("QQ" if self.bits == 64 else "II")

    @property
    def symbol(self) -> str:
        return self.order + ("IBBHQQ" if self.bits == 64 else "IIIBBH")

    @property
    def word(self) -> str:
        return self.order + ("Q" if self.bits == 64 else "I")


def layout_of(data: Bytes, least: int = 64) -> Layout:
    """Word size and byte order, from the first bytes."""
    if len(data) < least:
        msg = f"the file is cut off: {len(data)} bytes, less than its header"
        raise BinaryError(msg)
    bits = {1: 32, 2: 64}.get(data[4])
    order = {1: "<", 2: ">"}.get(data[5])
    if bits is None or order is None:
        msg = "the file is damaged: word size or byte order is nonsense"
        raise BinaryError(msg)
    return Layout(order, bits)


def machine_of(layout: Layout, number: int) -> str:
    """The architecture as people call it."""
    name = MACHINES.get(number, f"machine-{number}")
    return OTHERS.get((name, layout.bits, layout.order), name)
