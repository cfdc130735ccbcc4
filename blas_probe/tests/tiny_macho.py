# SPDX-License-Identifier: Apache-2.0
"""Libraries of macOS of a few hundred bytes, made by hand, to be read and damaged."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

UUID = bytes(range(16))
CPUS = {"x86_64": 0x01000007, "aarch64": 0x0100000C, "i386": 7, "ppc": 18}
PAGE = 4096
NARROW = ("i386", "ppc")


def tiny_macho(
    *,
    defined: Sequence[str] = ("dgemm_", "isamax_", "dscal_"),
    imported: Sequence[str] = ("malloc",),
    needed: Sequence[str] = ("/usr/lib/libSystem.B.dylib",),
    name: str = "@rpath/libtiny.dylib",
    machine: str = "aarch64",
    kind: int = 6,
    trie: bool = False,
    oldest: int | None = None,
    signed: bool = False,
) -> bytes:
    """One architecture; `trie` keeps the names of exports in the tree alone, as stripping does."""
    order = ">" if machine == "ppc" else "<"
    bits = 32 if machine in NARROW else 64
    strings, table = b"\0", b""
    form = order + ("IBBHQ" if bits == 64 else "IBBHI")
    for group, flags, section in ((imported, 1, 0), (() if trie else defined, 0x0F, 1)):
        for one in group:
            table += struct.pack(form, len(strings), flags, section, 0, 16 * section)
            strings += b"_" + one.encode() + b"\0"
    tree = _trie([b"_" + one.encode() for one in defined]) if trie else b""

    def commands(start: int) -> list[bytes]:
        size = start + len(table) + len(strings) + len(tree)
        code, shape = (0x19, "16sQQQQIIII") if bits == 64 else (0x1, "16sIIIIIIII")
        counted = len(imported) + (0 if trie else len(defined))
        symbols = struct.pack(order + "IIII", start, counted, start + len(table), len(strings))
        segment = struct.pack(order + shape, b"__TEXT", 0, size, 0, size, 7, 5, 0, 0)
        system = (0x32, struct.pack(order + "IIII", 1, 0xD0300, 0xE0000, 0))
        if oldest is not None:
            system = (0x24, struct.pack(order + "II", oldest, 0))
        made = [
            _command(order, code, segment),
            _command(order, 0xD, struct.pack(order + "IIII", 24, 0, 0x10203, 0) + _text(name)),
            *(
                _command(order, 0xC, struct.pack(order + "IIII", 24, 0, 0, 0) + _text(one))
                for one in needed
            ),
            _command(
                order, 0x8000001C, struct.pack(order + "I", 12) + _text("@loader_path/../lib")
            ),
            _command(order, 0x1B, UUID),
            _command(order, *system),
            _command(order, 0x2, symbols),
        ]
        if trie:
            at = start + len(table) + len(strings)
            made.append(_command(order, 0x80000033, struct.pack(order + "II", at, len(tree))))
        if signed:
            room = len(_signature(bytes(size)))
            made.append(_command(order, 0x1D, struct.pack(order + "II", size, room)))
        return made

    head = 32 if bits == 64 else 28
    start = head + len(b"".join(commands(0)))
    body = commands(start)
    magic = 0xFEEDFACF if bits == 64 else 0xFEEDFACE
    text = b"".join(body)
    header = struct.pack(
        order + "IIIIIII", magic, CPUS[machine], 0, kind, len(body), len(text), 0
    ) + bytes(head - 28)
    data = header + text + table + strings + tree
    return data + _signature(data) if signed else data


def universal(parts: Sequence[tuple[str, bytes]], *, wide: bool = False) -> bytes:
    """Several architectures in one file."""
    form = ">IIQQII" if wide else ">IIIII"
    at = 8 + len(parts) * struct.calcsize(form)
    head = struct.pack(">II", 0xCAFEBABF if wide else 0xCAFEBABE, len(parts))
    body = b""
    for machine, data in parts:
        rest = (0, 0) if wide else (0,)
        head += struct.pack(form, CPUS[machine], 0, at + len(body), len(data), *rest)
        body += data
    return head + body


def _signature(data: bytes) -> bytes:
    """What `codesign --sign -` writes, without requirements."""
    pages = [data[at : at + PAGE] for at in range(0, len(data), PAGE)]
    hashes = b"".join(hashlib.sha256(page).digest() for page in pages)
    name = b"tiny\0"
    rows = (0x20400, 2, 88 + len(name), 88, 0, len(pages), len(data))
    directory = struct.pack(">IIIIIII", *rows) + struct.pack(">BBBB", 32, 2, 0, 12)
    directory = struct.pack(">II", 0xFADE0C02, 8 + 80 + len(name) + len(hashes)) + directory
    directory = directory.ljust(88, b"\0") + name + hashes
    return struct.pack(">IIIII", 0xFADE0CC0, 20 + len(directory), 1, 0, 20) + directory


def _command(order: str, number: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 8)
    return struct.pack(order + "II", number, len(body) + 8) + body


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


def _trie(names: Sequence[bytes]) -> bytes:
    """A root with one edge for each name, and a leaf for each."""
    edges = sum(len(name) + 1 + 2 for name in names)
    first = 2 + edges
    data = bytes([0, len(names)])
    for index, name in enumerate(names):
        place = first + 4 * index
        data += name + b"\0" + bytes([place & 127 | 128, place >> 7])
    return data + b"\x02\x00\x10\x00" * len(names)
