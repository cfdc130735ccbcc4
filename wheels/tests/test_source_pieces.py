# SPDX-License-Identifier: Apache-2.0
"""Small parts of the source build: targets, compilers, check output, build info, metadata."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from blas_probe.choose import Choice
from blas_probe.recipe import load_recipes
from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_macho import tiny_macho
from blas_probe.tests.tiny_pe import tiny_pe
from wheels.folders import CHECKOUT
from wheels.proof.certificate import Inside, parse
from wheels.repair.graft import Copied
from wheels.rows import Toolchain, load_rows
from wheels.source import bring, metadata
from wheels.source.build import add_licences, built_backend, rpath
from wheels.source.certificate import certificate_text, judged, not_run
from wheels.source.decide import decide
from wheels.source.errors import Refused
from wheels.source.info import build_info, info_text
from wheels.source.machine import version_in
from wheels.source.settings import Settings
from wheels.source.toolchain import compilers, native_target
from wheels.tests.proof_samples import VERDICT
from wheels.tests.source_samples import FAST, FULL, LIBRARY, PINS, found

LISTING = '.glibc = .{ "2.17.0", "2.36.0", "2.40.0", },'
SYSTEM = Toolchain(id="sys", cc=("true",), cxx=("true",), version=("true",))
ABSENT = Toolchain(id="gone", cc=("no-such-cc",), cxx=("no-such-cc",), version=("x",))
PACKED = Toolchain(
    id="packed", package="ziglang", cc=("{wheel}/z",), cxx=("{wheel}/z",), version=("x",)
)
PATH = {"PATH": "/usr/bin:/bin"}


@pytest.mark.parametrize(
    ("platform", "target"),
    [
        pytest.param("manylinux_2_36_x86_64", "x86_64-linux-gnu.2.36", id="known-glibc"),
        pytest.param("manylinux_2_99_aarch64", "aarch64-linux-gnu.2.40", id="newer-than-known"),
        pytest.param("musllinux_1_2_x86_64", "x86_64-linux-musl", id="musl"),
        pytest.param("macosx_15_0_arm64", "native", id="macos"),
        pytest.param("win_amd64", "native", id="windows"),
    ],
)
def test_native_target_never_asks_for_a_glibc_that_the_compiler_lacks(
    platform: str, target: str
) -> None:
    """The machine's own C library where the compiler knows it, else the newest one known."""
    assert target == native_target(platform, LISTING)


def test_system_compiler_comes_before_the_packaged_one() -> None:
    """What the machine has is used when it is good; nothing after it is tried."""
    found_here = compilers((PACKED, SYSTEM), PATH, PINS, lambda command: None)

    assert ["sys"] == [one.toolchain for one in found_here]


def test_packaged_compiler_is_the_last_resort() -> None:
    """Every one before it says why it was not taken."""
    rows = compilers((PACKED, ABSENT, SYSTEM), PATH, PINS, lambda command: "too old")

    assert [("gone", "not on PATH"), ("sys", "too old"), ("packed", None)] == [
        (one.toolchain, one.problem) for one in rows
    ]


def test_cxx_of_the_environment_is_taken_alone() -> None:
    """Whoever sets CXX means it: a broken one is an error and not a reason to take another."""
    rows = compilers((SYSTEM,), {**PATH, "CXX": "my-c++ -m64"}, PINS, lambda command: "broken")

    assert [(("my-c++", "-m64"), "broken")] == [(one.command, one.problem) for one in rows]


def test_versions_are_read_from_any_wording() -> None:
    """The first dotted number counts."""
    assert (3, 25, 1) == version_in("cmake version 3.25.1\n\nsuite maintained")
    assert (1, 11) == version_in("1.11.git")
    assert () == version_in("no number")


def test_check_is_summarised_by_its_worst_case() -> None:
    """The share of the threshold tells how near to wrong it is."""
    text = judged("b.so", replace(VERDICT, cases={"numeric": 2})).text

    assert text == "numeric: 2 cases run, worst at 0.12 of its threshold"


def test_a_failed_case_refuses_the_wheel() -> None:
    """Wrong results never leave the build."""
    bad = replace(VERDICT, failures=("casum 9x9x1: ratio 99.0 over the threshold 16.0",))

    with pytest.raises(Refused, match=r"casum 9x9x1: ratio 99\.0 over the threshold 16\.0"):
        judged("b.so", bad)


def test_a_known_defect_is_passed_and_named() -> None:
    """Whoever asked for that library gets it, with the defect on record."""
    checked = judged("b.so", replace(VERDICT, defects=("wrong sums",)))

    assert "some failed as known: wrong sums" in checked.text


def test_certificate_says_when_nothing_was_checked(tmp_path: Path) -> None:
    """A backend that was not checked never looks like one that was."""
    path = tmp_path / "libfast.so"
    path.write_bytes(b"x")
    choice = Choice(variant=FAST, blas=replace(LIBRARY, path=str(path)), lapack=None, reasons=())
    text = certificate_text(
        choice, not_run("why"), root=metadata.ROOT, toolchain="gcc", files={"a.so": "00"}
    )
    inside = parse(Inside, text, "x")

    assert ("fast", "not run: why", {}) == (inside.id, inside.checked, inside.scores)
    assert ("source build", {}, {"a.so": "00"}) == (inside.origin, inside.cases, inside.files)


def test_build_info_of_a_bundled_library_names_no_path() -> None:
    """The build environment is gone afterwards, and the wheel is the same from every folder."""
    decision = decide(found(LIBRARY), Settings(), FULL, PINS)
    text = info_text(build_info(decision, "1.0", not_run("x")))

    namespace: dict[str, dict[str, str]] = {}
    exec(text, namespace)  # a module of constants, written by the line above
    assert namespace["BUILD"]["library"] == "libfast.so.0"
    assert "/usr/lib/fast" not in text


def test_rpath_leads_from_the_default_backend_to_the_requirements_library() -> None:
    """trivet/backends/<id> lies three folders below site-packages."""
    arrived = replace(LIBRARY, provider="vendor", source="pypi:vendor")
    decision = decide(found(arrived), Settings(blas="vendor"), FULL, PINS)

    assert ("$ORIGIN/../../../../..",) == rpath(decision)


def test_rpath_of_a_library_that_stays_on_the_machine_is_its_folder() -> None:
    """A run-time provider that nobody bundles is found where it was."""
    here = replace(LIBRARY, provider="vendor", source="system", path="/opt/v/lib/libv.so")
    decision = decide(found(here), Settings(blas="vendor"), FULL, PINS)

    assert ("/opt/v/lib",) == rpath(decision)


def test_every_packaged_toolchain_and_tool_is_pinned() -> None:
    """A build takes the versions that were tried."""
    rows = load_rows(metadata.ROOT / "recipes").toolchains
    names = {row.package for row in rows if row.package}

    assert set() == (names | set(PINS)) - set(metadata.pins())


def test_extras_are_the_variants_that_are_wheels_of_their_own() -> None:
    """The default backend is inside the main wheel; each other variant is one extra."""
    variants = load_recipes(metadata.ROOT / "recipes").variants

    expected = {variant.id for variant in variants if not variant.default}
    assert expected == set(metadata.optional_dependencies())


def test_pyproject_asks_for_nothing_before_the_decision() -> None:
    """A bad provider must fail before anything is downloaded."""
    import tomllib

    table = tomllib.loads(Path(metadata.ROOT / "pyproject.toml").read_text())
    assert [] == table["build-system"]["requires"]


def test_the_licence_of_a_copied_library_goes_with_it(tmp_path: Path) -> None:
    """From the package that the library came with; METADATA names it, its text stays."""
    package, info = tmp_path / "site" / "fast.dist-info", tmp_path / "x.dist-info"
    library = tmp_path / "site" / "fast" / "libfast.so"
    for path, text in (
        (library, ""),
        (package / "RECORD", "fast/libfast.so,,\n"),
        (package / "licenses" / "COPYING", "do as you like\n"),
        (info / "METADATA", "Name: x\nVersion: 1\n\nThe text.\n\nMore.\n"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    one = Copied(origin=library, path=tmp_path / "libfast-0a1b2c3d.so")

    assert ["bundled/libfast_so/COPYING"] == add_licences(info, [one], {})
    assert "do as you like\n" == (info / "licenses/bundled/libfast_so/COPYING").read_text()
    expected = (
        "Name: x\nVersion: 1\nLicense-File: bundled/libfast_so/COPYING\n\nThe text.\n\nMore.\n"
    )
    assert expected == (info / "METADATA").read_text()


@pytest.mark.parametrize(
    ("name", "backend", "library", "platform", "way"),
    [
        ("libfast.dylib", tiny_macho(needed=("@rpath/libfast.dylib",)), tiny_macho(),
         "macosx_11_0_arm64", "mach-o"),
        ("fast.dll", tiny_pe(dll="fast.dll"), tiny_pe(dll="KERNEL32.dll"), "win_amd64", "pe"),
    ],
)  # fmt: skip
def test_what_a_backend_of_another_format_needs_is_copied_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, backend: bytes, library: bytes,
    platform: str, way: str,
) -> None:  # fmt: skip
    """By the way of its format, which the release line takes as well."""
    turned: dict[str, dict[str, str]] = {}
    monkeypatch.setattr(
        bring,
        "WAYS",
        {way: (bring.WAYS[way][0], lambda path, told, _: turned.update({path.name: dict(told)}))},
    )
    folder, place = tmp_path / "tree/trivet/backends/fast", tmp_path / "lib" / name
    for path, data in ((folder / "backend", backend), (place, library)):
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    made = Choice(variant=FAST, blas=LIBRARY, lapack=None, reasons=())
    facts = replace(made.link_facts(), libraries=(str(place),))

    copied = bring.bring_in(tmp_path / "tree", folder / "backend", facts, platform, " ".join)

    assert [place] == [one.origin for one in copied]
    assert [library] == [one.path.read_bytes() for one in copied]
    assert [copied[0].path.name] == list(turned["backend"].values())


def test_a_build_without_a_backend_is_told(tmp_path: Path) -> None:
    """An archive beside it is none."""
    folder = tmp_path / "trivet" / "backends" / "fast"
    folder.mkdir(parents=True)
    (folder / "trivet_backend_fast.lib").write_text("")
    made = decide(found(LIBRARY), Settings(), FULL, PINS)

    with pytest.raises(Refused, match="left no backend"):
        built_backend(tmp_path, made)
    (folder / "trivet_backend_fast.so").write_bytes(tiny_elf())
    assert "trivet_backend_fast.so" == built_backend(tmp_path, made).name


@pytest.mark.parametrize(
    "name",
    sorted(
        path.stem for path in (CHECKOUT / "wheels/source").glob("*.py") if path.stem != "__main__"
    ),
)
def test_a_source_build_needs_no_package_of_the_release_line(name: str) -> None:
    """pip's empty environment holds what is required and nothing else, and it shows late."""
    text = f"import sys; sys.path.insert(0, sys.argv[1]); import wheels.source.{name}"
    words = [sys.executable, "-I", "-S", "-c", text, str(CHECKOUT)]

    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)

    assert "" == done.stderr
