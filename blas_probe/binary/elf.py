# SPDX-License-Identifier: Apache-2.0
"""Read an ELF shared library: machine, soname, needed, build-id, dynamic symbols.

Works from the program headers alone (section headers may be stripped), on both word sizes and
byte orders. Anything that does not fit the file's own size ends in ElfError, never in a crash.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import NamedTuple

from blas_probe.errors import ElfError

Bytes = bytes | mmap.mmap

MACHINES = {
    3: "i386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86_64",
    183: "aarch64", 243: "riscv64", 258: "loongarch64",
}  # fmt: skip
SHARED_OBJECT = 3
PT_LOAD, PT_DYNAMIC, PT_NOTE = 1, 2, 4
DT_NEEDED, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SONAME = 1, 4, 5, 6, 10, 14
DT_RPATH, DT_RUNPATH = 15, 29
DT_GNU_HASH = 0x6FFFFEF5
NT_GNU_BUILD_ID = 3
VISIBLE_BINDINGS = (1, 2, 10)  # global, weak, unique
HIDDEN = (1, 2)  # internal, hidden visibility
MOST_SYMBOLS = 2_000_000


class Segment(NamedTuple):
    kind: int
    offset: int
    address: int
    size: int


class ElfFile(NamedTuple):
    """What a shared library says about itself. NamedTuple: the child must start fast."""

    machine: str
    bits: int
    little: bool
    soname: str | None
    needed: tuple[str, ...]
    build_id: str | None
    defined: frozenset[str]
    imported: frozenset[str]
    rpath: tuple[str, ...] = ()
    """Old-style search folders as written; void when there are new-style ones (runpath)."""
    runpath: tuple[str, ...] = ()


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
    def dynamic(self) -> str:
        return self.order + ("QQ" if self.bits == 64 else "II")

    @property
    def symbol(self) -> str:
        return self.order + ("IBBHQQ" if self.bits == 64 else "IIIBBH")

    @property
    def word(self) -> str:
        return self.order + ("Q" if self.bits == 64 else "I")


def read_elf(path: Path) -> ElfFile:
    """Read the library at `path`; ElfError says in plain words why it cannot be one."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size == 0:
                msg = "the file is empty"
                raise ElfError(msg)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return parse_elf(data)
    except (OSError, ValueError) as error:
        msg = f"the file cannot be read: {error}"
        raise ElfError(msg) from error


def parse_elf(data: Bytes) -> ElfFile:
    """Parse the bytes of a library; ElfError when they are none, or are damaged."""
    if data[:4] != b"\x7fELF":
        raise ElfError(describe_foreign(bytes(data[:4096])))
    try:
        return _parse(data)
    except (struct.error, IndexError, OverflowError) as error:
        msg = f"the file is damaged: {error}"
        raise ElfError(msg) from error


def describe_foreign(head: bytes) -> str:
    """Name the kind of a file that is not ELF."""
    kinds = (
        (b"!<arch>\n", "a static archive"),
        (b"MZ", "a Windows library"),
        (b"\xcf\xfa\xed\xfe", "a macOS library"),
        (b"\xca\xfe\xba\xbe", "a macOS library for several machines"),
    )
    for magic, kind in kinds:
        if head.startswith(magic):
            return f"it is {kind}, not an ELF shared library"
    if not head.strip(b"\0"):
        return "the file holds only zeros"
    if b"\0" not in head:
        text = head.decode("utf-8", "replace")
        if "INPUT" in text or "GROUP" in text:
            line = " ".join(line for line in text.split("\n") if "INPUT" in line or "GROUP" in line)
            return f"it is a linker script, not a library: {line.strip()[:120]}"
        return "it is a text file, not a library"
    return "it is no ELF file"


def _parse(data: Bytes) -> ElfFile:
    layout = _layout(data)
    kind, machine, _, _, phoff, shoff, _, _, phentsize, phnum, shentsize, shnum, _ = _unpack(
        layout.header, data, 16
    )
    if kind != SHARED_OBJECT:
        names = {1: "a relocatable object", 2: "an executable", 4: "a core dump"}
        msg = f"it is {names.get(kind, 'an ELF file of unknown kind')}, not a shared library"
        raise ElfError(msg)
    segments = _segments(data, layout, phoff, phentsize, phnum)
    _refuse_truncated(data, segments, shoff + shentsize * shnum)
    tags = _dynamic(data, layout, segments)
    strings = _strings(data, segments, tags)
    defined, imported = _symbols(data, layout, segments, tags, strings)
    soname = _text(strings, tags[DT_SONAME][0]) if DT_SONAME in tags else None
    return ElfFile(
        machine=MACHINES.get(machine, f"machine-{machine}"),
        bits=layout.bits,
        little=layout.order == "<",
        soname=soname,
        needed=tuple(_text(strings, offset) for offset in tags.get(DT_NEEDED, [])),
        build_id=_build_id(data, layout, segments),
        defined=defined,
        imported=imported,
        rpath=_folders(strings, tags.get(DT_RPATH, [])),
        runpath=_folders(strings, tags.get(DT_RUNPATH, [])),
    )


def _layout(data: Bytes) -> Layout:
    if len(data) < 64:
        msg = f"the file is cut off: {len(data)} bytes, less than its header"
        raise ElfError(msg)
    bits = {1: 32, 2: 64}.get(data[4])
    order = {1: "<", 2: ">"}.get(data[5])
    if bits is None or order is None:
        msg = "the file is damaged: word size or byte order is nonsense"
        raise ElfError(msg)
    return Layout(order, bits)


def _unpack(form: str, data: Bytes, offset: int) -> tuple[int, ...]:
    return struct.unpack(form, _slice(data, offset, struct.calcsize(form)))


def _slice(data: Bytes, offset: int, size: int) -> bytes:
    if offset < 0 or size < 0 or offset + size > len(data):
        msg = f"the file is cut off or damaged: needs byte {offset + size}, has {len(data)}"
        raise ElfError(msg)
    return data[offset : offset + size]


def _segments(data: Bytes, layout: Layout, offset: int, size: int, count: int) -> list[Segment]:
    if size < struct.calcsize(layout.segment):
        msg = f"the file is damaged: a program header of {size} bytes"
        raise ElfError(msg)
    found = []
    for index in range(count):
        row = _unpack(layout.segment, data, offset + index * size)
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
        raise ElfError(msg)


def _dynamic(data: Bytes, layout: Layout, segments: list[Segment]) -> dict[int, list[int]]:
    table = next((segment for segment in segments if segment.kind == PT_DYNAMIC), None)
    if table is None:
        msg = "it has no dynamic section: a static program or separate debug information"
        raise ElfError(msg)
    step = struct.calcsize(layout.dynamic)
    rows = _slice(data, table.offset, table.size - table.size % step)
    tags: dict[int, list[int]] = {}
    for tag, value in struct.iter_unpack(layout.dynamic, rows):
        if tag == 0:
            break
        tags.setdefault(tag, []).append(value)
    return tags


def _offset(segments: list[Segment], address: int) -> int:
    """File offset of a virtual address."""
    for segment in segments:
        inside = segment.address <= address < segment.address + segment.size
        if segment.kind == PT_LOAD and inside:
            return address - segment.address + segment.offset
    msg = f"the file is damaged: address {address:#x} lies in no segment"
    raise ElfError(msg)


def _strings(data: Bytes, segments: list[Segment], tags: dict[int, list[int]]) -> bytes:
    if DT_STRTAB not in tags or DT_STRSZ not in tags:
        msg = "the file is damaged: it has no table of names"
        raise ElfError(msg)
    return _slice(data, _offset(segments, tags[DT_STRTAB][0]), tags[DT_STRSZ][0])


def _text(strings: bytes, offset: int) -> str:
    end = strings.find(b"\0", offset)
    if offset >= len(strings) or end < 0:
        msg = f"the file is damaged: a name at {offset} lies outside the table of names"
        raise ElfError(msg)
    return strings[offset:end].decode("utf-8", "backslashreplace")


def _folders(strings: bytes, offsets: list[int]) -> tuple[str, ...]:
    joined = (_text(strings, offset) for offset in offsets)
    return tuple(folder for text in joined for folder in text.split(":") if folder)


def _symbols(
    data: Bytes,
    layout: Layout,
    segments: list[Segment],
    tags: dict[int, list[int]],
    strings: bytes,
) -> tuple[frozenset[str], frozenset[str]]:
    if DT_SYMTAB not in tags:
        return frozenset(), frozenset()
    count = _symbol_count(data, layout, segments, tags)
    start = _offset(segments, tags[DT_SYMTAB][0])
    table = _slice(data, start, count * struct.calcsize(layout.symbol))
    defined: set[str] = set()
    imported: set[str] = set()
    for row in struct.iter_unpack(layout.symbol, table):
        if layout.bits == 64:
            name, info, other, section = row[:4]
        else:
            name, _, _, info, other, section = row
        if info >> 4 not in VISIBLE_BINDINGS or other & 3 in HIDDEN or not name:
            continue
        (defined if section else imported).add(_text(strings, name))
    return frozenset(defined), frozenset(imported)


def _symbol_count(
    data: Bytes, layout: Layout, segments: list[Segment], tags: dict[int, list[int]]
) -> int:
    if DT_HASH in tags:
        count = _unpack(layout.order + "II", data, _offset(segments, tags[DT_HASH][0]))[1]
    elif DT_GNU_HASH in tags:
        count = _gnu_hash_count(data, layout, _offset(segments, tags[DT_GNU_HASH][0]))
    else:
        msg = "it has no hash table of symbols, so nothing can be looked up in it"
        raise ElfError(msg)
    if count > MOST_SYMBOLS:
        msg = f"the file is damaged: it claims {count} symbols"
        raise ElfError(msg)
    return count


def _gnu_hash_count(data: Bytes, layout: Layout, start: int) -> int:
    """The table does not tell the number of symbols: follow the last chain to its end."""
    buckets, first, bloom, _ = _unpack(layout.order + "IIII", data, start)
    at = start + 16 + bloom * struct.calcsize(layout.word)
    heads = struct.iter_unpack(layout.order + "I", _slice(data, at, buckets * 4))
    last = max((head for (head,) in heads), default=0)
    if last < first:
        return first
    chain = at + buckets * 4 + (last - first) * 4
    while _unpack(layout.order + "I", data, chain)[0] & 1 == 0:
        chain += 4
        last += 1
    return last + 1


def _build_id(data: Bytes, layout: Layout, segments: list[Segment]) -> str | None:
    for segment in segments:
        if segment.kind != PT_NOTE:
            continue
        notes = _slice(data, segment.offset, segment.size)
        at = 0
        while at + 12 <= len(notes):
            name_size, size, kind = struct.unpack_from(layout.order + "III", notes, at)
            body = at + 12 + (name_size + 3) // 4 * 4
            if kind == NT_GNU_BUILD_ID and notes[at + 12 : at + 16] == b"GNU\0":
                return notes[body : body + size].hex()
            at = body + (size + 3) // 4 * 4
    return None
