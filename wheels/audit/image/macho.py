# SPDX-License-Identifier: Apache-2.0
"""Mach-O: what blas_probe reads, and sections, stubs, and the functions that run at load."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from blas_probe.binary import macho
from blas_probe.binary.macho import Slice
from blas_probe.binary.macho_exports import number
from blas_probe.binary.pieces import Bytes, Names, take, unpack
from wheels.audit.image import Image, Loading, Part, Section
from wheels.audit.image.macho_signature import signature

PROGRAM, ANY_KIND = 2, (2, 6, 8)
SYMTAB, INDIRECT, FUNCTION_STARTS, WEAK_NEEDED = 0x2, 0xB, 0x26, 0x80000018
# Command of a segment -> form of its sections, and where the first one stands.
SECTION_FORMS = {0x1: ("16s16sIIIIIIIII", 56), 0x19: ("16s16sQQIIIIIIII", 72)}
TYPE, STUBS, POINTERS = 0xFF, 8, (6, 7)
INIT_POINTERS, INIT_OFFSETS, ZERO_FILL = 9, 22, (1, 12)
RUNS = (INIT_POINTERS, INIT_OFFSETS)
INSTRUCTIONS = 0x80000400
TARGET = (1 << 36) - 1  # the rest of a chained pointer tells where the next one is


class Raw(NamedTuple):
    """One section, with what only this format says."""

    section: Section
    kind: int
    first: int
    """Its first row among the indirect symbols."""
    step: int
    """Size of one stub."""


def parts(data: Bytes) -> list[Part]:
    """Every architecture of the file."""
    if bytes(data[:4]) not in macho.FAT:
        return [_part(data)]
    places = [(offset, size) for _, offset, size in macho.parts(data)]
    return [_part(take(data, offset, size)) for offset, size in places]


def _part(data: Bytes) -> Part:
    one = macho.open_slice(data, kinds=ANY_KIND)
    base = macho.binary_of(one)
    raw = list(_sections(one))
    image = Image(
        format="mach-o",
        machine=one.machine,
        bits=one.bits,
        library=unpack(one.order + "I", data, 12)[0] != PROGRAM,
        platform=base.platform,
        soname=base.soname,
        needed=base.needed,
        weak=tuple(macho.texts(one, (WEAK_NEEDED,))),
        rpaths=base.rpaths,
        inherited=True,
        floor=tuple(int(part) for part in re.findall(r"\d+", base.floor or "")),
        defined=base.defined,
        imported=base.imported,
        sections=tuple(row.section for row in raw),
        slots=dict(_slots(one, raw)),
        starts=_starts(one, raw),
        functions=frozenset(_functions(one)),
        exports={name: value for name, value in macho.symbols(one) if value},
        loading=Loading(signature=signature(one)),
    )
    return Part(image=image, data=data)


def _sections(one: Slice) -> Iterator[Raw]:
    for command, body in one.commands:
        if command not in SECTION_FORMS:
            continue
        form, start = SECTION_FORMS[command]
        form, size = one.order + form, struct.calcsize("=" + form)
        (count,) = unpack(one.order + "I", body, start - 8)
        for index in range(count):
            row = struct.unpack(form, take(body, start + index * size, size))
            name, _, address, length, offset, _, _, _, flags, first, step = row[:11]
            kind = flags & TYPE
            section = Section(
                name=name.rstrip(b"\0").decode("latin-1"),
                address=address,
                offset=offset,
                size=0 if kind in ZERO_FILL else length,
                code=bool(flags & INSTRUCTIONS) and kind != STUBS,
            )
            yield Raw(section, kind, first, step)


def _slots(one: Slice, rows: list[Raw]) -> Iterator[tuple[int, str]]:
    """Stubs and pointers, by the table of indirect symbols."""
    names = _NamesByIndex(one)
    table = next((body for command, body in one.commands if command == INDIRECT), None)
    if table is None:
        return
    start, count = unpack(one.order + "II", table, 56)
    for row in rows:
        if row.kind != STUBS and row.kind not in POINTERS:
            continue
        step = row.step if row.kind == STUBS else one.bits // 8
        told = max(count - row.first, 0)
        for index in range(min(row.section.size // step, told) if step else 0):
            at = start + 4 * (row.first + index)
            name = names.at(unpack(one.order + "I", one.data, at)[0])
            if name:
                yield row.section.address + index * step, name


class _NamesByIndex:
    """The names of symbols by their place in the table."""

    def __init__(self, one: Slice) -> None:
        self.one = one
        body = next((body for command, body in one.commands if command == SYMTAB), b"")
        place = unpack(one.order + "IIII", body, 8) if body else (0, 0, 0, 0)
        self.start, self.count = place[:2]
        self.names = Names(one.data, place[2], place[3])

    def at(self, index: int) -> str:
        """The name without its underscore; empty for what is local or absolute."""
        if index >= self.count:
            return ""
        step = 16 if self.one.bits == 64 else 12
        (offset,) = unpack(self.one.order + "I", self.one.data, self.start + index * step)
        return self.names.at(offset).removeprefix("_")


def _functions(one: Slice) -> Iterator[int]:
    """The begins of functions, each told by its distance from the one before."""
    body = next((body for command, body in one.commands if command == FUNCTION_STARTS), None)
    if body is None:
        return
    offset, size = unpack(one.order + "II", body, 8)
    data, at, address = take(one.data, offset, size) + bytes(10), 0, _base(one)
    while at < size:
        step, at = number(data, at)
        if not step:
            return
        address += step
        yield address


def _base(one: Slice) -> int:
    """The address of the file's first byte."""
    return next((address for address, _, start, _ in macho.segments(one) if not start), 0)


def _starts(one: Slice, rows: list[Raw]) -> dict[int, str]:
    found = {}
    for row in rows:
        section = row.section
        data = take(one.data, section.offset, section.size) if row.kind in RUNS else b""
        if row.kind == INIT_POINTERS:
            form = one.order + ("Q" if one.bits == 64 else "I")
            whole = len(data) // struct.calcsize(form) * struct.calcsize(form)
            for (value,) in struct.iter_unpack(form, data[:whole]):
                found[value & TARGET] = "an initialiser"
        elif row.kind == INIT_OFFSETS:
            for (value,) in struct.iter_unpack(one.order + "I", data[: len(data) // 4 * 4]):
                found[_base(one) + value] = "an initialiser"
    return found
