# SPDX-License-Identifier: Apache-2.0
"""Files of recipes that late stages read, and programs that they start, are looked at first."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from blas_probe.tests.tiny_elf import tiny_elf
from wheels.command import Log, call
from wheels.elsewhere import is_native
from wheels.errors import PackError, RowError, ToolchainError
from wheels.folders import CHECKOUT, folders_of
from wheels.prepare import Request, gather, require_rows
from wheels.progress import progress_on
from wheels.repair.job import Job
from wheels.repair.verify import verify
from wheels.rows import Rows, Toolchain, load_rows
from wheels.tests.plan_samples import real_rows, recipe_folder
from wheels.tests.target_samples import PLATFORMS
from wheels.toolchain import package_folder, why_unusable

LINUX = PLATFORMS["manylinux_2_28_aarch64"]
SYSTEMS = "system_libraries.toml"
PATH = "/usr/bin:/bin"


def foreign(recipes: Path, *systems: str) -> Rows:
    """The rows of other machines."""
    rows = load_rows(recipes)
    kept = [row for row in rows.platforms if not is_native(row) and row.system in systems]
    return dataclasses.replace(rows, platforms=tuple(kept))


WRONG = {
    "systems": (SYSTEMS, "[[system]]", "[[system", "TOML syntax"),
    "no system": (SYSTEMS, "musllinux_*", "x_*", "system_libraries.toml is for musllinux_1_2"),
    "audit": ("audit.toml", "[[platform]]", "[[platform", "TOML syntax"),
    "Python": ("python_targets.toml", "[[target]]", "[[target", "TOML syntax"),
    "no Python": (
        "python_targets.toml",
        "musllinux_*_aarch64",
        "x",
        "is for musllinux_1_2_aarch64",
    ),
    "machine": ("python_targets.toml", 'ARM64 = "arm64"', "", "no library_machine for ARM64"),
    "no tool": (
        "toolchains.toml",
        'import_library = ["{wheel}/zig", "dlltool"]\n',
        "",
        "ziglang has no import_library",
    ),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_a_file_that_a_late_stage_reads_is_refused_first(
    case: tuple[str, str, str, str], tmp_path: Path
) -> None:
    """Nothing has been compiled yet."""
    name, old, new, expected = case
    recipes = recipe_folder(tmp_path)
    text = (recipes / name).read_text(encoding="utf-8")
    assert old in text
    (recipes / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(RowError) as caught:
        require_rows(recipes, foreign(recipes, "linux", "windows"))

    assert expected in str(caught.value)


def test_the_checkouts_own_files_are_taken() -> None:
    """Every platform is in them."""
    require_rows(CHECKOUT / "recipes", real_rows())


def test_a_plan_reads_them(tmp_path: Path) -> None:
    """Of the folder that was given."""
    recipes = recipe_folder(tmp_path)
    (recipes / SYSTEMS).write_text("system = [", encoding="utf-8")
    folders = folders_of(recipes=recipes, build=tmp_path / "build")

    with progress_on(bars=False) as progress, pytest.raises(RowError, match=SYSTEMS):
        gather(Request(folders=folders), progress, fetch=False)


def test_libraries_of_a_system_are_those_of_the_folder(tmp_path: Path) -> None:
    """In the repair, and in the last look at its result."""
    recipes = recipe_folder(tmp_path)
    text = (recipes / SYSTEMS).read_text(encoding="utf-8")
    (recipes / SYSTEMS).write_text(text.replace('"libc.so.6", ', "", 1), encoding="utf-8")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "x.so").write_bytes(tiny_elf(machine=183, needed=("libc.so.6",)))
    job = Job(
        wheel=tmp_path, folder=tmp_path, platform=LINUX, search=(), excluded={}, declared=(0, 0),
        env={}, log=Log(tmp_path / "log", "x"), recipes=recipes,
    )  # fmt: skip

    assert not job.shelf.system.has("libc.so.6")
    assert dataclasses.replace(job, recipes=None).shelf.system.has("libc.so.6")
    verify(tree, platform=LINUX, tag=LINUX.id)
    with pytest.raises(PackError, match=r"needs libc\.so\.6"):
        verify(tree, platform=LINUX, tag=LINUX.id, recipes=recipes)


@pytest.mark.parametrize("field", ["cc", "cxx", "version", "import_library"])
def test_a_program_that_a_package_lacks_makes_its_toolchain_unusable(field: str) -> None:
    """The package alone does not help."""
    whole, lacking = toolchain("pytest"), toolchain("pytest", **{field: ("{wheel}/zog", "x")})

    place = package_folder("pytest")
    assert "" == why_unusable(whole, PATH)
    assert f"{place}/zog is not there, or no program" == why_unusable(lacking, PATH)


def toolchain(package: str = "", **commands: tuple[str, ...]) -> Toolchain:
    """One with commands that every machine has, but for the given ones."""
    known = dict.fromkeys(("cc", "cxx", "version"), ("sh",))
    return Toolchain(id="x", package=package, **{**known, **commands})  # type: ignore[arg-type]


def test_a_folder_is_no_program(tmp_path: Path) -> None:
    """In a row, and where it is started all the same."""
    row = toolchain(version=(str(tmp_path),))

    assert f"{tmp_path} is not there, or no program" == why_unusable(row, PATH)
    with pytest.raises(ToolchainError, match=r"cannot start[\s\S]*it is a folder, or this user"):
        call([tmp_path])
