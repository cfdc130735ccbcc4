# SPDX-License-Identifier: Apache-2.0
"""ELF: what the loader asks of the segments and of the dynamic table, before any code runs."""

from __future__ import annotations

from typing import NamedTuple

from blas_probe.binary.elf_words import Layout
from blas_probe.binary.pieces import Bytes, unpack
from wheels.audit.image import Loading

PT_LOAD, PT_TLS, PT_GNU_STACK = 1, 7, 0x6474E551
EXECUTED = 1
DT_TEXTREL, DT_FLAGS, DT_RELR = 22, 30, 36
TEXTREL, STATIC_TLS = 0x4, 0x10
# Where glibc takes a library that says nothing for one that executes its stack (stackinfo.h).
EXECUTES_UNSAID = ("x86_64", "i386", "x32", "arm", "s390x", "s390", "ppc")


class Program(NamedTuple):
    """A program header."""

    kind: int
    flags: int
    offset: int
    address: int
    memory: int
    align: int


def programs(data: Bytes, layout: Layout, header: tuple[int, ...]) -> list[Program]:
    """Every program header of a file whose own header was read."""
    offset, size, count = header[4], header[8], header[9]
    rows = [unpack(layout.segment, data, offset + size * index) for index in range(count)]
    if layout.bits == 64:
        return [Program(row[0], row[1], row[2], row[3], row[6], row[7]) for row in rows]
    return [Program(row[0], row[6], row[1], row[2], row[5], row[7]) for row in rows]


def loading(machine: str, rows: list[Program], tags: dict[int, list[int]]) -> Loading:
    """Facts about a library of this machine."""
    loaded = [row for row in rows if row.kind == PT_LOAD]
    stacks = [row.flags for row in rows if row.kind == PT_GNU_STACK]
    flags = tags.get(DT_FLAGS, [0])[0]
    storage = sum(row.memory for row in rows if row.kind == PT_TLS)
    return Loading(
        executable_stack=bool(stacks[-1] & EXECUTED) if stacks else machine in EXECUTES_UNSAID,
        text_relocations=DT_TEXTREL in tags or bool(flags & TEXTREL),
        page=min((row.align for row in loaded), default=None),
        misplaced=any(row.align > 1 and (row.address - row.offset) % row.align for row in loaded),
        packed=DT_RELR in tags,
        static_tls=storage if flags & STATIC_TLS else 0,
    )
