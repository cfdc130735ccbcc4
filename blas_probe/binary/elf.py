# SPDX-License-Identifier: Apache-2.0
"""Read an ELF shared library: machine, soname, needed, build-id, dynamic symbols.

Works from the program headers alone (section headers may be stripped), on both word sizes and
byte orders. Anything that does not fit the file's own size ends in BinaryError, never in a crash.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from typing import NamedTuple

from blas_probe.binary.elf_words import Layout, layout_of, machine_of
from blas_probe.binary.pieces import Bytes, Names, take, unpack
from blas_probe.binary.shape import Binary
from blas_probe.errors import BinaryError

PROGRAM, SHARED_OBJECT = 2, 3
PT_LOAD, PT_DYNAMIC, PT_NOTE = 1, 2, 4
DT_NEEDED, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SONAME = 1, 4, 5, 6, 10, 14
DT_RPATH, DT_RUNPATH, DT_FLAGS_1, DT_GNU_HASH = 15, 29, 0x6FFFFFFB, 0x6FFFFEF5
DT_VERNEED, DT_VERNEEDNUM, DT_MIPS_SYMTABNO = 0x6FFFFFFE, 0x6FFFFFFF, 0x70000011
IS_PROGRAM = 0x08000000  # DF_1_PIE
NT_GNU_BUILD_ID = 3
WIDE_HASH = ("s390x", "alpha")  # their DT_HASH has 64-bit words; LLD writes 32-bit ones there, too
VISIBLE_BINDINGS = (1, 2, 10)  # global, weak, unique
HIDDEN = (1, 2)  # internal, hidden visibility
MOST_SYMBOLS = 2_000_000
MOST_DYNAMIC, MOST_NOTES = 1 << 20, 1 << 20  # bytes
SYSTEMS = {2: "netbsd", 6: "solaris", 9: "freebsd", 12: "openbsd"}
NOTED = {"Android": "android", "FreeBSD": "freebsd", "NetBSD": "netbsd", "OpenBSD": "openbsd"}


class Segment(NamedTuple):
    kind: int
    offset: int
    address: int
    size: int


class Elf(NamedTuple):
    """The tables that all questions need."""

    data: Bytes
    layout: Layout
    machine: str
    segments: list[Segment]
    tags: dict[int, list[int]]
    strings: Names


def parse(data: Bytes, prefer: str | None = None) -> Binary:
    """Parse the bytes of a shared library; ELF files hold one architecture only."""
    del prefer
    return binary_of(open_elf(data))


def binary_of(elf: Elf) -> Binary:
    """All that an open file says about itself."""
    data = elf.data
    defined, imported = set[str](), set[str]()
    for name, address in symbols(elf):
        if address is None:
            imported.add(name)
        else:
            defined.add(name)
    noted = list(notes(elf))
    needed, versions = tuple(_texts(elf, DT_NEEDED)), [name for _, name in needed_versions(elf)]
    # The loader forgets folders of the old kind where there are some of the new one.
    new, old = list(_texts(elf, DT_RUNPATH)), list(_texts(elf, DT_RPATH))
    return Binary(
        format="elf",
        platform=_platform(data[7], needed, versions, [name for name, _, _ in noted]),
        machine=elf.machine,
        machines=(elf.machine,),
        bits=elf.layout.bits,
        little=elf.layout.order == "<",
        soname=next(iter(_texts(elf, DT_SONAME)), None),
        needed=needed,
        rpaths=tuple(folder for line in new or old for folder in line.split(":") if folder),
        build_id=next(
            (body.hex() for name, kind, body in noted if (name, kind) == ("GNU", NT_GNU_BUILD_ID)),
            None,
        ),
        floor=_floor(versions),
        version=None,
        defined=frozenset(defined),
        imported=frozenset(imported),
        rpaths_inherited=bool(old) and not new,
    )


def code(data: Bytes, names: Collection[str], size: int, prefer: str | None) -> dict[str, bytes]:
    """The first `size` bytes of the functions among `names` that the file defines."""
    del prefer
    elf = open_elf(data)
    found = {}
    for name, address in symbols(elf):
        if name in names and address:
            at = offset_of(elf.segments, address)
            found[name] = bytes(data[at : at + size])
    return found


def open_elf(data: Bytes, *, programs: bool = False) -> Elf:
    """Check the header and find the dynamic tables; `programs` takes what is run by itself too."""
    layout = layout_of(data)
    kind, number, _, _, phoff, shoff, _, _, phentsize, phnum, shentsize, shnum, _ = unpack(
        layout.header, data, 16
    )
    if kind != SHARED_OBJECT and not (programs and kind == PROGRAM):
        names = {1: "a relocatable object", 2: "an executable", 4: "a core dump"}
        msg = f"it is {names.get(kind, 'an ELF file of unknown kind')}, not a shared library"
        raise BinaryError(msg)
    segments = _segments(data, layout, phoff, phentsize, phnum)
    _refuse_truncated(data, segments, shoff + shentsize * shnum)
    tags = _dynamic(data, layout, segments)
    strings = _strings(data, segments, tags)
    elf = Elf(data, layout, machine_of(layout, number), segments, tags, strings)
    if not programs and is_program(elf, kind):
        msg = "it is an executable, not a shared library"
        raise BinaryError(msg)
    return elf


def is_program(elf: Elf, kind: int) -> bool:
    """Is it run by itself?"""
    return kind == PROGRAM or bool(elf.tags.get(DT_FLAGS_1, [0])[0] & IS_PROGRAM)


def symbols(elf: Elf) -> Iterator[tuple[str, int | None]]:
    """Every visible dynamic symbol, with its address; None when it is taken from others."""
    for name, address in all_symbols(elf):
        if name:
            yield name, address


def all_symbols(elf: Elf) -> Iterator[tuple[str, int | None]]:
    """The same in the table's order; the name of what is not visible is empty."""
    for name, info, other, section, value in _symbol_rows(elf):
        visible = info >> 4 in VISIBLE_BINDINGS and other & 3 not in HIDDEN and name
        yield elf.strings.at(name) if visible else "", value if section else None


def symbol_kinds(elf: Elf) -> set[int]:
    """The kinds of symbols that the file defines: functions, data, functions that choose others."""
    return {info & 15 for _, info, _, section, _ in _symbol_rows(elf) if section}


def _symbol_rows(elf: Elf) -> Iterator[tuple[int, int, int, int, int]]:
    if DT_SYMTAB not in elf.tags:
        return
    layout = elf.layout
    count = _symbol_count(elf)
    start = offset_of(elf.segments, elf.tags[DT_SYMTAB][0])
    table = take(elf.data, start, count * struct.calcsize(layout.symbol))
    for row in struct.iter_unpack(layout.symbol, table):
        if layout.bits == 64:
            name, info, other, section, value = row[:5]
        else:
            name, value, _, info, other, section = row
        yield name, info, other, section, value


def offset_of(segments: list[Segment], address: int) -> int:
    """File offset of a virtual address."""
    for segment in segments:
        inside = segment.address <= address < segment.address + segment.size
        if segment.kind == PT_LOAD and inside:
            return address - segment.address + segment.offset
    msg = f"the file is damaged: address {address:#x} lies in no segment"
    raise BinaryError(msg)


def _segments(data: Bytes, layout: Layout, offset: int, size: int, count: int) -> list[Segment]:
    if size < struct.calcsize(layout.segment):
        msg = f"the file is damaged: a program header of {size} bytes"
        raise BinaryError(msg)
    found = []
    for index in range(count):
        row = unpack(layout.segment, data, offset + index * size)
        if layout.bits == 64:
            kind, _, at, address, _, length = row[:6]
        else:
            kind, at, address, _, length = row[:5]
        found.append(Segment(kind, at, address, length))
    return found


def _refuse_truncated(data: Bytes, segments: list[Segment], sections_end: int) -> None:
    ends = [segment.offset + segment.size for segment in segments if segment.kind == PT_LOAD]
    needed = max([*ends, sections_end], default=0)
    if needed > len(data):
        msg = f"the file is cut off: it should have at least {needed} bytes, has {len(data)}"
        raise BinaryError(msg)


def _dynamic(data: Bytes, layout: Layout, segments: list[Segment]) -> dict[int, list[int]]:
    table = next((segment for segment in segments if segment.kind == PT_DYNAMIC), None)
    if table is None:
        msg = "it has no dynamic section: a static program or separate debug information"
        raise BinaryError(msg)
    step = struct.calcsize(layout.dynamic)
    size = min(table.size, MOST_DYNAMIC)
    rows = take(data, table.offset, size - size % step)
    tags: dict[int, list[int]] = {}
    for tag, value in struct.iter_unpack(layout.dynamic, rows):
        if tag == 0:
            break
        tags.setdefault(tag, []).append(value)
    return tags


def _strings(data: Bytes, segments: list[Segment], tags: dict[int, list[int]]) -> Names:
    if DT_STRTAB not in tags or DT_STRSZ not in tags:
        msg = "the file is damaged: it has no table of names"
        raise BinaryError(msg)
    return Names(data, offset_of(segments, tags[DT_STRTAB][0]), tags[DT_STRSZ][0])


def _texts(elf: Elf, tag: int) -> Iterator[str]:
    for offset in elf.tags.get(tag, []):
        yield elf.strings.at(offset)


def _symbol_count(elf: Elf) -> int:
    tags, order = elf.tags, elf.layout.order
    if DT_HASH in tags:
        forms = ("QQ", "II") if elf.machine in WIDE_HASH else ("II",)
        at = offset_of(elf.segments, tags[DT_HASH][0])
        sizes = [unpack(order + form, elf.data, at) for form in forms]
        count = next((one for one in sizes if max(one) <= MOST_SYMBOLS), sizes[0])[1]
    elif DT_GNU_HASH in tags:
        count = _gnu_hash_count(elf, offset_of(elf.segments, tags[DT_GNU_HASH][0]))
    elif DT_MIPS_SYMTABNO in tags:
        count = tags[DT_MIPS_SYMTABNO][0]
    else:
        msg = "it has no hash table of symbols, so nothing can be looked up in it"
        raise BinaryError(msg)
    return _plausible(count)


def _plausible(count: int) -> int:
    if count > MOST_SYMBOLS:
        msg = f"the file is damaged: it claims {count} symbols"
        raise BinaryError(msg)
    return count


def _gnu_hash_count(elf: Elf, start: int) -> int:
    """The table does not tell the number of symbols: follow the last chain to its end."""
    data, order = elf.data, elf.layout.order
    buckets, first, bloom, _ = unpack(order + "IIII", data, start)
    at = start + 16 + bloom * struct.calcsize(elf.layout.word)
    heads = struct.iter_unpack(order + "I", take(data, at, _plausible(buckets) * 4))
    last = _plausible(max((head for (head,) in heads), default=0))
    if last < first:
        return first
    chain = at + buckets * 4 + (last - first) * 4
    while unpack(order + "I", data, chain)[0] & 1 == 0:
        chain += 4
        last = _plausible(last + 1)
    return last + 1


def notes(elf: Elf) -> Iterator[tuple[str, int, bytes]]:
    """Owner, kind and content of every note."""
    left = MOST_NOTES
    for segment in elf.segments:
        left -= segment.size if segment.kind == PT_NOTE else 0
        if segment.kind != PT_NOTE or left < 0:
            continue
        notes = take(elf.data, segment.offset, segment.size)
        at = 0
        while at + 12 <= len(notes):
            length, size, kind = struct.unpack_from(elf.layout.order + "III", notes, at)
            body = at + 12 + (length + 3) // 4 * 4
            owner = notes[at + 12 : at + 12 + length].rstrip(b"\0")
            yield owner.decode("latin-1"), kind, notes[body : body + size]
            at = body + (size + 3) // 4 * 4


def needed_versions(elf: Elf) -> Iterator[tuple[str, str]]:
    """Symbol versions asked of other libraries, such as GLIBC_2.28 of libc.so.6."""
    if DT_VERNEED not in elf.tags:
        return
    order = elf.layout.order
    at = offset_of(elf.segments, elf.tags[DT_VERNEED][0])
    for _ in range(min(elf.tags.get(DT_VERNEEDNUM, [0])[0], MOST_SYMBOLS)):
        _, count, file, aux, following = unpack(order + "HHIII", elf.data, at)
        row, library = at + aux, elf.strings.at(file)
        for _ in range(count):
            _, _, _, name, step = unpack(order + "IHHII", elf.data, row)
            yield library, elf.strings.at(name)
            if not step:
                break
            row += step
        if not following:
            return
        at += following


def _platform(
    system: int, needed: tuple[str, ...], versions: list[str], noted: list[str]
) -> str | None:
    for owner, name in NOTED.items():
        if owner in noted:
            return name
    # First: libgcc_s has a version GLIBC_2.0 on some machines whatever the C library is.
    if any(name.startswith("libc.musl-") for name in needed):
        return "linux-musl"
    if any(v.startswith("GLIBC_") for v in versions) or {"libc.so.6", "libm.so.6"} & {*needed}:
        return "linux-glibc"
    if "libc.so" in needed:
        return "linux-musl"
    return SYSTEMS.get(system)


def _floor(versions: list[str]) -> str | None:
    """The newest C library that a symbol asks for."""
    numbers = [
        tuple(int(part) for part in version[6:].split("."))
        for version in versions
        if version.startswith("GLIBC_") and version[6:].replace(".", "").isdigit()
    ]
    return "glibc " + ".".join(map(str, max(numbers))) if numbers else None
