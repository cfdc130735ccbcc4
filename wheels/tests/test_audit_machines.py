# SPDX-License-Identifier: Apache-2.0
"""Files of other systems and processors: those that are loaded, and those that are only carried."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_macho import tiny_macho
from blas_probe.tests.tiny_pe import tiny_pe
from wheels.audit.auditing import Auditor
from wheels.tests.audit_samples import LINUX, MACOS, MODULES, WINDOWS, extension, versioned, wheel

ANY = "py3-none-any"
IOS = "cp313-cp313-ios_13_0_arm64_iphoneos"
ANDROID = "cp313-cp313-android_24_arm64_v8a"
STRANGE = "cp313-cp313-beos_1_x86"
PROGRAM, ARM_PE = 0x22, 0xAA64


@pytest.fixture(scope="module")
def auditor() -> Auditor:
    """Read the recipes once."""
    return Auditor()


def launcher(machine: int = 0x8664) -> bytes:
    """A program of Windows."""
    return tiny_pe(flags=PROGRAM, machine=machine, defined=(), dll="KERNEL32.dll", name="")


def plain_dll(**other: object) -> bytes:
    """A library of Windows that no file asks for."""
    rest = {"defined": ("f",), "dll": "KERNEL32.dll", "name": "snd.dll", **other}
    return tiny_pe(**rest)  # type: ignore[arg-type]


def sound(tag: str) -> dict[str, bytes]:
    """One good extension module."""
    return {MODULES[tag]: extension(tag)}


PHONE = {"pkg/one.so": tiny_macho(defined=("PyInit_one",), needed=("@rpath/Python",))}
DROID = {"pkg/one.so": tiny_elf(needed=("libc.so", "liblog.so"), machine=183, page=4096)}
OPENBLAS = tiny_elf(soname="libopenblas.so.0")
MANGLED = tiny_elf(soname="libopenblas-0a1b2c3d.so.0")


def using(name: str) -> bytes:
    """An extension that needs a library beside it."""
    return extension(LINUX, needed=(name,), runpath="$ORIGIN")


# Tag, files, and what is said: level and code of all that is no `path-elsewhere` or `blas`.
CASES: Mapping[str, tuple[str, dict[str, bytes], list[tuple[str, str]]]] = {
    "launchers for any system": (
        ANY, {"pkg/t64.exe": launcher()}, [("remark", "any-with-programs")],
    ),
    "a library for any system": (
        ANY, {"pkg/t64.exe": launcher(), "pkg/a.so": tiny_elf()}, [("error", "any-with-native")],
    ),
    "libraries of two systems": (
        ANY, {"pkg/a.dll": plain_dll(), "pkg/a.so": tiny_elf()}, [("warning", "any-with-native")],
    ),
    "a launcher in a wheel for Linux": (
        LINUX, {**sound(LINUX), "pkg/t64.exe": launcher()}, [("warning", "wrong-format")],
    ),
    "a library for another processor beside the right one": (
        WINDOWS,
        {**sound(WINDOWS), "pkg/snd.dll": plain_dll(), "pkg/snd2.dll": plain_dll(machine=ARM_PE)},
        [("warning", "wrong-machine")],
    ),
    "the only library is for another processor": (
        WINDOWS, {"pkg/snd.dll": plain_dll(machine=ARM_PE)}, [("error", "wrong-machine")],
    ),
    "a needed library is for another processor": (
        LINUX,
        {MODULES[LINUX]: using("libx.so"), "pkg/libx.so": tiny_elf(machine=183, soname="libx.so")},
        [("error", "wrong-machine")],
    ),
    "iOS": (IOS, PHONE, [("remark", "not-judged")]),
    "Android": (ANDROID, DROID, [("remark", "not-judged")]),
    "a system that nobody knows": (STRANGE, PHONE, [("warning", "unknown-platform")]),
    "a text that begins like a program": (ANY, {"pkg/peaks.csv": b"MZ,intensity\n1,2\n" * 9}, []),
    "a piece of glibc": (
        LINUX, {"pkg/libm.so.6": versioned("libc.so.6", "GLIBC_PRIVATE")},
        [("error", "glibc-private")],
    ),
    "a public name": (
        LINUX, {MODULES[LINUX]: using("libopenblas.so.0"), "pkg/libopenblas.so.0": OPENBLAS},
        [("warning", "public-name")],
    ),
    "a name of its own": (
        LINUX,
        {
            MODULES[LINUX]: using("libopenblas-0a1b2c3d.so.0"),
            "pkg/libopenblas-0a1b2c3d.so.0": MANGLED,
        },
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_loaded_and_what_is_carried(tmp_path: Path, auditor: Auditor, case: str) -> None:
    """An error is what breaks, a warning what may; sound wheels are quiet."""
    tag, files, wanted = CASES[case]

    found = auditor.audit(wheel(tmp_path, files, tag=tag)).findings

    told = [one for one in found if one.code not in ("path-elsewhere", "blas")]
    assert [(one.level, one.code) for one in told] == wanted


def test_a_damaged_count_of_stubs_is_no_endless_loop(tmp_path: Path, auditor: Auditor) -> None:
    """A section that claims 2**50 bytes of stubs ends at once."""
    name = b"__stubs".ljust(16, b"\0") + b"__TEXT".ljust(16, b"\0")
    section = name + struct.pack("<QQIIIIIIII", 0, 1 << 50, 0, 0, 0, 0, 8, 0, 1, 0)
    segment = b"__TEXT".ljust(16, b"\0") + struct.pack("<QQQQIIII", 0, 64, 0, 64, 7, 5, 1, 0)
    symbols = struct.pack("<18I", *([0] * 12), 64, 4, *([0] * 4))
    commands = b""
    for number, body in ((0x19, segment + section), (0xB, symbols)):
        commands += struct.pack("<II", number, len(body) + 8) + body
    data = struct.pack("<IIIIIIII", 0xFEEDFACF, 0x0100000C, 0, 6, 2, len(commands), 0, 0)
    path = wheel(tmp_path, {"pkg/a.dylib": data + commands}, tag=MACOS)

    assert auditor.audit(path).findings
