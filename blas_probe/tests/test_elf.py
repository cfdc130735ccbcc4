# SPDX-License-Identifier: Apache-2.0
"""The ELF reader: right on whole files, in plain words on damaged ones, never a crash."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from blas_probe.binary import Binary, parse, read
from blas_probe.errors import BinaryError
from blas_probe.tests.tiny_elf import BUILD_ID, tiny_elf


@pytest.mark.parametrize("gnu_hash", [False, True], ids=["hash", "gnu_hash"])
def test_a_whole_library_is_read(gnu_hash: bool) -> None:
    """Machine, names, build-id and both kinds of symbol come out."""
    elf = parse(tiny_elf(gnu_hash=gnu_hash))

    assert elf == Binary(
        format="elf",
        platform="linux-glibc",
        machine="x86_64",
        machines=("x86_64",),
        bits=64,
        little=True,
        soname="libtiny.so.1",
        needed=("libc.so.6",),
        rpaths=(),
        build_id=BUILD_ID.hex(),
        floor=None,
        version=None,
        defined=frozenset({"dgemm_", "isamax_", "dscal_"}),
        imported=frozenset({"malloc"}),
    )


def test_a_foreign_machine_is_named() -> None:
    """The reader does not refuse it: the record says what it is."""
    assert parse(tiny_elf(machine=183)).machine == "aarch64"
    assert parse(tiny_elf(machine=999)).machine == "machine-999"


FOREIGN = [
    ("empty", b"", "the file is empty"),
    ("zeros", bytes(5000), "only zeros"),
    ("archive", b"!<arch>\nlibblas.a/", "a static archive"),
    ("windows", b"MZ\x90\0\x03", "cut off: 5 bytes"),
    ("macos", b"\xcf\xfa\xed\xfe\x07\0\0\x01", "cut off"),
    (
        "script",
        b"/* GNU ld script */\nINPUT(-lx)\n",
        "a linker script, not a library: INPUT",
    ),
    ("text", b"hello\n", "a text file"),
    ("bytes", b"\x01\0\x02\xff\xfe", "no library of any known format"),
    ("magic", b"\x7fELF", "cut off: 4 bytes"),
    ("object", b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x01\0" + bytes(46), "a relocatable object"),
]


@pytest.mark.parametrize(("data", "reason"), [r[1:] for r in FOREIGN], ids=[r[0] for r in FOREIGN])
def test_what_is_no_library_is_called_by_its_name(tmp_path: Path, data: bytes, reason: str) -> None:
    """Each kind of foreign file has a reason of its own."""
    path = tmp_path / "libblas.so.3"
    path.write_bytes(data)

    with pytest.raises(BinaryError, match=reason):
        read(path)


def read_damaged(data: bytes) -> bool:
    """True when the bytes are still read; False when refused; anything else is a fault."""
    try:
        parse(data)
    except BinaryError:
        return False
    return True


def test_every_truncation_is_refused() -> None:
    """A file cut at any byte is never taken for a whole one."""
    whole = tiny_elf()

    assert [n for n in range(len(whole)) if read_damaged(whole[:n])] == []


def test_flipped_bits_are_read_or_refused() -> None:
    """Two thousand damaged copies end in an answer or an BinaryError."""
    rng = random.Random(1)
    whole = tiny_elf(gnu_hash=True)

    for _ in range(2000):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            data[rng.randrange(len(data))] = rng.choice([0, 255, rng.randrange(256)])
        read_damaged(bytes(data))


def test_random_bytes_behind_the_magic_are_refused() -> None:
    """Nothing sensible can come out of noise."""
    rng = random.Random(2)

    for size in range(64, 464):
        assert not read_damaged(b"\x7fELF\x02\x01" + rng.randbytes(size))


def test_a_real_library_and_its_damaged_copies() -> None:
    """The C library is read whole; its truncations are refused."""
    path = next(iter(sorted(Path("/lib").glob("*/libm.so.6"))), None)
    if path is None:
        pytest.skip("no /lib/<triplet>/libm.so.6 here")
    data = path.read_bytes()

    assert "cos" in parse(data).defined
    assert not any(read_damaged(data[:size]) for size in range(0, len(data), len(data) // 50))


RPATHS = [
    ("none", "", "", (), False),
    ("old", "$ORIGIN/../a:/b", "", ("$ORIGIN/../a", "/b"), True),
    ("new", "", "$ORIGIN", ("$ORIGIN",), False),
    ("both", "/old", "/new", ("/new",), False),
]


@pytest.mark.parametrize(
    ("rpath", "runpath", "folders", "inherited"),
    [r[1:] for r in RPATHS],
    ids=[r[0] for r in RPATHS],
)
def test_search_folders_are_read_as_the_loader_takes_them(
    rpath: str, runpath: str, folders: tuple[str, ...], inherited: bool
) -> None:
    """New-style folders put old-style ones out of force; only old-style ones are inherited."""
    elf = parse(tiny_elf(rpath=rpath, runpath=runpath))

    assert (elf.rpaths, elf.rpaths_inherited) == (folders, inherited)
