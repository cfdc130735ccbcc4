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
    "twice": ("pythons", '"cp313"', '"cp312"', "is there twice"),
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


def test_an_unknown_id_lists_the_known_ones() -> None:
    """--toolchain with a typing error."""
    with pytest.raises(UnknownSelectionError) as error:
        by_id(real_rows().toolchains, "ziglan", "toolchain")

    assert "did you mean: ziglang" in str(error.value)
