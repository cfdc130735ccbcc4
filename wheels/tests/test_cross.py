# SPDX-License-Identifier: Apache-2.0
"""The toolchain file for another platform says what its row says, and nothing of this machine."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path

import pytest

from wheels.cmake import Tools
from wheels.command import Log
from wheels.cross import SYSTEMS, Bench, set_up, toolchain_text
from wheels.proof.check import Subject
from wheels.rows import Platform, Toolchain
from wheels.toolchain import LINKED, Wrappers, find_compiler

SCRIPTS = Wrappers(
    cc=Path("/b c/cc"), cxx=Path("/b c/c++"), ar=Path("/b c/ar"), ranlib=Path("/b c/ranlib")
)


def platform(system: str, machine: str, *emulator: str) -> Platform:
    """A row that no file holds."""
    return Platform(
        id=f"{system}_{machine}", system=system, machine=machine,  # type: ignore[arg-type]
        target="x", toolchains=("any",), emulator=emulator,
    )  # fmt: skip


def values(text: str) -> dict[str, str]:
    """The variables that a toolchain file sets."""
    return dict(re.findall(r"^set\((\w+) \[==\[(.*)\]==\]\)$", text, re.MULTILINE))


@pytest.mark.parametrize(("system", "name"), SYSTEMS.items())
def test_cmake_is_told_the_system_and_the_machine(system: str, name: str) -> None:
    """As CMake spells them: with these set, it never takes this machine for the target."""
    got = values(toolchain_text(platform(system, "riscv64"), SCRIPTS))

    assert (got["CMAKE_SYSTEM_NAME"], got["CMAKE_SYSTEM_PROCESSOR"]) == (name, "riscv64")


def test_every_tool_is_the_cross_compilers() -> None:
    """Compiler, archiver and index tool, by full path; spaces in it need no care."""
    got = values(toolchain_text(platform("linux", "aarch64"), SCRIPTS))

    assert got["CMAKE_CXX_COMPILER"] == "/b c/c++"
    assert got["CMAKE_AR"] == got["CMAKE_CXX_COMPILER_AR"] == "/b c/ar"
    assert got["CMAKE_FIND_ROOT_PATH_MODE_LIBRARY"] == "ONLY"


def test_what_is_tried_out_is_linked_as_everything_else() -> None:
    """So that a compiler with a C++ library of its own makes that once, not for each way."""
    plain = values(toolchain_text(platform("linux", "aarch64"), SCRIPTS))
    got = values(toolchain_text(platform("linux", "aarch64"), SCRIPTS, link=("-s", "-x")))

    assert {"-s -x"} == {got[f"CMAKE_{kind}_LINKER_FLAGS_INIT"] for kind in LINKED}
    assert "Release" == got["CMAKE_TRY_COMPILE_CONFIGURATION"]
    assert not [name for name in plain if "LINKER_FLAGS" in name]


@pytest.mark.parametrize(("system", "flags"), [("macos", "-made-so"), ("linux", None)])
def test_what_makes_a_module_is_told_after_cmakes_own(
    system: str, flags: str | None, tmp_path: Path
) -> None:
    """CMake overwrites it in the toolchain file, and reads this other file later."""
    chain = Toolchain(
        id="x", cc=("true",), cxx=("true",), version=("true",), modules={"macos": "-made-so"}
    )
    bench = Bench(
        platform=platform(system, "arm64"), root=tmp_path, place=tmp_path, env=os.environ, jobs=1,
        programs=Tools(cmake=tmp_path, ninja=tmp_path), log=Log(tmp_path / "log", "x"),
    )  # fmt: skip
    set_up(bench, chain, os.environ, cache=tmp_path)
    rules = values(bench.toolchain_file.read_text()).get("CMAKE_USER_MAKE_RULES_OVERRIDE")

    assert (flags is None) == (rules is None)
    if rules:
        told = values(Path(rules).read_text())
        assert flags == told["CMAKE_SHARED_MODULE_CREATE_CXX_FLAGS"]


@pytest.mark.parametrize(("libc", "more"), [("musl", ("-dynamic",)), ("glibc", ())])
def test_a_program_for_musl_can_load_libraries(
    libc: str, more: tuple[str, ...], tmp_path: Path
) -> None:
    """What the toolchain's row says of musl is told to the compiler there, and nowhere else."""
    chain = Toolchain(
        id="x", cc=("true",), cxx=("true", "c++"), version=("true",), musl=("-dynamic",)
    )
    row = dataclasses.replace(platform("linux", "x86_64"), libc=libc)  # type: ignore[arg-type]
    compiler = find_compiler(chain, row, os.environ, cache=tmp_path)

    assert compiler.cxx[1:] == ("c++", *more)


def test_an_emulator_gets_more_time(tmp_path: Path) -> None:
    """Each part, and each case in it; a limit that was asked for stays as it is."""
    native = Subject(program=tmp_path, backend=tmp_path, env={}, log=None)
    emulated = Subject(program=tmp_path, backend=tmp_path, env={}, log=None, prefix=("qemu",))
    asked = Subject(
        program=tmp_path, backend=tmp_path, env={}, log=None, prefix=("qemu",), limit=7.0
    )

    assert (native.slowness, asked.seconds) == (1.0, 7.0)
    assert emulated.seconds == emulated.slowness * native.seconds > native.seconds
