# SPDX-License-Identifier: Apache-2.0
"""Libraries and archives whose fields lie, behind the right first bytes."""

from __future__ import annotations

import random
import struct

from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_macho import tiny_macho, universal
from blas_probe.tests.tiny_pe import tiny_pe

Random = random.Random
NAMES = ("dgemm_", "isamax_", "dscal_", "cblas_dgemm")
HUGE = (0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1, (1 << 64) - 1)


def words(rng: Random, data: bytes, *, end: int = 2000) -> bytes:
    """A few fields hold lies: huge counts, places outside, or the values of other fields."""
    made = bytearray(data)
    order = rng.choice(("<", "<", ">"))
    for _ in range(rng.randint(1, 6)):
        form = order + rng.choice("HIIQ")
        size = struct.calcsize(form)
        at, other = (rng.randrange(max(1, min(end, len(made)) - size)) for _ in range(2))
        at, other = (one - one % 2 for one in (at, other))
        value = rng.choice((
            0, 1, at, len(made), len(made) - 1, rng.randrange(len(made)), rng.choice(HUGE),
            struct.unpack_from(form, made, other)[0],
        ))  # fmt: skip
        struct.pack_into(form, made, at, value & ((1 << 8 * size) - 1))
    return bytes(made)


def tail(rng: Random) -> bytes:
    """What a lying field may lead into: text without end, ones, zeros."""
    return rng.choice((b"", b"A", b"\1\0", b"\0", b"\0\1\0\0")) * rng.choice((8, 4000, 200_000))


def elf(rng: Random) -> bytes:
    """ELF whose tables lie outside, in each other, or have huge counts."""
    names = NAMES if rng.random() < 0.7 else tuple(f"f{n}_" for n in range(500))
    data = tiny_elf(
        defined=names, needed=("libc.so.6", "libbad.so"), soname="libbad.so",
        gnu_hash=rng.random() < 0.5, runpath="$ORIGIN", machine=rng.choice((62, 62, 183, 22)),
    )  # fmt: skip
    made = bytearray(data + tail(rng))
    size = len(made)
    for index in range(3):  # what is added belongs to the segments
        if rng.random() < 0.6:
            struct.pack_into("<QQ", made, 64 + 56 * index + 32, size, size)
    tags = (4, 5, 6, 10, 0x6FFFFEF5, 0x6FFFFFFE, 0x6FFFFFFF, 0x70000011, 0x6FFFFFFB, 1, 14)
    start = struct.unpack_from("<Q", data, 64 + 56 + 8)[0]
    rows = (len(data) - start) // 16
    for _ in range(rng.randint(0, 4)):
        at = start + 16 * rng.randrange(rows)
        value = rng.choice((0, 64, start, len(data), size, size - 8, rng.choice(HUGE)))
        struct.pack_into("<QQ", made, at, rng.choice(tags), value)
    if rng.random() < 0.1:
        struct.pack_into("<H", made, 56, 0xFFFF)
    return words(rng, bytes(made)) if rng.random() < 0.6 else bytes(made)


def overlapping_names(rng: Random) -> bytes:
    """Many symbols, each the name of the next with one letter more: gigabytes of names."""
    count = rng.choice((1000, 100_000))
    data = tiny_elf(defined=(), imported=())
    base, text = len(data), b"x" * 65_000 + b"\0"
    table = b"".join(
        struct.pack("<IBBHQQ", n % 60_000 + 1, 0x12, 0, 7, 64, 1) for n in range(count)
    )
    hashes = struct.pack("<II", 1, count)
    made = bytearray(data + text + bytes(-len(text) % 8) + table + hashes)
    at = base + len(text) + -len(text) % 8
    places = {5: base, 10: len(text), 6: at, 4: at + len(table)}
    for index in range(2):
        if index == 0:
            struct.pack_into("<QQ", made, 64 + 32, len(made), len(made))
    start = struct.unpack_from("<Q", data, 64 + 56 + 8)[0]
    for row in range(start, len(data), 16):
        (tag,) = struct.unpack_from("<Q", made, row)
        if tag in places:
            struct.pack_into("<QQ", made, row, tag, places[tag])
        elif tag in (1, 14):
            struct.pack_into("<QQ", made, row, 0x6FFFFFF0, 0)
    return bytes(made)


def versions(rng: Random) -> bytes:
    """Needed versions that lead to each other, counted as many."""
    data = tiny_elf(defined=NAMES)
    place = len(data)
    made = bytearray(data + struct.pack("<HHIII", 1, 0xFFFF, 0, 16, 1) * 5000)
    made += struct.pack("<IHHII", 0, 0, 0, 1, rng.choice((0, 1, 4, 16))) * 20_000
    struct.pack_into("<QQ", made, 64 + 32, len(made), len(made))
    start = struct.unpack_from("<Q", data, 64 + 56 + 8)[0]
    struct.pack_into("<QQQQ", made, start, 0x6FFFFFFE, place, 0x6FFFFFFF, 1 << 31)
    return bytes(made)


def macho(rng: Random) -> bytes:
    """Load commands that lie, doubled ones, trees with circles, parts that overlap."""
    machines = ("aarch64", "x86_64", "ppc")
    one = tiny_macho(defined=NAMES, machine=rng.choice(machines), trie=rng.random() < 0.5)
    inner = words(rng, one + tail(rng), end=len(one))
    if rng.random() < 0.5:
        return inner
    parts = [(rng.choice(machines), inner) for _ in range(rng.randint(1, 5))]
    return words(rng, universal(parts, wide=rng.random() < 0.5), end=100)


def circle(rng: Random) -> bytes:
    """A tree of names whose nodes are each other's children."""
    edges = rng.choice((2, 200))
    edge = rng.choice((b"", b"a", b"a" * 300)) + b"\0\0"
    plain = tiny_macho(defined=("x",), trie=True)
    body = bytes([0, edges]) + edge * edges
    at = plain.rfind(struct.pack("<II", 0x80000033, 16))
    made = bytearray(plain + body)
    struct.pack_into("<II", made, at + 8, len(plain), len(body))
    return bytes(made)


def many_tables(rng: Random) -> bytes:
    """Thousands of load commands, each the same table of symbols."""
    count, code = rng.randint(2, 9000), rng.choice((0x2, 0x80000033, 0x1B))
    at = 32 + 24 * count
    table = (struct.pack("<IBBHQ", 1, 0x0F, 1, 0, 16)) * 3000 + b"\0_dgemm_\0"
    command = struct.pack("<IIIIII", code, 24, at, 3000, at + 48_000, 9)
    head = struct.pack("<8I", 0xFEEDFACF, 0x0100000C, 0, 6, count, 24 * count, 0, 0)
    return head + command * count + table


def pe(rng: Random) -> bytes:
    """Addresses outside, huge tables of exports, imports without end."""
    one = tiny_pe(defined=NAMES, version=(1, 2, 3, 4), machine=rng.choice((0x8664, 0x14C)))
    made = bytearray(one + tail(rng))
    if rng.random() < 0.5:  # the only section is as long as the file
        place = made.find(b".all")
        struct.pack_into("<IIII", made, place + 8, *(len(made) - 0x200, 0x1000) * 2)
        struct.pack_into("<I", made, place + 20, 0x200)
    return words(rng, bytes(made), end=len(one))


def archive(rng: Random) -> bytes:
    """Members with lying sizes, long names, tables and objects of each format."""
    made = b"!<arch>\n"
    for _ in range(rng.randint(1, 6)):
        body = rng.choice((elf(rng), macho(rng), pe(rng), b"\0\0\xff\xff" + bytes(20), tail(rng)))
        if body[:4] == b"\x7fELF":
            body = body[:16] + b"\1\0" + body[18:]
        size = rng.choice((len(body),) * 4 + (0, len(body) + 1, 9_999_999_999))
        name = rng.choice((b"x.o/", b"/", b"//", b"/SYM64/", b"#1/20", b"#1/99999999", b"/7"))
        made += name.ljust(48) + str(size).encode().ljust(10) + b"`\n" + body + b"\n" * (size % 2)
    return made
