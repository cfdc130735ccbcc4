# SPDX-License-Identifier: Apache-2.0
"""Wheels of a few kilobytes, made by hand, to be audited and spoilt."""

from __future__ import annotations

import base64
import hashlib
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from blas_probe.tests.tiny_elf import BUILD_ID, tiny_elf
from blas_probe.tests.tiny_macho import tiny_macho
from blas_probe.tests.tiny_pe import tiny_pe

LINUX = "cp312-cp312-manylinux_2_28_x86_64"
MACOS = "cp312-cp312-macosx_14_0_arm64"
WINDOWS = "cp312-cp312-win_amd64"
MODULES = {
    LINUX: "pkg/one.cpython-312-x86_64-linux-gnu.so",
    MACOS: "pkg/one.cpython-312-darwin.so",
    WINDOWS: "pkg/one.cp312-win_amd64.pyd",
}
DYNAMIC = 64 + 56  # the second program header
RET = b"\xc3"
AVX = b"\xc5\xfd\xef\xc0"  # vpxor ymm0, ymm0, ymm0
CPUID = b"\x0f\xa2"


def extension(tag: str = LINUX, **other: object) -> bytes:
    """An extension module for a tag."""
    made = {LINUX: _elf, MACOS: _macho, WINDOWS: _pe}[tag]
    return made(**other)


def _elf(**other: object) -> bytes:
    rest = {"defined": ("PyInit_one",), "imported": (), "soname": "one.so", **other}
    return tiny_elf(**rest)  # type: ignore[arg-type]


def _macho(**other: object) -> bytes:
    rest = {"defined": ("PyInit_one",), "imported": (), "name": "@loader_path/one.so"}
    return tiny_macho(**{**rest, "signed": True, **other})  # type: ignore[arg-type]


def _pe(**other: object) -> bytes:
    rest = {"defined": ("PyInit_one",), "dll": "KERNEL32.dll", "name": "one.pyd", **other}
    return tiny_pe(**rest)  # type: ignore[arg-type]


def wheel(
    folder: Path,
    files: Mapping[str, bytes],
    *,
    tag: str = LINUX,
    requires: Sequence[str] = (),
    told: str = "",
    record: Mapping[str, str] | None = None,
    name: str = "pkg-1.0",
) -> Path:
    """Write a wheel; `told` is the tag in WHEEL, `record` replaces lines of RECORD."""
    info = "pkg-1.0.dist-info"
    python, abi, platforms = (told or tag).split("-")
    tags = "".join(f"Tag: {python}-{abi}-{one}\n" for one in platforms.split("."))
    lines = "".join(f"Requires-Dist: {one}\n" for one in requires)
    members = {
        "pkg/__init__.py": b"",
        **files,
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\n{tags}".encode(),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\n{lines}"
        "Requires-Python: >=3.9\n".encode(),
    }
    rows = {path: line(path, data) for path, data in members.items()}
    rows |= {f"{info}/RECORD": f"{info}/RECORD,,", **(record or {})}
    text = "".join(f"{row}\n" for row in rows.values() if row)
    path = folder / f"{name}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in {**members, f"{info}/RECORD": text.encode()}.items():
            archive.writestr(member, data)
    return path


def line(path: str, data: bytes) -> str:
    """A line of RECORD."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(data)}"


def coded(
    code: bytes,
    *,
    start: int | None = None,
    extra: Sequence[tuple[str, bytes]] = (),
    machine: int = 62,
) -> bytes:
    """An ELF extension with sections: `code` is run at load from its offset `start`.

    What `tiny_elf` writes is kept; code, tables and section headers are put behind it.
    """
    data = bytearray(_elf(machine=machine))
    base = len(data) + -len(data) % 16
    data = data.ljust(base, b"\0")
    sections = [(".text", base, code, 4 | 2)]
    data += code + bytes(-len(code) % 8)
    for name, body in extra:
        sections.append((name, len(data), body, 0))
        data += body + bytes(-len(body) % 8)
    if start is not None:
        at = len(data)
        data += struct.pack("<Q", base + start)
        _extend_dynamic(data, [(25, at), (27, 8)])
    _widen(data)
    names = b"\0" + b"".join(name.encode() + b"\0" for name, *_ in sections) + b".shstrtab\0"
    strings = len(data)
    data += names + bytes(-len(names) % 8)
    offset = len(data)
    rows = [(0,) * 10]
    for name, place, body, flags in sections:
        index = names.index(b"\0" + name.encode() + b"\0") + 1
        rows.append((index, 1, flags, place, place, len(body), 0, 0, 1, 0))
    rows.append((names.index(b".shstrtab"), 3, 0, 0, strings, len(names), 0, 0, 1, 0))
    for row in rows:
        data += struct.pack("<IIQQQQIIQQ", *row)
    struct.pack_into("<Q", data, 40, offset)
    struct.pack_into("<HHH", data, 58, 64, len(rows), len(rows) - 1)
    return bytes(data)


def _extend_dynamic(data: bytearray, tags: Sequence[tuple[int, int]]) -> None:
    """Write the dynamic table again at the end, with more tags in it."""
    old, place = bytes(data[_dynamic(data)])[:-16], len(data)
    table = old + b"".join(struct.pack("<QQ", *tag) for tag in tags) + bytes(16)
    data += table
    struct.pack_into("<QQQ", data, DYNAMIC + 8, place, place, place)
    struct.pack_into("<QQ", data, DYNAMIC + 32, len(table), len(table))


def _dynamic(data: bytearray) -> slice:
    """Where the dynamic table stands."""
    offset, size = (struct.unpack_from("<Q", data, DYNAMIC + at)[0] for at in (8, 32))
    return slice(offset, offset + size)


def _widen(data: bytearray) -> None:
    """The loaded segment spans everything that was added."""
    struct.pack_into("<QQ", data, 64 + 32, len(data), len(data))


def versioned(library: str, version: str) -> bytes:
    """An extension that asks for a symbol version of a library."""
    data = bytearray(_elf(needed=(library,), imported=(version,)))
    tags = dict(struct.iter_unpack("<QQ", data[_dynamic(data)]))
    place = {
        name: data.index(b"\0" + name.encode() + b"\0") + 1 - tags[5] for name in (library, version)
    }
    at = len(data)
    data += struct.pack("<HHIII", 1, 1, place[library], 16, 0)
    data += struct.pack("<IHHII", 0, 0, 2, place[version], 0)
    _extend_dynamic(data, [(0x6FFFFFFE, at), (0x6FFFFFFF, 1)])
    _widen(data)
    return bytes(data)


def noted(level: int) -> bytes:
    """An extension whose linker noted the level of instructions that it needs."""
    old = struct.pack("<III", 4, len(BUILD_ID), 3) + b"GNU\0" + BUILD_ID
    told = struct.pack("<IIII", 0xC0008002, 4, 1 << (level - 1), 0)
    new = struct.pack("<III", 4, len(told), 5) + b"GNU\0" + told
    return _elf().replace(old, new.ljust(len(old), b"\0"))
