# SPDX-License-Identifier: Apache-2.0
"""What is grafted, under which tag, and what a finished wheel may not hold; on made-up binaries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_macho import tiny_macho
from blas_probe.tests.tiny_pe import tiny_pe
from wheels.command import Log
from wheels.errors import PackError, RowError
from wheels.folders import CHECKOUT
from wheels.licences import original_name
from wheels.repair.elf import musl_tag
from wheels.repair.graft import graft, unique_name
from wheels.repair.job import Job
from wheels.repair.macho import KIND as MACHO
from wheels.repair.macho import floor_of
from wheels.repair.pe import KIND as PE
from wheels.repair.system import FILE, system_of
from wheels.repair.verify import verify
from wheels.rows import Platform
from wheels.tests.target_samples import PLATFORMS

MAC, WINDOWS = PLATFORMS["macosx_14_0_arm64"], PLATFORMS["win_amd64"]
LINUX, MUSL = PLATFORMS["manylinux_2_28_aarch64"], PLATFORMS["musllinux_1_2_aarch64"]
AARCH64 = 183


class Told:
    """Stands for the tool that changes binaries."""

    def __init__(self) -> None:
        self.turned: dict[str, tuple[dict[str, str], bool]] = {}

    def __call__(self, path: Path, turned: Mapping[str, str], mine: bool) -> None:
        self.turned[path.name] = (dict(turned), mine)


def job(tmp_path: Path, name: str = "win_amd64", excluded: tuple[str, ...] = ()) -> Job:
    """A repair whose wheel is unpacked already."""
    (tmp_path / "work/tree/pkg").mkdir(parents=True)
    return Job(
        wheel=tmp_path / "w.whl", folder=tmp_path / "work", platform=PLATFORMS[name],
        search=(tmp_path / "none", tmp_path / "libs"), declared=(0, 0), env={},
        excluded=dict.fromkeys(excluded, tmp_path), log=Log(tmp_path / "log", "x"),
    )  # fmt: skip


def test_a_needed_library_is_copied_beside_with_what_it_needs_itself(tmp_path: Path) -> None:
    """Each under a name after its content; capitals mean nothing to the loader of Windows."""
    here, told = job(tmp_path), Told()
    (tmp_path / "libs").mkdir()
    (here.tree / "pkg/backend.dll").write_bytes(tiny_pe(dll="One.DLL"))
    (tmp_path / "libs/one.dll").write_bytes(tiny_pe(dll="two.dll"))
    (tmp_path / "libs/two.dll").write_bytes(tiny_pe(dll="KERNEL32.dll"))
    one, two = (unique_name(tmp_path / "libs" / name) for name in ("one.dll", "two.dll"))

    assert (one, two) == tuple(x.path.name for x in graft(here.tree, PE, here.shelf, told))
    assert {
        "backend.dll": ({"One.DLL": one}, False), one: ({"two.dll": two}, True), two: ({}, True),
    } == told.turned  # fmt: skip
    assert ["backend.dll", one, two] == sorted(p.name for p in (here.tree / "pkg").iterdir())


def test_what_a_requirement_or_the_system_brings_stays_outside(tmp_path: Path) -> None:
    """Nothing is changed then."""
    here, told = job(tmp_path, "macosx_14_0_arm64", excluded=("libmine.dylib",)), Told()
    needed = ("@rpath/libmine.dylib", "/usr/lib/libSystem.B.dylib")
    (here.tree / "pkg/backend.so").write_bytes(tiny_macho(needed=needed))

    assert () == graft(here.tree, MACHO, here.shelf, told)
    assert {} == told.turned


def test_a_library_that_is_nowhere_is_named(tmp_path: Path) -> None:
    """With the folders that were looked in."""
    here = job(tmp_path)
    (here.tree / "pkg/backend.dll").write_bytes(tiny_pe(dll="lost.dll"))

    with pytest.raises(PackError, match=r"backend\.dll needs lost\.dll[\s\S]*libs[\s\S]*next"):
        graft(here.tree, PE, here.shelf, Told())


def test_the_name_of_a_grafted_library_leads_back_to_its_own(tmp_path: Path) -> None:
    """Its licence is looked up by it."""
    for name in ("libx.dylib", "libx.3.dylib", "x.dll"):
        (tmp_path / name).write_bytes(b"x")
        assert re.fullmatch(r"(lib)?x-[0-9a-f]{8}.*", unique_name(tmp_path / name))
    assert "x.dll" == original_name(unique_name(tmp_path / "x.dll"))
    assert "libx.dylib" == original_name(unique_name(tmp_path / "libx.dylib"))


@pytest.mark.parametrize(
    ("told", "tag"),
    [("macos 10.13", (10, 13)), ("macos 11.0", (11, 0)), ("macos 13.3", (14, 0))],
)
def test_a_tag_for_macos_is_one_whose_every_system_runs_the_binary(
    told: str, tag: tuple[int, int]
) -> None:
    """From macOS 11 on tags name no minor version."""
    assert tag == floor_of(told)


def test_a_binary_that_does_not_say_its_system_is_refused() -> None:
    """No tag would be proven."""
    with pytest.raises(PackError, match="runs on nothing"):
        floor_of(None)


def test_the_tag_for_musl_is_auditwheels() -> None:
    """And it is an error when there is none."""
    assert "musllinux_1_2_x86_64" == musl_tag("a-1-py3-none-musllinux_1_2_x86_64.whl")
    with pytest.raises(PackError, match="no musllinux tag"):
        musl_tag("a-1-py3-none-linux_x86_64.whl")


Files = Mapping[str, bytes]
SOUND: Mapping[str, tuple[Platform, str, Files]] = {
    "macos": (MAC, "macosx_14_0_arm64", {"a.so": tiny_macho(needed=("@loader_path/b.dylib",)),
                                         "b.dylib": tiny_macho()}),
    "windows": (WINDOWS, "win_amd64", {"a.dll": tiny_pe(dll="b.dll"),
                                       "b.dll": tiny_pe(dll="KERNEL32.dll")}),
    "glibc": (LINUX, "manylinux_2_28_aarch64", {
        "a.so": tiny_elf(machine=AARCH64, needed=("b.so", "libc.so.6"), rpath="$ORIGIN"),
        "b.so": tiny_elf(machine=AARCH64)}),
    "musl": (MUSL, "musllinux_1_2_aarch64", {
        "a.so": tiny_elf(machine=AARCH64, needed=("libc.musl-aarch64.so.1",))}),
}  # fmt: skip
UNFiles = Mapping[str, bytes]
UNSOUND: Mapping[str, tuple[Platform, Files, str]] = {
    "machine": (LINUX, {"a.so": tiny_elf(needed=("libc.so.6",))}, "is for x86_64, not for aarch64"),
    "lost": (LINUX, {"a.so": tiny_elf(machine=AARCH64, needed=("b.so",))}, "needs b.so, which is"),
    "not where it looks": (LINUX, {
        "a.so": tiny_elf(machine=AARCH64, needed=("b.so",), rpath="$ORIGIN/other"),
        "b.so": tiny_elf(machine=AARCH64)}, "a.so: needs b.so"),
    "absolute": (LINUX, {"a.so": tiny_elf(machine=AARCH64, rpath="/opt/lib")}, "/opt/lib is abs"),
    "musl by its other name": (MUSL, {"a.so": tiny_elf(machine=AARCH64, needed=("libc.so",))},
                               "needs libc.so"),
    "mac too new": (MAC, {"a.so": tiny_macho(oldest=0xF0000, needed=())}, "asks for macos 15.0"),
    "mac path": (MAC, {"a.so": tiny_macho(needed=("/opt/x.dylib",))}, "needs /opt/x.dylib, a path"),
    "mac machine": (MAC, {"a.so": tiny_macho(machine="x86_64", needed=())}, "is for x86_64"),
    "dll lost": (WINDOWS, {"a.pyd": tiny_pe(dll="b.dll")}, "needs b.dll"),
    "damaged": (WINDOWS, {"a.pyd": b"MZ nothing"}, "the file is cut off"),
}  # fmt: skip


@pytest.mark.parametrize("case", SOUND.values(), ids=SOUND.keys())
def test_a_sound_tree_passes(case: tuple[Platform, str, Files], tmp_path: Path) -> None:
    """Everything is inside, or the system's."""
    platform, tag, files = case
    write(tmp_path, files)

    verify(tmp_path, platform=platform, tag=tag)


@pytest.mark.parametrize("case", UNSOUND.values(), ids=UNSOUND.keys())
def test_a_tree_that_could_not_load_is_refused(
    case: tuple[Platform, Files, str], tmp_path: Path
) -> None:
    """The file and what is wrong with it are named."""
    platform, files, expected = case
    write(tmp_path, files)

    with pytest.raises(PackError, match=re.escape(expected)):
        verify(tmp_path, platform=platform, tag=platform.id)


def test_what_a_requirement_brings_is_not_inside_as_well(tmp_path: Path) -> None:
    """Two copies in one process disagree about their state."""
    write(tmp_path, {"libmine-1a2b3c4d.so": tiny_elf(machine=AARCH64)})

    with pytest.raises(PackError, match="bundled although a requirement brings it"):
        verify(tmp_path, platform=LINUX, tag=LINUX.id, excluded=["libmine.so.2"])


def write(folder: Path, files: Files) -> None:
    """Files of a wheel."""
    for name, data in files.items():
        (folder / name).write_bytes(data)


def test_a_platform_without_a_row_of_system_libraries_is_named(tmp_path: Path) -> None:
    """With the file to write it in."""
    text = (CHECKOUT / "recipes" / FILE).read_text(encoding="utf-8")
    (tmp_path / FILE).write_text(text.replace("win_*", "wine_*"), encoding="utf-8")

    with pytest.raises(RowError, match=r"system_libraries\.toml is for win_amd64"):
        system_of(WINDOWS.id, tmp_path)
