# SPDX-License-Identifier: Apache-2.0
"""Read a static archive (System V, BSD, Windows): the symbols of all its objects together."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from blas_probe.binary import objects
from blas_probe.binary.objects import Object
from blas_probe.binary.pieces import COST, MOST_TEXT, Bytes, take, text, unpack
from blas_probe.binary.shape import Binary
from blas_probe.errors import BinaryError

HEADER, END = 60, b"`\n"
TABLES = ("/", "/SYM64/", "//", "__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64", "/<ECSYMBOLS>/")
IMPORTED = ("__imp_", "_head_", "__IMPORT_DESCRIPTOR_")
MOST_MEMBERS, MOST_OBJECT = 200_000, 1 << 28


def parse(data: Bytes, prefer: str | None = None) -> Binary:
    """Parse an archive; the architecture is that of its objects."""
    del prefer
    found = list(_objects(data))
    if not found:
        msg = "it is a static archive without objects"
        raise BinaryError(msg)
    defined, asked = set[str](), set[str]()
    for _, one in found:
        for symbol in one.symbols:
            (defined if symbol.defined else asked).add(symbol.name)
    if any(name.startswith(IMPORTED[1:]) for name in defined):
        raise BinaryError(_import_library(data))
    first = found[0][1]
    return Binary(
        format="archive",
        platform=first.platform,
        machine=first.machine,
        machines=tuple(sorted({one.machine for _, one in found})),
        bits=first.bits,
        little=first.little,
        soname=None,
        needed=(),
        rpaths=(),
        build_id=None,
        floor=None,
        defined=frozenset(defined),
        imported=frozenset(asked - defined),
    )


def code(data: Bytes, names: Collection[str], size: int, prefer: str | None) -> dict[str, bytes]:
    """The first `size` bytes of the functions among `names`."""
    del prefer
    found = {}
    places = _index(data)
    wanted = None if places is None else {places[name] for name in names if name in places}
    for start, one in _objects(data, wanted):
        for symbol in one.symbols:
            if symbol.defined and symbol.offset is not None and symbol.name in names:
                at = start + symbol.offset
                found[symbol.name] = bytes(data[at : at + size])
    return found


def members(data: Bytes) -> Iterator[tuple[str, int, int]]:
    """Name (a long one as the place where it stands), offset and size of each member."""
    if data[:8] == b"!<thin>\n":
        msg = "it is a thin archive, which only names other files; make a whole one of it with ar"
        raise BinaryError(msg)
    at = 8
    for _ in range(MOST_MEMBERS):
        if at + HEADER > len(data):
            return
        head = take(data, at, HEADER)
        if head[58:60] != END or not head[48:58].strip().isdigit():
            msg = f"the file is damaged: no member of the archive begins at {at}"
            raise BinaryError(msg)
        size = int(head[48:58])
        name, start = head[:16].decode("latin-1").rstrip(), at + HEADER
        take(data, start, 0 if size == 0 else 1)
        if start + size > len(data):
            msg = f"the file is cut off: it should have at least {start + size} bytes, "
            raise BinaryError(msg + f"has {len(data)}")
        at = start + size + size % 2
        if name.startswith("#1/") and name[3:].isdigit():
            length = int(name[3:])
            name = take(data, start, length).rstrip(b"\0").decode("latin-1")
            start, size = start + length, size - length
        yield name, start, size


def _index(data: Bytes) -> dict[str, int] | None:
    """Name -> place of the member that defines it, from the table at the archive's beginning."""
    name, start, size = next(members(data), ("", 0, 0))
    if name not in ("/", "/SYM64/"):
        return None
    table, word = take(data, start, size), 4 if name == "/" else 8
    count = int.from_bytes(table[:word], "big")
    offsets = unpack(f">{count}{'I' if word == 4 else 'Q'}", table, word)
    names = table[word * (count + 1) :].split(b"\0")
    return {
        name.decode("utf-8", "backslashreplace"): offset + HEADER
        for name, offset in zip(names, offsets, strict=False)
    }


def _objects(data: Bytes, wanted: Collection[int] | None = None) -> Iterator[tuple[int, Object]]:
    """Each member that is an object (of those wanted), with its place; the rest is passed over."""
    problem: BinaryError | None = None
    seen, left = False, MOST_TEXT
    for name, start, size in members(data):
        if name in TABLES or size == 0 or (wanted is not None and start not in wanted):
            continue
        body = take(data, start, min(size, MOST_OBJECT))
        if body[:4] == objects.IMPORT_MARK:
            raise BinaryError(_import_library(data))
        try:
            one = objects.read_object(body)
        except BinaryError as error:
            problem = error
            continue
        seen = True
        left -= sum(COST + len(symbol.name) for symbol in one.symbols)
        if left < 0:
            msg = "the file is damaged: it claims more names than any library has"
            raise BinaryError(msg)
        yield start, one
    if problem is not None and not seen:
        msg = f"it is a static archive of which nothing can be linked: {problem}"
        raise BinaryError(msg)


def _import_library(data: Bytes) -> str:
    """What the archive stands for: only a DLL's name, and no code."""
    dll = None
    for _, start, size in members(data):
        body = take(data, start, min(size, MOST_OBJECT))
        if body[:4] == objects.IMPORT_MARK and len(body) > 20:
            dll = text(body, body.find(b"\0", 20) + 1)
            break
        at = body.lower().find(b".dll\0")
        if at >= 0:
            begin = max(body.rfind(b"\0", 0, at), body.rfind(b"\n", 0, at)) + 1
            dll = body[begin : at + 4].decode("latin-1")
            break
    return f"it is the import library of {dll or 'a DLL'}, without code; look at the DLL itself"
