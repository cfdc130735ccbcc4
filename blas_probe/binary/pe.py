# SPDX-License-Identifier: Apache-2.0
"""Read a library of Windows (PE): exports, imports, needed DLLs; 32 and 64 bits."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from typing import NamedTuple

from blas_probe.binary.pieces import Bytes, Names, take, unpack
from blas_probe.binary.shape import Binary
from blas_probe.errors import BinaryError

MACHINES = {
    0x14C: "i386", 0x8664: "x86_64", 0xAA64: "aarch64", 0xA641: "arm64ec", 0xA64E: "arm64x",
    0x1C4: "arm", 0x5064: "riscv64", 0x6264: "loongarch64",
}  # fmt: skip
IS_DLL = 0x2000
WORDS = {0x10B: (32, 96), 0x20B: (64, 112)}  # bits, offset of the data directories
EXPORTS, IMPORTS, RESOURCES, DEBUG, DELAYED = 0, 1, 2, 6, 13
# Form of a row, and where name, lookup table and table of addresses stand in it.
IMPORT_ROWS = {IMPORTS: ("<IIIII", (3, 0, 4)), DELAYED: ("<8I", (1, 4, 3))}
VERSION_INFO = b"\xbd\x04\xef\xfe\0\0\x01\0"
CODEVIEW = 2
MOST_ROWS, MOST_SECTIONS, MOST_SYMBOLS = 4096, 255, 1_000_000


class Imported(NamedTuple):
    """A DLL that is asked for, and the addresses of its two tables of functions."""

    name: str
    lookup: int
    table: int


class Pe(NamedTuple):
    """The headers that all questions need."""

    data: Bytes
    machine: str
    bits: int
    system: tuple[int, ...]
    directories: list[tuple[int, int]]
    sections: list[tuple[int, int, int]]
    """Address, size and offset in the file."""
    names: Names


def parse(data: Bytes, prefer: str | None = None) -> Binary:
    """Parse a DLL; it holds one architecture."""
    del prefer
    pe = open_pe(data)
    name, defined = exports(pe)
    needed, imported = _imports(pe)
    return Binary(
        format="pe",
        platform="windows",
        machine=pe.machine,
        machines=(pe.machine,),
        bits=pe.bits,
        little=True,
        soname=name,
        needed=needed,
        rpaths=(),
        build_id=_build_id(pe),
        floor=f"windows {pe.system[0]}.{pe.system[1]}",
        version=_version(pe),
        defined=frozenset(defined),
        imported=imported,
    )


def code(data: Bytes, names: Collection[str], size: int, prefer: str | None) -> dict[str, bytes]:
    """The first `size` bytes of the functions among `names` that the file exports."""
    del prefer
    pe = open_pe(data)
    found = {}
    for name, address in exports(pe)[1].items():
        if name in names:
            at = offset_of(pe, address)
            found[name] = bytes(data[at : at + size])
    return found


def open_pe(data: Bytes, *, programs: bool = False) -> Pe:
    """Check the headers; a file that is cut off is refused, and what is no library."""
    if len(data) < 64:
        msg = f"the file is cut off: {len(data)} bytes, less than its header"
        raise BinaryError(msg)
    (at,) = unpack("<I", data, 60)
    if data[at : at + 4] != b"PE\0\0":
        msg = "it is a DOS program or damaged, not a Windows library"
        raise BinaryError(msg)
    machine, count, _, _, _, length, flags = unpack("<HHIIIHH", data, at + 4)
    if not programs and not flags & IS_DLL:
        msg = "it is a Windows program or object, not a library"
        raise BinaryError(msg)
    optional = at + 24
    magic = unpack("<H", data, optional)[0]
    if magic not in WORDS or length < WORDS[magic][1]:
        msg = "the file is damaged: its optional header is nonsense"
        raise BinaryError(msg)
    bits, start = WORDS[magic]
    (rows,) = unpack("<I", data, optional + start - 4)
    directories = [
        (address, size)
        for address, size in (
            unpack("<II", data, optional + start + 8 * index) for index in range(min(rows, 16))
        )
    ]
    if count > MOST_SECTIONS:
        msg = f"the file is damaged: it claims {count} sections"
        raise BinaryError(msg)
    sections = []
    for index in range(count):
        size, address, raw, offset = unpack("<IIII", data, optional + length + 40 * index + 8)
        if offset + raw > len(data):
            msg = f"the file is cut off: it should have at least {offset + raw} bytes, "
            raise BinaryError(msg + f"has {len(data)}")
        sections.append((address, min(size, raw) or raw, offset))
    system = unpack("<HH", data, optional + 48)
    return Pe(data, MACHINES.get(machine, f"machine-{machine:#x}"), bits, system, directories,
              sections, Names(data))  # fmt: skip


def offset_of(pe: Pe, address: int) -> int:
    """File offset of an address relative to the image."""
    for start, size, offset in pe.sections:
        if start <= address < start + size:
            return address - start + offset
    msg = f"the file is damaged: address {address:#x} lies in no section"
    raise BinaryError(msg)


def directory(pe: Pe, index: int) -> tuple[int, int]:
    return pe.directories[index] if index < len(pe.directories) else (0, 0)


def exports(pe: Pe) -> tuple[str | None, dict[str, int]]:
    """The name that the library gives itself, and the address of each exported name."""
    address, _ = directory(pe, EXPORTS)
    if not address:
        return None, {}
    table = unpack("<IIHHIIIIIII", pe.data, offset_of(pe, address))
    _, _, _, _, name, _, functions, count, at_functions, at_names, at_ordinals = table
    if max(count, functions) > MOST_SYMBOLS:
        msg = f"the file is damaged: it claims {count} exports"
        raise BinaryError(msg)
    found = {}
    if count:
        names = unpack(f"<{count}I", pe.data, offset_of(pe, at_names))
        ordinals = unpack(f"<{count}H", pe.data, offset_of(pe, at_ordinals))
        addresses = unpack(f"<{functions}I", pe.data, offset_of(pe, at_functions))
        for start, ordinal in zip(names, ordinals, strict=True):
            found[pe.names.at(offset_of(pe, start))] = addresses[ordinal]
    return pe.names.at(offset_of(pe, name)) if name else None, found


def _imports(pe: Pe) -> tuple[tuple[str, ...], frozenset[str]]:
    """The DLLs asked for, the delayed ones too, and the names taken from them."""
    rows = [*imported_files(pe, IMPORTS), *imported_files(pe, DELAYED)]
    names = {name for row in rows for name in thunks(pe, row.lookup or row.table) if name}
    return tuple(dict.fromkeys(row.name for row in rows)), frozenset(names)


def imported_files(pe: Pe, kind: int) -> Iterator[Imported]:
    """Each DLL asked for: at load (IMPORTS), or at the first call (DELAYED)."""
    form, columns = IMPORT_ROWS[kind]
    address, _ = directory(pe, kind)
    if not address:
        return
    at, step = offset_of(pe, address), struct.calcsize(form)
    for index in range(MOST_ROWS):
        row = unpack(form, pe.data, at + index * step)
        name, lookup, table = (row[column] for column in columns)
        if not name:
            return
        yield Imported(pe.names.at(offset_of(pe, name)), lookup, table)


def thunks(pe: Pe, address: int) -> Iterator[str]:
    """Names in a lookup table, in order; those taken by number have none."""
    form, size, by_number = ("<Q", 8, 1 << 63) if pe.bits == 64 else ("<I", 4, 1 << 31)
    at = offset_of(pe, address)
    for index in range(MOST_SYMBOLS):
        (value,) = unpack(form, pe.data, at + index * size)
        if not value:
            return
        if value & by_number:
            pe.names.charge(0)
            yield ""
        else:
            yield pe.names.at(offset_of(pe, value & 0x7FFFFFFF) + 2)


def _build_id(pe: Pe) -> str | None:
    """The identity that ties the file to its debug information."""
    address, size = directory(pe, DEBUG)
    for index in range(min(size // 28, MOST_ROWS)) if address else ():
        row = unpack("<IIHHIIII", pe.data, offset_of(pe, address) + 28 * index)
        kind, length, at = row[4], row[5], row[7]
        if kind == CODEVIEW and length >= 24:
            body = take(pe.data, at, 24)
            if body[:4] == b"RSDS":
                return body[4:24].hex()
    return None


def _version(pe: Pe) -> str | None:
    """The file version among the resources."""
    address, size = directory(pe, RESOURCES)
    if not address:
        return None
    start = offset_of(pe, address)
    at = pe.data.find(VERSION_INFO, start, start + size)
    if at < 0:
        return None
    high, low = unpack("<II", pe.data, at + len(VERSION_INFO))
    return ".".join(str(part) for part in (high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF))
