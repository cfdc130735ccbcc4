# SPDX-License-Identifier: Apache-2.0
"""Rows of platforms whose fields contradict each other, or could not be filled in, are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from wheels.errors import RowError
from wheels.folders import CHECKOUT
from wheels.rows import load_rows
from wheels.tests.plan_samples import real_rows, recipe_folder

ARM, MAC, WIN = "manylinux_2_28_aarch64", "macosx_11_0_x86_64", "win_amd64"
PPC = "manylinux_2_34_ppc64le"
TARGET = 'target = "aarch64-linux-gnu.2.28"'
MAC_TARGET, WIN_TARGET = 'target = "x86_64-macos.11.0"', 'target = "x86_64-windows-gnu"'
MACHINE, LIBC, FLOOR = 'machine = "aarch64"', 'libc = "glibc"', 'libc_floor = "2.28"'
DIFFER = "and system, machine, libc and libc_floor of this row differ"
EMULATOR = '"qemu-aarch64-static", "-L", "{root}"'
VARIABLES = 'WINEDEBUG = "-all"'


def target(word: str, was: str = TARGET, row: str = ARM) -> tuple[str, str, str, str]:
    """A row with another target."""
    return row, was, f'target = "{word}"', f"target: `{word}` {DIFFER}"


CASES = {
    "target missing": (ARM, f"{TARGET}\n", "", "target: is missing, and toolchain ziglang asks"),
    "target empty": (ARM, TARGET, 'target = ""', 'write target = "aarch64-linux-gnu.2.28"'),
    "target nonsense": target("nonsense"),
    "target's machine": target("x86_64-linux-gnu.2.28"),
    "target's system": target("aarch64-windows-gnu"),
    "target's libc": target("aarch64-linux-musl"),
    "target without a version": target("aarch64-linux-gnu"),
    "target as Python says it": target(
        "ppc64le-linux-gnu.2.34", 'target = "powerpc64le-linux-gnu.2.34"', PPC
    ),
    "macOS target's machine": target("aarch64-macos.11.0", MAC_TARGET, MAC),
    "macOS target without a version": target("x86_64-macos", MAC_TARGET, MAC),
    "Windows target's way": target("x86_64-windows-msvc", WIN_TARGET, WIN),
    "floor missing": (ARM, f"{FLOOR}\n", "", "libc_floor: is missing"),
    "floor empty": (ARM, FLOOR, 'libc_floor = ""', "libc_floor: is missing"),
    "macOS floor missing": (MAC, 'libc_floor = "11.0"\n', "", "libc_floor: is missing"),
    "macOS floor": (MAC, 'libc_floor = "11.0"', 'libc_floor = "10"', "write e.g. 14.0"),
    "Windows floor": (WIN, "machine =", 'libc_floor = "10.0"\nmachine =', "given on windows"),
    "another machine": (ARM, MACHINE, 'machine = "x86_64"', f"id: `{ARM}` {DIFFER}"),
    "unknown machine": (ARM, MACHINE, 'machine = "z80"', f"id: `{ARM}` {DIFFER}"),
    "no machine": (ARM, MACHINE, 'machine = ""', "machine: `` is no machine"),
    "capitals": (ARM, MACHINE, 'machine = "AARCH64"', f"id: `{ARM}` {DIFFER}"),
    "machine on Linux": (ARM, MACHINE, 'machine = "arm64"', "called aarch64 on linux"),
    "machine on Windows": (WIN, '"AMD64"', '"x86_64"', "`x86_64` is called AMD64 on windows"),
    "small letters on Windows": (WIN, '"AMD64"', '"amd64"', "`amd64` is called AMD64 on windows"),
    "machine on macOS": ("macosx_11_0_arm64", '"arm64"', '"aarch64"', "called arm64 on macos"),
    "another system": (ARM, '"linux"', '"windows"', "libc: is `glibc` on windows; leave it out"),
    "libc missing": (ARM, f"{LIBC}\n", "", 'libc: is `none` on linux; write "glibc" or "musl"'),
    "libc none": (ARM, LIBC, 'libc = "none"', "libc: is `none` on linux"),
    "another libc": (ARM, LIBC, 'libc = "musl"', 'write "musllinux_2_28_aarch64"'),
    "libc on macOS": (MAC, "libc_floor", f"{LIBC}\nlibc_floor", "libc: is `glibc` on macos"),
    "keyword as id": (WIN, f'id = "{WIN}"', 'id = "native"', f"id: `native` {DIFFER}"),
    "any as id": (WIN, f'id = "{WIN}"', 'id = "any"', 'write "win_amd64"'),
    "no names for pip": (ARM, 'pip_platforms = ["', "pip_platforms = []\n#", "is empty; write"),
    "root outside": (ARM, '"arm64"', '"../../x"', "root: `../../x` is no machine"),
    "absolute root": (ARM, '"arm64"', '"/tmp"', "root: `/tmp` is no machine"),
    "root with a space": (ARM, '"arm64"', '"arm 64"', "root: `arm 64` is no machine"),
    "empty emulator": (ARM, EMULATOR, '""', "emulator[0]: is an empty word"),
    "emulator's place": (ARM, "{root}", "{rooot}", "emulator[2]: `{rooot}` stands for nothing"),
    "emulator's number": (ARM, "{root}", "{0}", "`{0}` stands for nothing"),
    "part of a place": (ARM, "{root}", "{root.x}", "`{root.x}` stands for nothing"),
    "place for a form": (ARM, "{root}", "{root:x}", "`{root}` stands for nothing"),
    "variable's place": (WIN, "{build}", "{nope}", "environment.WINEPREFIX: `{nope}` stands"),
    "variable's brace": (WIN, "{build}", "{", "`{/wine` stands for nothing"),
    "variable's root": (WIN, "{build}", "{root}", "{root} without `root`"),
    "variable's name": (WIN, VARIABLES, '"A=B" = "1"', "`A=B` names no variable"),
    "variable's end": (WIN, VARIABLES, 'A = "\\u0000"', "environment.A: holds a control character"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_row_that_contradicts_itself_is_refused(
    case: tuple[str, str, str, str], tmp_path: Path
) -> None:
    """Before anything is fetched or compiled, with file, line and field."""
    row, old, new, expected = case
    folder = recipe_folder(tmp_path)
    path = folder / "platforms.toml"
    head, mark, rest = path.read_text(encoding="utf-8").partition(f'id = "{row}"')
    mine, stop, others = (mark + rest).partition("\n[[platform]]")
    assert old in mine
    path.write_text(head + mine.replace(old, new, 1) + stop + others, encoding="utf-8")

    with pytest.raises(RowError) as error:
        load_rows(folder)

    first = str(error.value).splitlines()[0]
    assert first.startswith(f"{path}:")
    assert expected in first
    assert ";" in first


def test_the_rows_of_the_checkout_are_all_taken() -> None:
    """Every kind of system is among them."""
    text = (CHECKOUT / "recipes/platforms.toml").read_text(encoding="utf-8")

    assert text.count("[[platform]]") == len(real_rows().platforms)
    assert {"linux", "macos", "windows"} == {row.system for row in real_rows().platforms}


def test_a_row_for_a_compiler_of_one_machine_needs_no_target(tmp_path: Path) -> None:
    """Only what fills the name in asks for it."""
    folder = recipe_folder(tmp_path)
    path = folder / "platforms.toml"
    text = path.read_text(encoding="utf-8").replace('["ziglang", "clang", "gcc"]', '["gcc"]', 1)
    path.write_text(text.replace('target = "x86_64-linux-gnu.2.28"\n', "", 1), encoding="utf-8")

    assert "" == load_rows(folder).platforms[0].target
