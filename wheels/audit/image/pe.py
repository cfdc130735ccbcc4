# SPDX-License-Identifier: Apache-2.0
"""PE: what blas_probe reads, and sections, tables of imports, and what runs at load."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

from blas_probe.binary import pe
from blas_probe.binary.pe import Pe
from blas_probe.binary.pieces import Bytes, take, unpack
from blas_probe.errors import BinaryError
from wheels.audit.image import Image, Loading, Part, Section

CODE = 0x20000000
FIXED = 0x1  # its relocations were removed
ARM = "aarch64"
EXCEPTIONS, CLOSE = 3, 64
TLS, CLR = 9, 14
SYMBOL = 18
MOST_CALLBACKS = 64


def parts(data: Bytes) -> list[Part]:
    """The one architecture of the file."""
    one = pe.open_pe(data, programs=True)
    (at,) = unpack("<I", data, 60)
    (flags,) = unpack("<H", data, at + 22)
    optional = at + 24
    entry = unpack("<I", data, optional + 16)[0]
    wide = one.bits == 64
    base = unpack("<Q", data, optional + 24)[0] if wide else unpack("<I", data, optional + 28)[0]
    name, exports = pe.exports(one)
    loaded = list(pe.imported_files(one, pe.IMPORTS))
    delayed = list(pe.imported_files(one, pe.DELAYED))
    slots = dict(_slots(one, loaded))
    image = Image(
        format="pe",
        machine=one.machine,
        bits=one.bits,
        library=bool(flags & pe.IS_DLL),
        managed=pe.directory(one, CLR)[0] != 0,
        platform="windows",
        soname=name,
        needed=tuple(dict.fromkeys(row.name for row in loaded)),
        delayed=tuple(dict.fromkeys(row.name for row in delayed)),
        defined=frozenset(exports),
        imported=frozenset(slots.values()) | _delayed_names(one, delayed),
        asked=_asked(one, loaded),
        sections=_with_functions(one, _sections(data, at)),
        slots=slots,
        starts=_starts(one, entry, base),
        functions=frozenset(_begins(one)),
        exports=exports,
        base=base,
        loading=Loading(fixed=bool(flags & FIXED)),
    )
    return [Part(image=image, data=data)]


def _sections(data: Bytes, at: int) -> tuple[Section, ...]:
    (count,) = unpack("<H", data, at + 6)
    symbols, rows = unpack("<II", data, at + 12)
    (length,) = unpack("<H", data, at + 20)
    found = []
    for index in range(count):
        row = at + 24 + length + 40 * index
        size, address, raw, offset = unpack("<IIII", data, row + 8)
        (flags,) = unpack("<I", data, row + 36)
        name = _name(bytes(data[row : row + 8]), data, symbols + rows * SYMBOL)
        found.append(
            Section(name=name, address=address, offset=offset, size=min(size, raw) or raw,
                    code=bool(flags & CODE))
        )  # fmt: skip
    return tuple(found)


def _with_functions(one: Pe, sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """On Arm, sections of code hold tables and code of other machines: count functions alone."""
    pieces = _functions(one) if one.machine == ARM else []
    if not pieces:
        return sections
    plain = [replace(section, code=False) for section in sections]
    return (*plain, *pieces)


def _functions(one: Pe) -> list[Section]:
    """The functions of the exception table; those that lie close together are one piece."""
    address, size = pe.directory(one, EXCEPTIONS)
    if not address:
        return []
    at = pe.offset_of(one, address)
    spans = sorted(
        (begin, begin + _length(one, told))
        for begin, told in struct.iter_unpack("<II", take(one.data, at, size // 8 * 8))
        if begin
    )
    joined: list[tuple[int, int]] = []
    for begin, end in spans:
        if joined and begin - joined[-1][1] <= CLOSE:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return [
        Section(
            name="", address=begin, offset=pe.offset_of(one, begin), size=end - begin, code=True
        )
        for begin, end in joined
    ]


def _begins(one: Pe) -> Iterator[int]:
    """Where the functions of the exception table begin."""
    address, size = pe.directory(one, EXCEPTIONS)
    form = {ARM: "<II", "x86_64": "<III"}.get(one.machine)
    if not address or form is None:
        return
    step = struct.calcsize(form)
    table = take(one.data, pe.offset_of(one, address), size // step * step)
    yield from (row[0] for row in struct.iter_unpack(form, table))


def _length(one: Pe, told: int) -> int:
    """Bytes of a function: packed into the row, or at the place that the row names."""
    if told & 3:
        return (told >> 2 & 0x7FF) * 4
    return (unpack("<I", one.data, pe.offset_of(one, told))[0] & 0x3FFFF) * 4


def _name(short: bytes, data: Bytes, strings: int) -> str:
    """A long name stands in the table of strings, as MinGW writes it."""
    text = short.rstrip(b"\0").decode("latin-1")
    if text[:1] == "/" and text[1:].isdigit():
        start = strings + int(text[1:])
        end = data.find(b"\0", start, start + 256)
        return bytes(data[start:end]).decode("latin-1") if end > 0 else text
    return text


def _slots(one: Pe, rows: list[pe.Imported]) -> Iterator[tuple[int, str]]:
    step = one.bits // 8
    for row in rows:
        for index, name in enumerate(pe.thunks(one, row.lookup or row.table)):
            if name:
                yield row.table + step * index, name


def _asked(one: Pe, rows: list[pe.Imported]) -> dict[str, frozenset[str]]:
    """The names asked of each DLL when the file is loaded."""
    found: dict[str, frozenset[str]] = {}
    for row in rows:
        names = frozenset(pe.thunks(one, row.lookup or row.table)) - {""}
        found[row.name] = found.get(row.name, frozenset()) | names
    return found


def _delayed_names(one: Pe, rows: list[pe.Imported]) -> frozenset[str]:
    return frozenset(
        name for row in rows for name in pe.thunks(one, row.lookup or row.table) if name
    )


def _starts(one: Pe, entry: int, base: int) -> dict[int, str]:
    """The entry point and what is called for each thread, with the first one at load."""
    found = {entry: "the entry point (DllMain)"} if entry else {}
    address, _ = pe.directory(one, TLS)
    if address:
        form, step = ("<Q", 8) if one.bits == 64 else ("<I", 4)
        start = pe.offset_of(one, address) + 3 * step
        callbacks = unpack(form, one.data, start)[0]
        for index in range(MOST_CALLBACKS if callbacks else 0):
            try:
                at = pe.offset_of(one, callbacks - base + index * step)
            except BinaryError:  # filled while loading
                break
            target = unpack(form, one.data, at)[0]
            if not target:
                break
            found[target - base] = "a callback for threads"
    return found
