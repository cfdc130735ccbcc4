# SPDX-License-Identifier: Apache-2.0
"""What an auditor asks of a native file, whatever its format: read, never run."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from blas_probe.binary.pieces import Bytes
from blas_probe.errors import BinaryError

READERS = {
    b"\x7fELF": "elf",
    b"MZ": "pe",
    b"\xcf\xfa\xed\xfe": "macho",
    b"\xce\xfa\xed\xfe": "macho",
    b"\xfe\xed\xfa\xcf": "macho",
    b"\xfe\xed\xfa\xce": "macho",
    b"\xca\xfe\xba\xbe": "macho",
    b"\xca\xfe\xba\xbf": "macho",
}
HEAD = 4096
JAVA = (b"\xca\xfe\xba\xbe", 30)  # Java's classes begin alike, with a version of 45 or more


@dataclass(frozen=True, kw_only=True)
class Section:
    """A named piece of a file."""

    name: str
    address: int
    offset: int
    size: int
    code: bool = False

    def holds(self, address: int) -> bool:
        """Say whether the address lies in it."""
        return self.address <= address < self.address + self.size


@dataclass(frozen=True, kw_only=True)
class Loading:
    """What the system's loader looks at before any code of a library runs."""

    executable_stack: bool = False
    text_relocations: bool = False
    """It writes into its own code."""
    page: int | None = None
    """The largest page of memory, in bytes, that its segments are laid out for (ELF)."""
    misplaced: bool = False
    """A segment lies elsewhere in its page than in the file's."""
    packed: bool = False
    """Its relocations are packed (DT_RELR)."""
    static_tls: int = 0
    """Bytes of thread-local storage that have to be free beside the program's own."""
    fixed: bool = False
    """It runs at one address only (Windows)."""
    signature: str | None = None
    """What is wrong with its signature, empty when it holds, None without one (macOS)."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """One architecture of one native file."""

    format: str
    machine: str
    bits: int
    library: bool
    """False for a program."""
    managed: bool = False
    """Code of .NET, which any system may run."""
    platform: str | None = None
    soname: str | None = None
    needed: tuple[str, ...] = ()
    delayed: tuple[str, ...] = ()
    """Asked for at the first call only (Windows)."""
    weak: tuple[str, ...] = ()
    """May be absent (macOS)."""
    rpaths: tuple[str, ...] = ()
    inherited: bool = False
    """Its `rpaths` also hold for what its own libraries ask for."""
    versions: tuple[tuple[str, str], ...] = ()
    """(library, symbol version) that it asks for."""
    floor: tuple[int, ...] = ()
    """Oldest system by its own word (macOS)."""
    defined: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    asked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Library -> the names that it must have when this one is loaded (Windows).

    Under an empty name: those that any library may have (ELF: neither weak nor with a version)."""
    chooses: bool = False
    """The loader calls functions of it that choose others (IFUNC)."""
    sections: tuple[Section, ...] = ()
    slots: Mapping[int, str] = field(default_factory=dict)
    """Address of a pointer (or jump) -> the imported name that it leads to."""
    starts: Mapping[int, str] = field(default_factory=dict)
    """Address of code that runs when the file is loaded -> why."""
    pointers: Mapping[int, int] = field(default_factory=dict)
    """Address of a pointer -> where it leads to in this file, as far as relocations tell it."""
    functions: frozenset[int] = frozenset()
    """Where functions begin, by the tables for exceptions."""
    exports: Mapping[str, int] = field(default_factory=dict)
    isa: str = ""
    """Level of instructions that the linker noted as needed."""
    base: int = 0
    loading: Loading = Loading()

    def section_at(self, address: int) -> Section | None:
        """The section that an address lies in."""
        return next((one for one in self.sections if one.holds(address)), None)

    def size_of(self, names: Iterable[str]) -> int:
        """Bytes of the sections with one of these names."""
        wanted = set(names)
        return sum(one.size for one in self.sections if one.name in wanted)


@dataclass(frozen=True, kw_only=True)
class Part:
    """An architecture, and the bytes that its sections' offsets count in."""

    image: Image
    data: Bytes


def is_native(head: bytes) -> bool:
    """Does a file whose first HEAD bytes are these hold machine code?"""
    if head[:4] == JAVA[0] and len(head) >= 8 and struct.unpack(">I", head[4:8])[0] > JAVA[1]:
        return False
    if head[:2] == b"MZ":  # texts begin like that, too, and programs of DOS
        at = int.from_bytes(head[60:64], "little")
        return head[at : at + 4] == b"PE\0\0"
    return any(head.startswith(magic) for magic in READERS)


def read_parts(data: Bytes) -> list[Part]:
    """Every architecture of a file; BinaryError when it is damaged."""
    head = bytes(data[:8])
    name = next(reader for magic, reader in READERS.items() if head.startswith(magic))
    try:
        parts: list[Part] = import_module(f"wheels.audit.image.{name}").parts(data)
    except (struct.error, IndexError, OverflowError, ValueError) as error:
        msg = f"the file is damaged: {error}"
        raise BinaryError(msg) from error
    return parts
