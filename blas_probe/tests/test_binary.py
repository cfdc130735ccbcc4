# SPDX-License-Identifier: Apache-2.0
"""Libraries of macOS and Windows, and static archives: read whole, refused when damaged."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest

from blas_probe.binary import Host, cannot_run, parse
from blas_probe.errors import BinaryError
from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_macho import UUID, tiny_macho, universal
from blas_probe.tests.tiny_pe import tiny_pe

NAMES = frozenset({"dgemm_", "isamax_", "dscal_"})
MALLOC = frozenset({"malloc"})


def member(name: str, body: bytes) -> bytes:
    """One member of a static archive."""
    head = f"{name:<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(body):<10}`\n".encode()
    return head + body + b"\n" * (len(body) % 2)


def elf_object(defined: tuple[str, ...], imported: tuple[str, ...], machine: int = 62) -> bytes:
    """A relocatable object: header, code, names, symbols, section headers."""
    strings, rows = b"\0", bytes(24)
    for group, section in ((imported, 0), (defined, 1)):
        for name in group:
            rows += struct.pack("<IBBHQQ", len(strings), 0x12, 0, section, 0, 0)
            strings += name.encode() + b"\0"
    code = b"\xc3" * 16
    places = [64, 64 + len(code), 64 + len(code) + len(strings)]
    table = places[2] + len(rows)
    sections = [(0,) * 10, (0, 1, 0, 0, places[0], len(code), 0, 0, 1, 0),
                (0, 3, 0, 0, places[1], len(strings), 0, 0, 1, 0),
                (0, 2, 0, 0, places[2], len(rows), 2, 1, 8, 24)]  # fmt: skip
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 1, machine, 1, 0, 0, table, 0, 64, 0, 0, 64, 4, 2)
    return head + code + strings + rows + b"".join(struct.pack("<IIQQQQIIQQ", *r) for r in sections)


def archive(*members: bytes) -> bytes:
    """A static archive."""
    return b"!<arch>\n" + b"".join(members)


PLAIN_ARCHIVE = archive(
    member("/", bytes(4)),
    member("a.o/", elf_object(("dgemm_", "isamax_"), ("xerbla_",))),
    member("b.o/", elf_object(("dscal_", "xerbla_"), ("malloc",))),
)


def test_a_macos_library_is_read() -> None:
    """Names lose the underscore that C puts before them; the system and its oldest version show."""
    binary = parse(tiny_macho())

    assert (binary.format, binary.platform, binary.machine) == ("mach-o", "macos", "aarch64")
    assert (binary.defined, binary.imported) == (NAMES, MALLOC)
    assert binary.soname == "@rpath/libtiny.dylib"
    assert binary.needed == ("/usr/lib/libSystem.B.dylib",)
    assert binary.rpaths == ("@loader_path/../lib",)
    assert (binary.build_id, binary.floor) == (UUID.hex(), "macos 13.3")
    assert binary.version == "1.2.3"


def test_a_stripped_macos_library_is_read_by_its_tree_of_exports() -> None:
    """New linkers keep the names of exports there, when the symbol table has none."""
    assert parse(tiny_macho(trie=True)).defined == NAMES


@pytest.mark.parametrize("machine", ["i386", "ppc"])
def test_an_old_macos_library_is_read(machine: str) -> None:
    """32 bits, in both byte orders, with the old command for the oldest system."""
    binary = parse(tiny_macho(machine=machine, oldest=0xA0400))

    assert (binary.machine, binary.bits, binary.little) == (machine, 32, machine == "i386")
    assert (binary.defined, binary.floor) == (NAMES, "macos 10.4")


@pytest.mark.parametrize("wide", [False, True], ids=["32 bit offsets", "64 bit offsets"])
def test_a_universal_file_shows_all_machines_and_the_one_wanted(wide: bool) -> None:
    """The part for this machine is read, and the first one when there is none."""
    parts = [("x86_64", tiny_macho(machine="x86_64")), ("aarch64", tiny_macho(defined=("other_",)))]
    data = universal(parts, wide=wide)

    assert parse(data).machines == ("x86_64", "aarch64")
    assert parse(data).defined == NAMES
    assert parse(data, prefer="aarch64").defined == {"other_"}


def test_a_windows_library_is_read() -> None:
    """Exports, imports with a name, the DLL's own name and its version."""
    binary = parse(tiny_pe(version=(2026, 2, 0, 1)))

    assert (binary.format, binary.platform, binary.machine) == ("pe", "windows", "x86_64")
    assert (binary.defined, binary.imported) == (NAMES, MALLOC)
    assert (binary.soname, binary.needed) == ("tiny.dll", ("msvcrt.dll",))
    assert (binary.version, binary.floor) == ("2026.2.0.1", "windows 6.1")


@pytest.mark.parametrize(("number", "machine"), [(0x14C, "i386"), (0xAA64, "aarch64")])
def test_other_windows_machines_are_read(number: int, machine: str) -> None:
    """32 bits and Arm."""
    binary = parse(tiny_pe(machine=number))

    assert (binary.machine, binary.defined, binary.imported) == (machine, NAMES, MALLOC)


def test_a_static_archive_is_the_sum_of_its_objects() -> None:
    """What one object asks for and another defines is no import."""
    binary = parse(PLAIN_ARCHIVE)

    assert (binary.format, binary.machine) == ("archive", "x86_64")
    assert binary.defined == {*NAMES, "xerbla_"}
    assert binary.imported == {"malloc"}


def test_a_universal_archive_is_read() -> None:
    """macOS puts archives of several machines into one file."""
    inner = archive(member("#1/8", b"a.o\0\0\0\0\0" + tiny_macho(kind=1)))

    binary = parse(universal([("aarch64", inner)]))

    assert (binary.format, binary.machines, binary.defined) == ("archive", ("aarch64",), NAMES)


REFUSED: list[tuple[str, bytes, str]] = [
    ("object", tiny_macho(kind=1), "a relocatable object"),
    ("program", tiny_macho(kind=2), "an executable"),
    ("java", b"\xca\xfe\xba\xbe\0\0\0\x41" + bytes(64), "a Java class"),
    ("exe", tiny_pe(flags=0x22), "a Windows program"),
    ("dos", b"MZ" + bytes(200), "a DOS program"),
    ("tbd", b"--- !tapi-tbd\ntbd-version: 4\n", "a text stub"),
    ("lfs", b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
    ("thin archive", b"!<thin>\n" + member("a.o/", b""), "a thin archive"),
    ("no objects", archive(member("a.txt/", b"hello")), "a member is no object file"),
    ("empty archive", archive(), "without objects"),
    ("bitcode", archive(member("a.o/", b"BC\xc0\xde" + bytes(40))), "link-time optimisation"),
    ("import library", archive(member("x.dll/", b"\0\0\xff\xff" + bytes(16) + b"dgemm_\0x.dll\0")),
     "the import library of x.dll"),
    ("program in the same form as a library", tiny_elf()[:4] + b"\x02\x01" + bytes(58), "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "reason"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_no_library_is_called_by_its_name(data: bytes, reason: str) -> None:
    """Each kind has a reason of its own."""
    with pytest.raises(BinaryError, match=reason):
        parse(data)


WHOLE: dict[str, Callable[[], bytes]] = {
    "macho": tiny_macho,
    "trie": lambda: tiny_macho(trie=True),
    "universal": lambda: universal([("aarch64", tiny_macho())]),
    "pe": lambda: tiny_pe(version=(1, 2, 3, 4)),
    "archive": lambda: PLAIN_ARCHIVE,
}


def read_damaged(data: bytes) -> bool:
    """True when the bytes are still read; False when refused; anything else is a fault."""
    try:
        parse(data)
    except BinaryError:
        return False
    return True


@pytest.mark.parametrize("kind", [kind for kind in WHOLE if kind != "archive"])
def test_every_truncation_is_refused(kind: str) -> None:
    """A file cut anywhere is never taken for a whole one; padding at the end may be missing."""
    whole = WHOLE[kind]()

    assert [n for n in range(0, len(whole) - 8, 3) if read_damaged(whole[:n])] == []


@pytest.mark.parametrize("kind", list(WHOLE))
def test_flipped_bits_are_read_or_refused(kind: str) -> None:
    """Damaged copies end in an answer or a BinaryError."""
    rng = random.Random(kind)
    whole = WHOLE[kind]()

    for _ in range(200):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(len(data))] = rng.choice([0, 255, rng.randrange(256)])
        read_damaged(bytes(data))


@pytest.mark.parametrize(
    ("data", "host", "runs"),
    [
        (tiny_elf(), Host("linux-glibc", "x86_64"), True),
        (tiny_elf(machine=183), Host("linux-glibc", "x86_64"), False),
        (tiny_elf(needed=("libc.musl-x86_64.so.1",)), Host("linux-glibc", "x86_64"), False),
        (tiny_macho(), Host("macos", "aarch64"), True),
        (tiny_macho(), Host("linux-glibc", "aarch64"), False),
        (tiny_pe(), Host("windows", "x86_64"), True),
        (PLAIN_ARCHIVE, Host("linux-musl", "x86_64"), True),
    ],
)
def test_what_cannot_run_here_says_for_what_it_was_made(
    data: bytes, host: Host, runs: bool
) -> None:
    """Machine and system must both be those of this interpreter."""
    reason = cannot_run(parse(data), host)

    assert (reason is None) == runs
    assert runs or "it cannot run here" in str(reason)


@pytest.mark.parametrize("wide", [False, True], ids=["as LLD writes it", "as its ABI says"])
def test_a_hash_table_of_words_of_either_width_counts_the_symbols(wide: bool) -> None:
    """On IBM Z and Alpha they are of 64 bits, and some linkers write 32."""
    data = tiny_elf(machine=0x9026, wide_hash=wide)

    assert {"dgemm_", "isamax_", "dscal_"} == parse(data).defined
