# SPDX-License-Identifier: Apache-2.0
"""Can Python load it: names of files, functions that modules export, names that nobody defines."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_pe import tiny_pe
from wheels.audit.auditing import Auditor
from wheels.tests.audit_samples import LINUX, MACOS, MODULES, WINDOWS, extension, wheel

NONE = "py3-none-manylinux_2_28_x86_64"
ABI3 = "cp39-abi3-manylinux_2_28_x86_64"
ABI3T = "cp315-abi3t-manylinux_2_28_x86_64"
PYPY = "pp311-pypy311_pp73-manylinux_2_28_x86_64"
MAC_ABI3 = "cp39-abi3-macosx_14_0_arm64"
WIN_ABI3 = "cp39-abi3-win_amd64"
WIN_FREE = "cp313-cp313t-win_amd64"
VERSYM, VERNEED, VERNEEDNUM = 0x6FFFFFF0, 0x6FFFFFFE, 0x6FFFFFFF
PRIVATE = ("_PyUnicode_FastCopyCharacters",)
STABLE = ("PyModule_Create2",)
DEP = "pkg.libs/libdep.so"
NEEDS_DEP = ("libc.so.6", "libdep.so")
DLL = "pkg/dep.dll"


@pytest.fixture(scope="module")
def auditor() -> Auditor:
    """Read the recipes once."""
    return Auditor()


def asking(
    *names: str, versioned: Sequence[str] = ("memcpy",), weak: bool = False, **other: object
) -> bytes:
    """An ELF extension that asks for names without a version, and for some of glibc with one."""
    library, version = "libc.so.6", "GLIBC_2.17"
    rest = {"defined": ("PyInit_one",), "needed": (library,), "runpath": "$ORIGIN/../pkg.libs"}
    imported = (*names, *versioned, version)

    def make(at: int) -> bytes:
        more = ((VERSYM, at), (VERNEED, at + 256), (VERNEEDNUM, 1))
        made = {**rest, "soname": "one.so", "imported": imported, "more": more, **other}
        return tiny_elf(**made)  # type: ignore[arg-type]

    size = len(make(0))
    data = bytearray(make(size))
    offset = {name: data.index(b"\0" + name.encode() + b"\0") for name in (library, version)}
    strings = data.index(b"\0" + library.encode())  # the table's first name
    place = {name: at + 1 - strings for name, at in offset.items()}
    rows = [0, *[1] * len(names), *[2] * (len(versioned) + 1), *[1] * 9]
    data += struct.pack(f"<{len(rows)}H", *rows).ljust(256, b"\0")
    data += struct.pack("<HHIII", 1, 1, place[library], 16, 0)
    data += struct.pack("<IHHII", 0, 0, 2, place[version], 0)
    struct.pack_into("<QQ", data, 64 + 32, len(data), len(data))
    if weak:
        old = struct.pack("<BBHQQ", 0x12, 0, 0, 0, 0)
        data = data.replace(old, struct.pack("<BBHQQ", 0x22, 0, 0, 0, 0))
    return bytes(data)


def hidden() -> bytes:
    """A module that exports nothing: only its relocations say how many names it asks for."""
    rest = {"defined": (), "imported": STABLE, "soname": "one.so", "gnu_hash": True}
    size = len(tiny_elf(**rest, more=((7, 0), (8, 24))))  # type: ignore[arg-type]
    data = bytearray(tiny_elf(**rest, more=((7, size), (8, 24))))  # type: ignore[arg-type]
    data += struct.pack("<QQq", 0x40, 1 << 32 | 6, 0)
    struct.pack_into("<QQ", data, 64 + 32, len(data), len(data))
    return bytes(data)


def dep(*defined: str, **other: object) -> bytes:
    """A library that modules need."""
    rest = {"soname": "libdep.so", "defined": defined, "imported": (), **other}
    return tiny_elf(**rest)  # type: ignore[arg-type]


def win(**other: object) -> bytes:
    """A module of Windows."""
    return extension(WINDOWS, **other)


def elf(**other: object) -> bytes:
    """A module of Linux."""
    return extension(LINUX, **other)


Cases = Mapping[str, tuple[str, Mapping[str, bytes], tuple[str, str] | None]]
OTHER_PYTHON = ("error", "other-python")
NO_INIT = ("error", "no-init")
ENDING = ("warning", "unknown-ending")
UNDEFINED = ("error", "undefined")

# Tag, files, what is said: (level, code).
NAMES: Cases = {
    "cp39-none": ("cp39-none-win_amd64", {"pkg/one.cp39-win_amd64.pyd": win()}, None),
    "cp312-none": ("cp312-none-manylinux_2_28_x86_64", {MODULES[LINUX]: elf()}, None),
    "cp313-none": ("cp313-none-manylinux_2_28_x86_64", {MODULES[LINUX]: elf()}, OTHER_PYTHON),
    "cp37m": ("cp37-cp37m-win_amd64", {"pkg/one.cp37-win_amd64.pyd": win()}, None),
    "cp37m on Linux": (
        "cp37-cp37m-manylinux_2_28_x86_64",
        {"pkg/one.cpython-36m-x86_64-linux-gnu.so": elf()},
        OTHER_PYTHON,
    ),
    "abi3 on Linux": (ABI3, {"pkg/one.abi3.so": elf()}, None),
    "abi3 on macOS": (MAC_ABI3, {"pkg/one.abi3.so": extension(MACOS)}, None),
    "abi3 on Windows": (WIN_ABI3, {"pkg/one.abi3.pyd": win()}, OTHER_PYTHON),
    "abi3 on Windows, right": (WIN_ABI3, {"pkg/one.pyd": win(dll="python3.dll")}, None),
    "abi3 for PyPy": (PYPY, {"pkg/one.abi3.so": elf()}, OTHER_PYTHON),
    "older PyPy": (PYPY, {"pkg/one.pypy310-pp73-x86_64-linux-gnu.so": elf()}, OTHER_PYTHON),
    "PyPy": (PYPY, {"pkg/one.pypy311-pp73-x86_64-linux-gnu.so": elf()}, None),
    ".dll": (WINDOWS, {"pkg/one.dll": win()}, ENDING),
    ".so on Windows": (WINDOWS, {"pkg/one.cp312-win_amd64.so": win()}, ENDING),
    ".dylib": (MACOS, {"pkg/one.dylib": extension(MACOS)}, ENDING),
    "a DLL with a module of another name": (WINDOWS, {"pkg/one312.dll": win()}, None),
    "a DLL": (WINDOWS, {"pkg/one.dll": tiny_pe(name="one.dll", dll="KERNEL32.dll")}, None),
}
ENTRIES: Cases = {
    "renamed": (
        LINUX, {"pkg/two.cpython-312-x86_64-linux-gnu.so": elf(imported=STABLE)}, NO_INIT,
    ),
    "not exported": (LINUX, {MODULES[LINUX]: elf(defined=(), imported=STABLE)}, NO_INIT),
    "nothing exported": (LINUX, {MODULES[LINUX]: hidden()}, NO_INIT),
    "renamed abi3": (ABI3, {"pkg/two.abi3.so": elf(imported=STABLE)}, NO_INIT),
    "renamed .pyd": (WINDOWS, {"pkg/two.pyd": win(imported=STABLE)}, NO_INIT),
    "renamed on macOS": (
        MACOS, {"pkg/two.cpython-312-darwin.so": extension(MACOS, imported=STABLE)}, NO_INIT,
    ),
    "fits": (LINUX, {MODULES[LINUX]: elf(imported=STABLE)}, None),
    "PEP 793": (LINUX, {MODULES[LINUX]: elf(defined=("PyModExport_one",), imported=STABLE)}, None),
    "not ASCII": (
        LINUX,
        {
            "pkg/zähler.cpython-312-x86_64-linux-gnu.so": elf(
                defined=("PyInitU_zhler_gra",), imported=STABLE
            )
        },
        None,
    ),
    "no module": (LINUX, {MODULES[LINUX]: elf(defined=("f",))}, None),
    "a helper": (LINUX, {"pkg/libhelp.so": elf(defined=("f",), imported=STABLE)}, None),
    "Python 2": ("cp27-none-win_amd64", {"pkg/one.pyd": win(defined=("initone",), imported=STABLE)},
                 None),
}  # fmt: skip
THREADS: Cases = {
    "with the lock": (
        WIN_FREE, {"pkg/one.cp313t-win_amd64.pyd": win(dll="python313.dll")}, OTHER_PYTHON,
    ),
    "untagged": (WIN_FREE, {"pkg/one.pyd": win(dll="python313.dll")}, OTHER_PYTHON),
    "without it": (WIN_FREE, {"pkg/one.cp313t-win_amd64.pyd": win(dll="python313t.dll")}, None),
    "the other way round": (
        WINDOWS, {MODULES[WINDOWS]: win(dll="python312t.dll")}, OTHER_PYTHON,
    ),
    "as usual": (WINDOWS, {MODULES[WINDOWS]: win(dll="python312.dll")}, None),
    "cp37m": ("cp37-cp37m-win_amd64", {"pkg/one.pyd": win(dll="python37.dll")}, None),
}  # fmt: skip
MANY: Cases = {
    "any Python": (NONE, {"pkg/one.so": elf(imported=PRIVATE)}, ("error", "not-abi3")),
    "any Python, abi3": (NONE, {"pkg/one.abi3.so": elf(imported=PRIVATE)}, ("error", "not-abi3")),
    "any Python, sound": (NONE, {"pkg/one.abi3.so": elf(imported=STABLE)}, None),
    "newer than py39": (
        NONE.replace("py3-", "py39-"),
        {"pkg/one.so": elf(imported=("PyType_GetModuleByDef",))},
        ("error", "newer-abi3"),
    ),
    "abi3t": (ABI3T, {"pkg/one.abi3t.so": elf(imported=PRIVATE)}, ("error", "not-abi3")),
    "abi3t, sound": (ABI3T, {"pkg/one.abi3t.so": elf(imported=STABLE)}, None),
    "a helper": (
        ABI3, {"pkg/libhelp.so": elf(defined=("f",), imported=PRIVATE)}, ("warning", "not-abi3"),
    ),
    "one Python": (LINUX, {MODULES[LINUX]: elf(imported=PRIVATE)}, None),
    "the wheel's own": (
        ABI3,
        {"pkg/one.abi3.so": elf(imported=("Pylon_open",)), "pkg/libpylon.so": dep("Pylon_open")},
        None,
    ),
}  # fmt: skip
SYMBOLS: Cases = {
    "no NEEDED": (LINUX, {MODULES[LINUX]: asking("dep_fn"), DEP: dep("dep_fn")}, UNDEFINED),
    "not in it": (
        LINUX, {MODULES[LINUX]: asking("dep_fn", needed=NEEDS_DEP), DEP: dep("other")}, UNDEFINED,
    ),
    "there": (
        LINUX, {MODULES[LINUX]: asking("dep_fn", needed=NEEDS_DEP), DEP: dep("dep_fn")}, None,
    ),
    "behind it": (
        LINUX,
        {
            MODULES[LINUX]: asking("inner_fn", needed=NEEDS_DEP),
            DEP: dep(needed=("libinner.so",), runpath="$ORIGIN"),
            "pkg.libs/libinner.so": dep("inner_fn", soname="libinner.so"),
        },
        None,
    ),
    "in the module": (
        LINUX,
        {
            MODULES[LINUX]: asking(defined=("PyInit_one", "called"), needed=NEEDS_DEP),
            DEP: asking("called", defined=("dep_fn",), soname="libdep.so"),
        },
        None,
    ),
    "of a needed library": (
        LINUX,
        {
            MODULES[LINUX]: asking(needed=NEEDS_DEP),
            DEP: asking("gone", defined=("dep_fn",), soname="libdep.so"),
        },
        UNDEFINED,
    ),
    "a part that something opens": (
        LINUX, {DEP: dep("dep_fn"), "pkg/part.so": asking("dep_fn", defined=("f",))}, None,
    ),
    "a part of something else": (
        LINUX, {"pkg/part.so": asking("dep_fn", defined=("f",))}, None,
    ),
    "opened by Python code": (
        LINUX,
        {"pkg/libpart.so": asking("dep_fn", defined=("f",)),
         "pkg/_load.py": b"ctypes.CDLL(find('part'))"},
        ("warning", "undefined"),
    ),
    "weak": (LINUX, {MODULES[LINUX]: asking("dep_fn", weak=True)}, None),
    "Python's": (LINUX, {MODULES[LINUX]: asking("PyLong_Type", "_Py_NoneStruct")}, None),
    "of libm": (LINUX, {MODULES[LINUX]: asking("pow", "csqrtf", "fetestexcept", "dlopen")}, None),
    "of libz": (LINUX, {MODULES[LINUX]: asking("inflate", needed=("libc.so.6", "libz.so.1"))},
                None),
    "DLL": (
        WINDOWS,
        {MODULES[WINDOWS]: win(dll="dep.dll", imported=("f",)), DLL: tiny_pe(name="dep.dll",
         dll="KERNEL32.dll")},
        UNDEFINED,
    ),
    "DLL, there": (
        WINDOWS,
        {MODULES[WINDOWS]: win(dll="DEP.dll", imported=("f",)),
         DLL: tiny_pe(name="dep.dll", dll="KERNEL32.dll", defined=("f",))},
        None,
    ),
    "DLL in a folder that Python adds": (
        WINDOWS,
        {MODULES[WINDOWS]: win(dll="dep.dll", imported=("f",)),
         "pkg.libs/dep.dll": tiny_pe(name="dep.dll", dll="KERNEL32.dll"),
         "pkg/_load.py": b"os.add_dll_directory(os.path.join(here, 'pkg.libs'))"},
        ("warning", "undefined"),
    ),
    "the system's DLL": (
        WINDOWS,
        {MODULES[WINDOWS]: win(dll="VCRUNTIME140.dll", imported=("f",)),
         "pkg/vcruntime140.dll": tiny_pe(name="vcruntime140.dll", dll="KERNEL32.dll")},
        None,
    ),
}  # fmt: skip
CASES = {
    f"{group}: {case}": row
    for group, rows in (
        ("names", NAMES), ("entries", ENTRIES), ("threads", THREADS), ("many", MANY),
        ("symbols", SYMBOLS),
    )
    for case, row in rows.items()
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_python_cannot_load(tmp_path: Path, auditor: Auditor, case: str) -> None:
    """The fault alone is told, with a cure; its harmless neighbours are quiet."""
    tag, files, wanted = CASES[case]

    audit = auditor.audit(wheel(tmp_path, files, tag=tag))

    told = [*audit.of("error"), *audit.of("warning")]
    found = [one for one in told if one.code != "requires-python"]
    assert [(one.level, one.code) for one in found] == ([wanted] if wanted else [])
    assert all(one.cure for one in found)


def test_the_missing_function_is_named(tmp_path: Path, auditor: Auditor) -> None:
    """What Python looks for, and what is there instead; which library lacks what."""
    renamed = {"pkg/two.cpython-312-x86_64-linux-gnu.so": elf(imported=STABLE)}
    lacking = {MODULES[LINUX]: asking("dep_fn"), DEP: dep("dep_fn")}

    entry = auditor.audit(wheel(tmp_path, renamed)).of("error")[0].text
    symbol = auditor.audit(wheel(tmp_path, lacking)).of("error")[0].text

    assert "does not export PyInit_two, but PyInit_one" in entry
    assert "asks for dep_fn, which no library defines that is loaded with it" in symbol
    assert "another file of the wheel does" in symbol


def test_code_that_opens_libraries_for_all(tmp_path: Path, auditor: Auditor) -> None:
    """What it loaded before counts, whoever needs it."""
    opening = b"ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)"
    files = {MODULES[LINUX]: asking("dep_fn"), DEP: dep("dep_fn"), "pkg/_load.py": opening}

    audit = auditor.audit(wheel(tmp_path, files))

    assert ([], "undefined") == (list(audit.of("error")), audit.of("remark")[0].code)
