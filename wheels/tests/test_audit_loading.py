# SPDX-License-Identifier: Apache-2.0
"""What loaders refuse is found: each fault is planted in a sound library of a few hundred bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from blas_probe.tests.tiny_macho import tiny_macho, universal
from wheels.audit.auditing import Auditor
from wheels.tests.audit_samples import LINUX, MACOS, MODULES, WINDOWS, extension, wheel

ARM = "cp312-cp312-manylinux_2_28_aarch64"
POWER = "cp312-cp312-manylinux_2_28_ppc64le"
MUSL = "cp312-cp312-musllinux_1_2_x86_64"
NEW = "cp312-cp312-manylinux_2_36_x86_64"
ONE = "pkg/one.so"
FLAGS, RELR, TEXTREL = 30, 36, 22
MUSL_LIBC = ("libc.musl-x86_64.so.1",)


@pytest.fixture(scope="module")
def auditor() -> Auditor:
    """Read the recipes once."""
    return Auditor()


def moved(data: bytes) -> bytes:
    """A further segment stands 64 bytes higher in memory than in the file."""
    at = 64 + 4 * 56
    return data[:at] + struct.pack("<IIQQQQQQ", 1, 4, 0, 64, 64, 0, 0, 0x10000) + data[at + 56 :]


def spoilt(data: bytes) -> bytes:
    """One bit of what was signed is another one."""
    return data.replace(b"_PyInit_one", b"_PyInit_onf")


def cut(data: bytes) -> bytes:
    """The signature names more hashes than it has."""
    at = data.index(struct.pack(">I", 0xFADE0C02)) + 28
    return data[:at] + struct.pack(">I", 900) + data[at + 4 :]


def short(data: bytes) -> bytes:
    """The signature ends before the file does."""
    at = data.index(struct.pack(">I", 0xFADE0C02)) + 32
    (limit,) = struct.unpack_from(">I", data, at)
    return data[:at] + struct.pack(">I", limit - 64) + data[at + 4 :]


def elf(**other: object) -> Callable[[], bytes]:
    """An extension of Linux."""
    return lambda: extension(LINUX, **other)


def mac(change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """An extension of macOS that was signed and then changed."""
    return lambda: change(extension(MACOS))


# Tag, maker of the file, what is said of it: (level, code).
FAULTS: Mapping[str, tuple[str, Callable[[], bytes], tuple[str, str] | None]] = {
    "stack": (LINUX, elf(stack=7), ("error", "executable-stack")),
    "stack, unsaid": (LINUX, elf(stack=None), ("error", "executable-stack")),
    "stack, unsaid on Arm": (ARM, elf(stack=None, machine=183), None),
    "stack, musl": (MUSL, elf(stack=7, needed=MUSL_LIBC), None),
    "pages, x86": (LINUX, elf(page=8), ("error", "page-size")),
    "pages, x86, 4 KiB": (LINUX, elf(page=4096), None),
    "pages, Arm": (ARM, elf(page=4096, machine=183), ("warning", "page-size")),
    "pages, Arm, 16 KiB": (ARM, elf(page=16384, machine=183), ("warning", "page-size")),
    "pages, Arm, 64 KiB": (ARM, elf(page=65536, machine=183), None),
    "pages, POWER": (POWER, elf(page=4096, machine=21), ("error", "page-size")),
    "misplaced": (LINUX, lambda: moved(extension(LINUX, storage=8)), ("error", "misplaced")),
    "packed": (LINUX, elf(more=((RELR, 64),)), ("error", "packed-relocations")),
    "packed, new system": (NEW, elf(more=((RELR, 64),)), None),
    "packed, musl": (
        MUSL, elf(more=((RELR, 64),), needed=MUSL_LIBC), ("remark", "packed-relocations"),
    ),
    "text": (LINUX, elf(more=((TEXTREL, 0),)), ("warning", "text-relocations")),
    "text, by flag": (LINUX, elf(more=((FLAGS, 4),)), ("warning", "text-relocations")),
    "storage": (LINUX, elf(storage=600, more=((FLAGS, 16),)), ("warning", "static-tls")),
    "storage, too large": (LINUX, elf(storage=4096, more=((FLAGS, 16),)), ("error", "static-tls")),
    "storage, dynamic": (LINUX, elf(storage=4096), None),
    "storage, small": (LINUX, elf(storage=120, more=((FLAGS, 16),)), None),
    "fixed": (WINDOWS, lambda: extension(WINDOWS, flags=0x2023), ("error", "fixed-address")),
    "unsigned": (MACOS, lambda: extension(MACOS, signed=False), ("error", "unsigned")),
    "changed": (MACOS, mac(spoilt), ("error", "signature")),
    "signature cut off": (MACOS, mac(cut), ("error", "signature")),
    "signature too short": (MACOS, mac(short), ("error", "signature")),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_what_loaders_refuse(tmp_path: Path, auditor: Auditor, case: str) -> None:
    """The fault alone is told, with a cure; its harmless neighbours are quiet."""
    tag, make, wanted = FAULTS[case]
    name = MODULES.get(tag, ONE)
    audit = auditor.audit(wheel(tmp_path, {name: make()}, tag=tag))

    found = [one for one in audit.findings if one.code != "path-elsewhere"]

    assert [(one.level, one.code) for one in found] == ([wanted] if wanted else [])
    assert all(one.cure for one in found)


def test_on_intel_an_unsigned_part_is_fine_and_a_changed_one_a_warning(
    tmp_path: Path, auditor: Auditor
) -> None:
    """Each architecture of a universal file is judged by itself."""
    name, arm = "@loader_path/one.so", extension(MACOS)
    tag = "cp312-cp312-macosx_14_0_universal2"

    def told(signed: bool, change: Callable[[bytes], bytes]) -> list[tuple[str, str]]:
        intel = tiny_macho(
            defined=("PyInit_one",), imported=(), name=name, machine="x86_64", signed=signed
        )
        data = universal([("aarch64", arm), ("x86_64", change(intel))])
        audit = auditor.audit(wheel(tmp_path, {MODULES[MACOS]: data}, tag=tag))
        found = [(one.level, one.code) for one in audit.findings]
        return [one for one in found if one[1] != "path-elsewhere"]

    assert [] == told(False, bytes)
    assert [("warning", "signature")] == told(True, spoilt)
