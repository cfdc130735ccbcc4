# SPDX-License-Identifier: Apache-2.0
"""Read a library of macOS: thin or universal, old link tables or new ones, either byte order."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from typing import NamedTuple

from blas_probe.binary.macho_exports import exported
from blas_probe.binary.pieces import Bytes, Names, take, text, unpack
from blas_probe.binary.shape import Binary
from blas_probe.errors import BinaryError

CPUS = {
    7: "i386", 12: "arm", 18: "ppc", 0x01000007: "x86_64", 0x0100000C: "aarch64",
    0x0200000C: "aarch64_ilp32", 0x01000012: "ppc64",
}  # fmt: skip
POINTER_AUTHENTICATION = (0x0100000C, 2)  # arm64e: no ordinary process can load it
FAT = {b"\xca\xfe\xba\xbe": ">IIIII", b"\xca\xfe\xba\xbf": ">IIQQII"}
THIN = {
    b"\xcf\xfa\xed\xfe": ("<", 64), b"\xce\xfa\xed\xfe": ("<", 32),
    b"\xfe\xed\xfa\xcf": (">", 64), b"\xfe\xed\xfa\xce": (">", 32),
}  # fmt: skip
MOST_SLICES = 16  # Java's classes begin with the same four bytes, and a larger number
KINDS = {
    1: "a relocatable object", 2: "an executable", 4: "a core dump", 7: "the dynamic loader",
    9: "a stub without code", 10: "separate debug information",
}  # fmt: skip
LIBRARIES = (6, 8)  # dylib, bundle
SEGMENTS = {0x1: "16sIIII", 0x19: "16sQQQQ"}
SYMTAB, ID, UUID, RPATH = 0x2, 0xD, 0x1B, 0x8000001C
NEEDED = (0xC, 0x80000018, 0x8000001F, 0x20, 0x80000023)  # plain, weak, re-exported, lazy, upward
OLDEST = {0x24: "macos", 0x25: "ios", 0x2F: "tvos", 0x30: "watchos"}
BUILD_VERSION, DYLD_INFO, EXPORTS_TRIE = 0x32, (0x22, 0x80000022), 0x80000033
PLATFORMS = {1: "macos", 2: "ios", 3: "tvos", 4: "watchos", 6: "catalyst"}
STAB, PRIVATE, EXTERNAL, TYPE = 0xE0, 0x10, 0x01, 0x0E
MOST_COMMANDS, MOST_SEGMENTS, MOST_SYMBOLS = 10_000, 255, 2_000_000
MOST_PART, MOST_TRIE = 1 << 30, 1 << 26  # bytes


class Slice(NamedTuple):
    """One architecture of a file, and its load commands."""

    data: Bytes
    order: str
    bits: int
    machine: str
    commands: list[tuple[int, bytes]]


def parse(data: Bytes, prefer: str | None = None) -> Binary:
    """Parse a library; of a universal file the part for `prefer`, or the first one."""
    if data[:4] not in FAT:
        return binary_of(open_slice(data))
    machines = tuple(machine for machine, _, _ in parts(data))
    inner = _part(data, prefer)
    if inner[:4] not in THIN:
        from blas_probe.binary import archive

        return archive.parse(inner, prefer)._replace(machines=machines)
    return binary_of(open_slice(inner))._replace(machines=machines)


def code(data: Bytes, names: Collection[str], size: int, prefer: str | None) -> dict[str, bytes]:
    """The first `size` bytes of the functions among `names`."""
    one = open_slice(_part(data, prefer) if data[:4] in FAT else data)
    parts = list(segments(one))
    found = {}
    for name, value in symbols(one):
        if name in names and value:
            for address, length, offset, _ in parts:
                if address <= value < address + length:
                    at = offset + value - address
                    found[name] = bytes(data[at : at + size])
    return found


def open_slice(data: Bytes, kinds: Collection[int] = LIBRARIES) -> Slice:
    """Check the header of one architecture and read its load commands."""
    if data[:4] not in THIN:
        msg = "the file is damaged: a part of it is no macOS library"
        raise BinaryError(msg)
    order, bits = THIN[bytes(data[:4])]
    cpu, subtype, kind, count = unpack(order + "IIII", data, 4)
    if kind not in kinds:
        msg = f"it is {KINDS.get(kind, 'a macOS file of unknown kind')}, not a shared library"
        raise BinaryError(msg)
    _at_most(MOST_COMMANDS, count, "load commands")
    commands = []
    at = 32 if bits == 64 else 28
    for _ in range(count):
        command, length = unpack(order + "II", data, at)
        if length < 8:
            msg = f"the file is damaged: a load command of {length} bytes"
            raise BinaryError(msg)
        commands.append((command, take(data, at, length)))
        at += length
    one = Slice(data, order, bits, _machine(cpu, subtype), commands)
    needed = max((offset + length for _, _, offset, length in segments(one)), default=0)
    if needed > len(data):
        msg = f"the file is cut off: it should have at least {needed} bytes, has {len(data)}"
        raise BinaryError(msg)
    return one


def binary_of(one: Slice) -> Binary:
    """All that one architecture says about itself."""
    defined, imported = set[str](), set[str]()
    for name, value in symbols(one):
        (imported if value is None else defined).add(name)
    if not defined:
        defined = set(_exports(one))  # a stripped library keeps these
    system, floor = _system(one)
    return Binary(
        format="mach-o",
        platform=system,
        machine=one.machine,
        machines=(one.machine,),
        bits=one.bits,
        little=one.order == "<",
        soname=next(iter(texts(one, (ID,))), None),
        needed=tuple(texts(one, NEEDED)),
        rpaths=tuple(texts(one, (RPATH,))),
        rpaths_inherited=True,
        build_id=next(
            (body[8:24].hex() for command, body in one.commands if command == UUID), None
        ),
        floor=floor,
        version=_version(one),
        defined=frozenset(defined),
        imported=frozenset(imported),
    )


def parts(data: Bytes) -> Iterator[tuple[str, int, int]]:
    """Architecture, offset and size of each part of a universal file."""
    form = FAT[bytes(data[:4])]
    (count,) = unpack(">I", data, 4)
    if not 0 < count <= MOST_SLICES:
        msg = "it is a Java class or damaged, not a macOS library"
        raise BinaryError(msg)
    for index in range(count):
        cpu, subtype, offset, size = unpack(form, data, 8 + index * struct.calcsize(form))[:4]
        yield _machine(cpu, subtype), offset, size


def _part(data: Bytes, prefer: str | None) -> bytes:
    found = list(parts(data))
    _, offset, size = next((part for part in found if part[0] == prefer), found[0])
    return take(data, offset, _at_most(MOST_PART, size, "bytes in one part"))


def _at_most(most: int, count: int, what: str) -> int:
    if count > most:
        msg = f"the file is damaged, or too large to be read: it claims {count} {what}"
        raise BinaryError(msg)
    return count


def _machine(cpu: int, subtype: int) -> str:
    if (cpu, subtype & 0xFFFFFF) == POINTER_AUTHENTICATION:
        return "arm64e"
    return CPUS.get(cpu, f"cpu-{cpu:#x}")


def segments(one: Slice) -> Iterator[tuple[int, int, int, int]]:
    """Address, size in memory, offset and size in the file."""
    rows = [(command, body) for command, body in one.commands if command in SEGMENTS]
    _at_most(MOST_SEGMENTS, len(rows), "segments")
    for command, body in rows:
        _, address, size, offset, length = unpack(one.order + SEGMENTS[command], body, 8)
        yield address, size, offset, length


def texts(one: Slice, wanted: Collection[int]) -> Iterator[str]:
    """The paths that load commands carry: an offset into the command, then the text."""
    for command, body in one.commands:
        if command in wanted:
            (offset,) = unpack(one.order + "I", body, 8)
            yield text(body + b"\0", offset)


def _system(one: Slice) -> tuple[str | None, str | None]:
    for command, body in one.commands:
        if command == BUILD_VERSION:
            number, oldest = unpack(one.order + "II", body, 8)
            system = PLATFORMS.get(number, f"apple-{number}")
        elif command in OLDEST:
            (oldest,), system = unpack(one.order + "I", body, 8), OLDEST[command]
        else:
            continue
        return system, f"{system} {oldest >> 16}.{oldest >> 8 & 255}"
    return "macos", None


def _version(one: Slice) -> str | None:
    """The current version beside the library's own name; 0.0.0 means that nobody set it."""
    for command, body in one.commands:
        if command == ID:
            (number,) = unpack(one.order + "I", body, 16)
            return f"{number >> 16}.{number >> 8 & 255}.{number & 255}" if number else None
    return None


def symbols(one: Slice) -> Iterator[tuple[str, int | None]]:
    """Visible names without their leading underscore; None where others must define them."""
    form = one.order + ("IBBHQ" if one.bits == 64 else "IBBHI")
    for command, body in one.commands:
        if command != SYMTAB:
            continue
        offset, count, strings_at, strings_size = unpack(one.order + "IIII", body, 8)
        _at_most(MOST_SYMBOLS, count, "symbols")
        strings = Names(one.data, strings_at, strings_size)
        table = take(one.data, offset, count * struct.calcsize(form))
        for name, kind, _, _, value in struct.iter_unpack(form, table):
            if kind & STAB or kind & PRIVATE or not kind & EXTERNAL:
                continue
            spelled = strings.at(name).removeprefix("_")
            yield spelled, value if kind & TYPE or value else None
        return  # dyld refuses a second table


def _exports(one: Slice) -> Iterator[str]:
    """Names in the export trie, which a stripped library keeps."""
    for command, body in one.commands:
        if command in DYLD_INFO:
            offset, size = unpack(one.order + "II", body, 40)
        elif command == EXPORTS_TRIE:
            offset, size = unpack(one.order + "II", body, 8)
        else:
            continue
        tree = take(one.data, offset, _at_most(MOST_TRIE, size, "bytes of exported names"))
        for name in exported(tree):
            yield name.removeprefix("_")
        if size:
            return  # there is one such tree
