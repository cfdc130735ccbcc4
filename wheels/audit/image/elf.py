# SPDX-License-Identifier: Apache-2.0
"""ELF: what blas_probe reads, and sections, relocations, and the functions that run at load."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from blas_probe.binary import elf, elf_words
from blas_probe.binary.elf import Elf
from blas_probe.binary.pieces import Bytes, Names, take, unpack
from blas_probe.errors import BinaryError
from wheels.audit.image import Image, Part, Section, elf_loading

CODE = 0x4
NO_BITS = 8
DT_INIT, DT_INIT_ARRAY, DT_INIT_ARRAYSZ, DT_PLTRELSZ, DT_PLTREL = 12, 25, 27, 2, 20
DT_SYMTAB, DT_VERSYM, UNVERSIONED, WEAK = 6, 0x6FFFFFF0, (0, 1), 2
DT_RELA, DT_RELASZ, DT_REL, DT_RELSZ, DT_JMPREL = 7, 8, 17, 18, 23
RELA_TYPE = 7
# Relocations that load addresses, and those that call a function which chooses, by machine.
RELATIVE = {"x86_64": 8, "aarch64": 1027, "i386": 8, "ppc64le": 22, "s390x": 12, "riscv64": 3,
            "arm": 23, "loongarch64": 3}  # fmt: skip
CHOSEN = {"x86_64": 37, "aarch64": 1032, "i386": 42, "ppc64le": 248, "s390x": 61, "riscv64": 58,
          "arm": 160}  # fmt: skip
INDIRECT_FUNCTION = 10
ISA_PROPERTY, ISA_LEVELS = 0xC0008002, ("x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4")
EH_FORM = b"\x03\x3b"  # a 32-bit count, addresses relative to the table
MOST = 4_000_000


class Relocation(NamedTuple):
    """One place that the loader fills."""

    address: int
    kind: int
    symbol: int
    addend: int | None


def parts(data: Bytes) -> list[Part]:
    """The one architecture of the file."""
    layout = elf_words.layout_of(data)
    header = unpack(layout.header, data, 16)
    machine = elf_words.machine_of(layout, header[1])
    sections = _sections(data, layout, header)
    rows = elf_loading.programs(data, layout, header)
    try:
        one = elf.open_elf(data, programs=True)
    except BinaryError:
        if header[0] not in (2, 3) or any(row.kind == elf.PT_DYNAMIC for row in rows):
            raise
        image = Image(format="elf", machine=machine, bits=layout.bits, library=False,
                      sections=sections)  # fmt: skip
        return [Part(image=image, data=data)]
    image = _image(one, header[0], sections)
    told = elf_loading.loading(machine, rows, one.tags)
    return [Part(image=replace(image, loading=told), data=data)]


def _image(one: Elf, kind: int, sections: tuple[Section, ...]) -> Image:
    base = elf.binary_of(one)
    relocations = list(_relocations(one))
    table = list(elf.all_symbols(one))
    table += _unhashed(one, len(table), relocations)
    names = {index: name for index, (name, at) in enumerate(table) if name and at is None}
    places = {index: at for index, (_, at) in enumerate(table) if at}
    slots = {row.address: names[row.symbol] for row in relocations if row.symbol in names}
    pointers = _pointers(one, relocations, places)
    chosen = CHOSEN.get(one.machine)
    return Image(
        format="elf",
        machine=one.machine,
        bits=one.layout.bits,
        library=not elf.is_program(one, kind),
        platform=base.platform,
        soname=base.soname,
        needed=base.needed,
        rpaths=tuple(dict.fromkeys(_search_paths(one))),
        inherited=base.rpaths_inherited,
        versions=tuple(elf.needed_versions(one)),
        defined=base.defined,
        imported=base.imported | set(names.values()),
        asked={"": frozenset(_asked(one, names))},
        chooses=any(row.kind == chosen for row in relocations) or _has_indirect(one),
        sections=sections,
        slots=slots,
        pointers=pointers,
        functions=frozenset(_functions(one, sections)),
        starts=_starts(one, pointers),
        exports={name: address for name, address in elf.symbols(one) if address},
        isa=_isa(one),
    )


def _search_paths(one: Elf) -> list[str]:
    """With the empty ones, which mean the current folder; one empty line means nothing."""
    lines = [one.strings.at(at) for at in one.tags.get(elf.DT_RUNPATH, [])]
    lines = lines or [one.strings.at(at) for at in one.tags.get(elf.DT_RPATH, [])]
    return [folder for line in lines if line for folder in line.split(":")]


def _sections(
    data: Bytes, layout: elf_words.Layout, header: tuple[int, ...]
) -> tuple[Section, ...]:
    """The section headers; none when they were stripped."""
    offset, step, count, index = header[5], header[10], header[11], header[12]
    if not offset or not count or step != struct.calcsize(layout.section):
        return ()
    rows = list(struct.iter_unpack(layout.section, take(data, offset, step * count)))
    names = Names(data, rows[index][4], rows[index][5]) if index < count else None
    return tuple(
        Section(
            name=names.at(row[0]) if names else "",
            address=row[3],
            offset=row[4],
            size=0 if row[1] == NO_BITS else row[5],
            code=bool(row[2] & CODE) and row[1] != NO_BITS,
        )
        for row in rows
        if row[1]
    )


def _relocations(one: Elf) -> Iterator[Relocation]:
    tags, wide = one.tags, one.layout.bits == 64
    plt_kind = DT_RELA if tags.get(DT_PLTREL, [RELA_TYPE])[0] == RELA_TYPE else DT_REL
    for start, size, kind in (
        (DT_RELA, DT_RELASZ, DT_RELA),
        (DT_REL, DT_RELSZ, DT_REL),
        (DT_JMPREL, DT_PLTRELSZ, plt_kind),
    ):
        if start not in tags or size not in tags:
            continue
        word = "QQq" if wide else "IIi"
        form = one.layout.order + (word if kind == DT_RELA else word[:2])
        length = tags[size][0] // struct.calcsize(form) * struct.calcsize(form)
        if length > MOST * 24:
            msg = "the file is damaged: it claims more relocations than any library has"
            raise BinaryError(msg)
        table = take(one.data, elf.offset_of(one.segments, tags[start][0]), length)
        for row in struct.iter_unpack(form, table):
            bits = 32 if wide else 8
            number, symbol = row[1] & (1 << bits) - 1, row[1] >> bits
            yield Relocation(row[0], number, symbol, row[2] if kind == DT_RELA else None)


def _unhashed(one: Elf, start: int, rows: list[Relocation]) -> Iterator[tuple[str, None]]:
    """Symbols that no hash table counts, since the file exports nothing; relocations name them."""
    form, section = one.layout.symbol, 3 if one.layout.bits == 64 else 5
    if DT_SYMTAB not in one.tags:
        return
    table, size = elf.offset_of(one.segments, one.tags[DT_SYMTAB][0]), struct.calcsize(form)
    most = (len(one.data) - table) // size
    end = min(max((row.symbol for row in rows), default=0) + 1, most, MOST)
    for index in range(start, end):
        row = unpack(form, one.data, table + size * index)
        yield "" if row[section] else one.strings.at(row[0]), None


def _asked(one: Elf, names: Mapping[int, str]) -> Iterator[str]:
    """Of the names taken from others, those neither weak nor versioned; none without versions."""
    if DT_VERSYM not in one.tags:
        return
    form, info = one.layout.symbol, 1 if one.layout.bits == 64 else 3
    symbols, versions = (
        elf.offset_of(one.segments, one.tags[tag][0]) for tag in (DT_SYMTAB, DT_VERSYM)
    )
    for index, name in names.items():
        (version,) = unpack(one.layout.order + "H", one.data, versions + 2 * index)
        row = unpack(form, one.data, symbols + struct.calcsize(form) * index)
        if version in UNVERSIONED and row[info] >> 4 != WEAK:
            yield name


def _has_indirect(one: Elf) -> bool:
    return any(kind == INDIRECT_FUNCTION for kind in elf.symbol_kinds(one))


def _pointers(one: Elf, relocations: list[Relocation], places: dict[int, int]) -> dict[int, int]:
    """What relocations put into the table of functions that run at load."""
    relative = RELATIVE.get(one.machine)
    begin, size = _init_array(one)
    found = {}
    for row in relocations:
        if not begin <= row.address < begin + size:
            continue
        if row.symbol in places:
            found[row.address] = places[row.symbol] + (row.addend or 0)
        elif row.kind == relative:
            target = row.addend if row.addend is not None else _word(one, row.address)
            if target is not None:
                found[row.address] = target
    return found


def _init_array(one: Elf) -> tuple[int, int]:
    begin, size = (one.tags.get(tag, [0])[0] for tag in (DT_INIT_ARRAY, DT_INIT_ARRAYSZ))
    return begin, min(size, MOST)


def _word(one: Elf, address: int) -> int | None:
    try:
        return unpack(one.layout.word, one.data, elf.offset_of(one.segments, address))[0]
    except BinaryError:
        return None


def _starts(one: Elf, pointers: dict[int, int]) -> dict[int, str]:
    """The functions that the loader calls."""
    found = {}
    if one.tags.get(DT_INIT, [0])[0]:
        found[one.tags[DT_INIT][0]] = "the function _init"
    begin, size = _init_array(one)
    step = one.layout.bits // 8
    for address in range(begin, begin + size, step) if begin else ():
        target = pointers.get(address) or _word(one, address)  # packed ones stand in place
        if target and target != (1 << one.layout.bits) - 1:
            found[target] = "a function of .init_array"
    return found


def _functions(one: Elf, sections: tuple[Section, ...]) -> Iterator[int]:
    """The sorted table of .eh_frame_hdr, where it has the usual form."""
    table = next((section for section in sections if section.name == ".eh_frame_hdr"), None)
    if table is None or table.size < 12:
        return
    head = take(one.data, table.offset, table.size)
    if head[:1] != b"\1" or head[1] & 15 not in (3, 11) or head[2:4] != EH_FORM:
        return
    (count,) = struct.unpack_from(one.layout.order + "I", head, 8)
    rows = head[12 : 12 + 8 * min(count, (len(head) - 12) // 8)]
    for begin, _ in struct.iter_unpack(one.layout.order + "ii", rows):
        yield table.address + begin


def _isa(one: Elf) -> str:
    """The newest level among the properties that the linker noted as needed."""
    if one.machine != "x86_64":
        return ""
    for name, kind, body in elf.notes(one):
        if (name, kind) != ("GNU", 5):
            continue
        at = 0
        while at + 8 <= len(body):
            number, size = struct.unpack_from(one.layout.order + "II", body, at)
            if number == ISA_PROPERTY and size >= 4 and at + 12 <= len(body):
                bits = struct.unpack_from(one.layout.order + "I", body, at + 8)[0]
                return ISA_LEVELS[min(bits.bit_length(), 4) - 1] if bits else ""
            at += 8 + (size + 7) // 8 * 8
    return ""
