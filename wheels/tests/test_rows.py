# SPDX-License-Identifier: Apache-2.0
"""Rows of platforms, Pythons and toolchains: a wrong one names file, line, field and the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from wheels.errors import RowError, UnknownSelectionError
from wheels.rows import by_id, load_rows
from wheels.tests.plan_samples import real_rows, recipe_folder

CASES = {
    "unknown field": ("platforms", "machine =", "machin =", "machin: no such field"),
    "missing field": ("platforms", 'system = "linux"\n', "", "system: is missing"),
    "wrong choice": ("platforms", '"linux"', '"linus"', "`linus` is not one of them"),
    "dash in an id": ("platforms", '"manylinux_2_28_x86_64"\ns', '"many-linux"\ns', "is no id"),
    "floor": ("platforms", 'libc_floor = "2.28"', 'libc_floor = "new"', "is no version"),
    "floor and id": ("platforms", 'libc_floor = "2.28"', 'libc_floor = "2.17"', "differ; let both"),
    "floor and target": (
        "platforms",
        "gnu.2.28",
        "gnu.2.17",
        "`x86_64-linux-gnu.2.17` and libc_floor",
    ),
    "floor and packages": (
        "platforms",
        '["manylinux_2_28',
        '["manylinux_2_31',
        "is newer than libc",
    ),
    "toolchain name": ("platforms", '["ziglang",', '["ziglnag",', "no toolchain `ziglnag`"),
    "no abi": ("pythons", 'abi = "cp311"\n', "", "exactly one of abi and wheel is needed"),
    "unbuilt wheel": ("pythons", 'wheel = "cp312"', 'wheel = "cp310"', "no wheel is built for"),
    "twice": ("toolchains", 'id = "clang"', 'id = "gcc"', "is there twice"),
    "python and version": ("pythons", '"3.11"', '"3.13"', "`3.13` and id = `cp311` differ"),
    "abi": ("pythons", 'abi = "cp311"', 'abi = "nope"', "`nope` is no ABI of cp311"),
    "wheel of one version": (
        "pythons",
        'wheel = "cp312"',
        'wheel = "cp311"',
        "cannot run the wheel",
    ),
    "place of a compiler": (
        "toolchains",
        '"{target}"',
        '"{tagret}"',
        "`{tagret}` stands for nothing",
    ),
    "brace": ("toolchains", '"{target}"', '"{"', "`{` stands for nothing"),
    "place of a version": (
        "toolchains",
        '"{wheel}/zig", "version"',
        '"{whel}/zig", "version"',
        "`{whel}` stands for nothing",
    ),
    "place without a package": (
        "toolchains",
        'package = "ziglang"\n',
        "",
        "{wheel} without `package`",
    ),
    "package in a package": ("toolchains", '= "ziglang"\ncc', '= "zog.lang"\ncc', "is no module"),
    "package beside": ("toolchains", '= "ziglang"\ncc', '= ".x"\ncc', "is no module"),
    "variable": ("toolchains", '"ZIG_GLOBAL_CACHE_DIR"', '"A=B"', "`A=B` names no variable"),
    "empty word": ("toolchains", '["g++", "--version"]', '[""]', "is an empty word"),
    "control character": (
        "toolchains",
        '["g++", "--ver',
        '["g++\\u0000", "--ver',
        "a control char",
    ),
    "wrong type": ("toolchains", 'cc = ["gcc"]', 'cc = "gcc"', "write a list"),
    "empty": ("toolchains", 'cc = ["gcc"]', "cc = []", "is empty"),
    "syntax": ("toolchains", 'id = "gcc"', 'id = "gcc', "TOML syntax"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_wrong_row_names_file_line_and_fix(
    case: tuple[str, str, str, str], tmp_path: Path
) -> None:
    """The text has `file:line:`, the field and what to write instead."""
    name, old, new, expected = case
    folder = recipe_folder(tmp_path)
    path = folder / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(RowError) as error:
        load_rows(folder)

    first = str(error.value).splitlines()[0]
    assert first.startswith(f"{path}:")
    assert first.removeprefix(f"{path}:").split(":")[0].isdigit()
    assert expected in first
    assert ";" in first


@pytest.mark.parametrize("kind", ["platform", "python", "toolchain"])
def test_a_list_without_a_row_is_refused(kind: str, tmp_path: Path) -> None:
    """With nothing to build a release would succeed, and ship nothing."""
    folder = recipe_folder(tmp_path)
    (folder / f"{kind}s.toml").write_text(f"{kind} = []\n", encoding="utf-8")

    with pytest.raises(RowError, match=rf"{kind}s\.toml:1: {kind}: is empty; .*at least one"):
        load_rows(folder)


def test_an_unknown_id_lists_the_known_ones() -> None:
    """--toolchain with a typing error."""
    with pytest.raises(UnknownSelectionError) as error:
        by_id(real_rows().toolchains, "ziglan", "toolchain")

    assert "did you mean: ziglang" in str(error.value)
