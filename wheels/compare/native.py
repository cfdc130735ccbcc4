# SPDX-License-Identifier: Apache-2.0
"""What a native file of a wheel says about itself, whatever its format."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from blas_probe.binary import READERS, parse
from blas_probe.binary.macho import open_slice
from blas_probe.errors import BinaryError
from wheels.audit import code, image
from wheels.audit.image import Loading, Part, read_parts
from wheels.audit.rows import Rows, load_audit_rows
from wheels.folders import CHECKOUT

FEWEST = 3
"""Fewer instructions of an extension may be data."""
HASH = re.compile(r"-[0-9a-f]{6,64}(?=[.-])")
SEGMENT, SECTIONS_AT, SECTION = 0x19, 72, 80
"""The load command of a 64-bit segment, where its sections begin, and the length of one."""
PE_SECTION = 40


@dataclass(frozen=True, kw_only=True)
class Native:
    """One native file."""

    format: str
    machine: str
    floor: str
    """Oldest system that it runs on, as far as it says so."""
    soname: str
    needed: tuple[str, ...]
    rpaths: tuple[str, ...]
    versions: tuple[str, ...]
    """Versions of symbols that it asks others for, for example GLIBC_2.27."""
    exported: frozenset[str]
    imported: frozenset[str]
    sections: Mapping[str, int]
    """Bytes by section."""
    library: bool = False
    """False for a program and for what is damaged."""
    loading: tuple[str, ...] = ()
    """What the loader looks at before any code runs: executable stack, pages, relocations."""
    problem: str = ""
    """Why it cannot be read; empty when it can."""


UNREADABLE = Native(
    format="", machine="", floor="", soname="", needed=(), rpaths=(), versions=(),
    exported=frozenset(), imported=frozenset(), sections={},
)  # fmt: skip


def is_native(data: bytes) -> bool:
    """Say whether a file is a library, a program or an archive of one of the known formats."""
    return any(data.startswith(magic) for magic, _ in READERS)


def plain(name: str) -> str:
    """A file name without the hash that grafting puts into it."""
    return HASH.sub("", name)


def read_native(data: bytes) -> Native:
    """Read a native file; one that is damaged is described by its problem alone."""
    images = [part.image for part in _parts(data)]
    return replace(
        _parsed(data),
        library=bool(images) and all(one.library for one in images),
        loading=tuple(sorted({text for one in images for text in _loading(one.loading)})),
    )


def _parts(data: bytes) -> list[Part]:
    """Every architecture; none of an archive or of a damaged file."""
    try:
        return read_parts(data) if image.is_native(data) else []
    except BinaryError:
        return []


def _parsed(data: bytes) -> Native:
    try:
        binary = parse(data)
        sections = dict(SECTIONS.get(binary.format, _none)(data))
        versions = tuple(sorted(_versions(data))) if binary.format == "elf" else ()
    except (BinaryError, ELFError, struct.error, ValueError, KeyError) as error:
        return Native(**{**vars(UNREADABLE), "problem": str(error)})
    return Native(
        format=binary.format,
        machine=", ".join(binary.machines),
        floor=binary.floor or "",
        soname=plain(binary.soname or ""),
        needed=tuple(sorted(plain(name) for name in binary.needed)),
        rpaths=binary.rpaths,
        versions=versions,
        exported=binary.defined,
        imported=binary.imported,
        sections=sections,
    )


def extensions(data: bytes) -> frozenset[str]:
    """Instructions beyond the architecture's first version; all code is decoded."""
    used = [code.look(part, _rows()) for part in _parts(data)]
    return frozenset(
        name for one in used if one for name, count in one.counts.items() if count >= FEWEST
    )


@cache
def _rows() -> Rows:
    return load_audit_rows(CHECKOUT / "recipes")


def _loading(one: Loading) -> Iterator[str]:
    """Whatever is not as in the plainest file; a signature covers contents that differ anyway."""
    for name, value in asdict(one).items():
        if value and name != "signature":
            yield name.replace("_", " ") + (f" {value}" if value is not True else "")


def _versions(data: bytes) -> set[str]:
    return {
        str(entry.name)
        for section in ELFFile(io.BytesIO(data)).iter_sections()
        if isinstance(section, GNUVerNeedSection)
        for _, entries in section.iter_versions()
        for entry in entries
    }


def _none(data: bytes) -> Iterator[tuple[str, int]]:
    del data
    return iter(())


def _elf(data: bytes) -> Iterator[tuple[str, int]]:
    for section in ELFFile(io.BytesIO(data)).iter_sections():
        if section.name:
            yield str(section.name), int(section["sh_size"])


def _pe(data: bytes) -> Iterator[tuple[str, int]]:
    (start,) = struct.unpack_from("<I", data, 0x3C)
    count, extra = struct.unpack_from("<H12xH", data, start + 6)
    for index in range(count):
        at = start + 24 + extra + PE_SECTION * index
        name, size = struct.unpack_from("<8sI", data, at)
        yield name.rstrip(b"\0").decode("latin-1"), size


def _macho(data: bytes) -> Iterator[tuple[str, int]]:
    """The sections of a file of one architecture; a universal one tells none."""
    if data[:4] in (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"):
        return
    one = open_slice(data)
    for command, body in one.commands:
        if command != SEGMENT:
            continue
        (count,) = struct.unpack_from(one.order + "I", body, SECTIONS_AT - 8)
        for index in range(count):
            at = SECTIONS_AT + SECTION * index
            name, segment, _, size = struct.unpack_from(f"{one.order}16s16sQQ", body, at)
            yield f"{_text(segment)},{_text(name)}", size


def _text(field: bytes) -> str:
    return field.rstrip(b"\0").decode("latin-1")


SECTIONS: Mapping[str, Callable[[bytes], Iterator[tuple[str, int]]]] = {
    "elf": _elf,
    "pe": _pe,
    "mach-o": _macho,
}
