# SPDX-License-Identifier: Apache-2.0
"""What do the first instructions of a function do with its arguments? Read, never run.

Enough for functions that store constants or begin by fetching a number through a pointer: this
tells the width of an integer in a library that no processor here can run.
"""

from __future__ import annotations

import contextlib
import struct
from importlib import import_module

from blas_probe.binary.code.walk import Walk

__all__ = ["Walk", "walk"]

READERS = {
    "x86_64": "x86", "i386": "x86", "aarch64": "aarch64", "arm64e": "aarch64",
    "riscv64": "riscv", "ppc64le": "ppc", "s390x": "s390", "mips64el": "mips",
}  # fmt: skip


def walk(code: bytes, machine: str, platform: str | None) -> Walk | None:
    """Follow `code` from its first byte; None for an architecture that is not known here."""
    if machine not in READERS:
        return None
    module = import_module(f"blas_probe.binary.code.{READERS[machine]}")
    walked: Walk = module.start(machine, platform)
    with contextlib.suppress(IndexError, struct.error):  # the piece ends within an instruction
        module.follow(code, walked)
    return walked
