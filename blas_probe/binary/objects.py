# SPDX-License-Identifier: Apache-2.0
"""The symbols of a relocatable object, the members of static archives: ELF, Mach-O and COFF."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from blas_probe.binary import elf_words, macho, pe
from blas_probe.binary.pieces import Names, take, unpack
from blas_probe.errors import BinaryError

VISIBLE = (1, 2, 10)
SYMTAB = 2
COFF_SYMBOL = 18
EXTERNAL, WEAK_EXTERNAL = 2, 105
IMPORT_MARK = b"\0\0\xff\xff"
BITCODE = b"BC\xc0\xde"


class Symbol(NamedTuple):
    name: str
    defined: bool
    offset: int | None
    """Place of its code in the object's bytes."""


class Object(NamedTuple):
    """One relocatable object."""

    machine: str
    bits: int
    little: bool
    platform: str | None
    symbols: list[Symbol]


def read_object(data: bytes) -> Object:
    """Parse one object; BinaryError when it is none that can be linked here."""
    for magic, reader in READERS.items():
        if data.startswith(magic):
            return reader(data)
    if data.startswith(BITCODE):
        msg = "it holds code of a compiler's own form (link-time optimisation), no machine code"
        raise BinaryError(msg)
    if len(data) > 20 and struct.unpack_from("<H", data)[0] in pe.MACHINES:
        return _coff(data)
    msg = "a member is no object file"
    raise BinaryError(msg)


def _elf(data: bytes) -> Object:
    layout = elf_words.layout_of(data, least=52)
    kind, number, *rest = unpack(layout.header, data, 16)
    if kind != 1:
        msg = "a member is no relocatable object"
        raise BinaryError(msg)
    at, size, count = rest[3], rest[8], rest[9]
    if size != struct.calcsize(layout.section):
        msg = f"the file is damaged: a section header of {size} bytes"
        raise BinaryError(msg)
    sections = list(struct.iter_unpack(layout.section, take(data, at, size * count)))
    table = next((section for section in sections if section[1] == SYMTAB), None)
    symbols = list(_elf_symbols(data, layout, sections, table)) if table else []
    machine = elf_words.machine_of(layout, number)
    return Object(machine, layout.bits, layout.order == "<", None, symbols)


def _elf_symbols(
    data: bytes,
    layout: elf_words.Layout,
    sections: list[tuple[int, ...]],
    table: tuple[int, ...],
) -> Iterator[Symbol]:
    """The global ones, which stand behind the local ones (`info` is where they begin)."""
    step = struct.calcsize(layout.symbol)
    at, size, names, begin = table[4], table[5], Names(data, sections[table[6]][4]), table[7] * step
    rows = take(data, at + begin, (size - begin) // step * step)
    for row in struct.iter_unpack(layout.symbol, rows):
        if layout.bits == 64:
            name, info, _, section, value = row[:5]
        else:
            name, value, _, info, _, section = row
        if info >> 4 in VISIBLE and name:
            place = sections[section][4] + value if 0 < section < len(sections) else None
            yield Symbol(names.at(name), section != 0, place)


def _macho(data: bytes) -> Object:
    one = macho.open_slice(data, kinds=(1,))
    segments = list(macho.segments(one))
    symbols = []
    for name, value in macho.symbols(one):
        offset = None
        for address, size, start, _ in segments:
            if value is not None and address <= value < address + size:
                offset = start + value - address
        symbols.append(Symbol(name, value is not None, offset))
    return Object(one.machine, one.bits, one.order == "<", "macos", symbols)


def _coff(data: bytes) -> Object:
    number, count, _, table, rows, optional, _ = unpack("<HHIIIHH", data, 0)
    machine, names = pe.MACHINES[number], Names(data, table + rows * COFF_SYMBOL)
    starts = [unpack("<I", data, 20 + optional + 40 * index + 20)[0] for index in range(count)]
    symbols, row = [], 0
    while row < rows:
        at = table + row * COFF_SYMBOL
        short = data[at : at + 8]
        value, section, _, kind, extra = struct.unpack_from("<IhHBB", data, at + 8)
        row += 1 + extra
        if kind not in (EXTERNAL, WEAK_EXTERNAL):
            continue
        if short[:4] == bytes(4):
            name = names.at(struct.unpack_from("<I", short, 4)[0])
        else:
            name = short.rstrip(b"\0").decode("utf-8", "backslashreplace")
        if machine == "i386":
            name = name.removeprefix("_")
        offset = starts[section - 1] + value if 0 < section <= count else None
        symbols.append(Symbol(name, section != 0 or value != 0, offset))
    bits = 32 if machine in ("i386", "arm") else 64
    return Object(machine, bits, True, "windows", symbols)


READERS: dict[bytes, Callable[[bytes], Object]] = {
    b"\x7fELF": _elf,
    **dict.fromkeys(macho.THIN, _macho),
}
