# SPDX-License-Identifier: Apache-2.0
"""The loops of machine code that measure the limits of a CPU, by machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from blas_probe.record import dataclass


@dataclass(frozen=True, kw_only=True)
class Loop:
    """`void f(uint64 rounds, const void *data, uint64 half)`: independent instructions in a loop.

    Only those that read look at the data: from its begin, and from `half` bytes after it.
    """

    name: str
    """The instructions that it uses, as the CPU's maker calls them."""
    code: bytes
    work: int
    """Operations (peak) or bytes read (read) in one round."""


@dataclass(frozen=True, kw_only=True)
class Loops:
    """What can run on this very CPU, the widest instructions last."""

    double: tuple[Loop, ...]
    single: tuple[Loop, ...]
    read: tuple[Loop, ...]


Call = Callable[[bytes, Sequence[int]], int]
"""Runs code with whole-number arguments, and returns its first result register."""


def loops_of(machine: str, system: str, call: Call) -> Loops | None:
    """The loops for a machine (as `platform.machine()` calls it); None when there are none."""
    from blas_probe.bench import arm, x86

    makers: dict[str, Callable[[str, Call], Loops]] = {
        "x86_64": x86.loops, "amd64": x86.loops, "aarch64": arm.loops, "arm64": arm.loops,
    }  # fmt: skip
    maker = makers.get(machine.lower())
    return None if maker is None else maker(system, call)
