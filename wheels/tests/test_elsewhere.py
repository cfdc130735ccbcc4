# SPDX-License-Identifier: Apache-2.0
"""Platforms that this machine does not run: what is known of them, and what is said of the rest."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from blas_probe.binary.host import own_host
from blas_probe.binary.shape import Host
from blas_probe.choose import refusals
from blas_probe.found import Found
from blas_probe.probing import with_variants
from blas_probe.recipe import Recipes, load_recipes
from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.tests.tiny_macho import tiny_macho
from blas_probe.tests.tiny_pe import tiny_pe
from wheels import elsewhere
from wheels.elsewhere import STUB, adopted, find_elsewhere, is_native, stub_record
from wheels.emulated import Elsewhere, python_elsewhere, why_not
from wheels.emulation import Runner, can_run, runner_for
from wheels.errors import RootError, UnknownSelectionError
from wheels.finding import find
from wheels.fingerprint import HashCache
from wheels.folders import CHECKOUT, folders_of
from wheels.plan import Options, Plan, default_variant, plan, why_barren
from wheels.prepare import NATIVE, Request, chosen, with_platforms
from wheels.progress import progress_on
from wheels.proof.verdict import left_out
from wheels.providers import SITE, Fetched, fitting, why_unfit
from wheels.roots import MARK, SUITES, is_made, keep_inside, made_of, make_root, root_folder
from wheels.rows import Platform, by_id
from wheels.state import write_json
from wheels.summary import Row, table
from wheels.tests.plan_samples import library, real_rows

RECIPES = load_recipes(CHECKOUT / "recipes")
ROWS = real_rows()


def platform(name: str) -> Platform:
    """A row of the checkout."""
    return by_id(ROWS.platforms, name, "platform")


def foreign() -> Platform:
    """A row that this machine cannot run by itself."""
    return next(row for row in ROWS.platforms if not is_native(row) and not row.root)


def planned(recipes: Recipes, row: Platform, **options: object) -> Plan:
    """The plan of one platform without any library."""
    found = Found(libraries=(), variants=recipes.variants, ignored_environment={})
    asked = Options(foreign=(row.id,), **options)  # type: ignore[arg-type]
    return plan(recipes, {row.id: found}, [row], ROWS.pythons, ROWS.toolchains, asked)


def test_each_platform_is_spelled_as_the_prober_spells_files() -> None:
    """The rows use Python's words, libraries are described in the prober's."""
    spelled = {row.id: tuple(row.host) for row in ROWS.platforms}

    assert spelled["win_amd64"] == ("windows", "x86_64")
    assert spelled["macosx_14_0_arm64"] == ("macos", "aarch64")
    assert spelled["musllinux_1_2_x86_64"] == ("linux-musl", "x86_64")


def test_one_machine_has_one_c_library() -> None:
    """glibc's programs and musl's are different platforms on the same processor."""
    native = [row for row in ROWS.platforms if is_native(row)]

    assert {row.host for row in native} <= {own_host()}
    assert len({row.libc for row in native}) <= 1


def test_what_only_another_machine_can_run_is_usable_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is wrong with such a library; on any other platform it stays refused."""
    monkeypatch.setattr(elsewhere, "_is_only_foreign", lambda one: one.problem == "cannot run here")
    one = library("openblas", platform="windows", machine="x86_64", problem="cannot run here")

    assert adopted(one, platform("win_amd64"), "pypi:x").problem is None
    assert adopted(one, platform("win_amd64"), "pypi:x").source == "pypi:x"
    assert adopted(one, platform("win_arm64"), "pypi:x").problem == "cannot run here"
    broken = dataclasses.replace(one, problem="the file is damaged")
    assert adopted(broken, platform("win_amd64"), "pypi:x").problem == "the file is damaged"


def test_a_damaged_file_is_not_only_foreign(tmp_path: Path) -> None:
    """A file that cannot even be read has another problem than its machine."""
    path = tmp_path / "libx.so"
    path.write_bytes(b"\x7fELF")
    one = library("openblas", path=str(path), platform="windows", problem="it is cut off")

    assert adopted(one, platform("win_amd64"), "x").problem == "it is cut off"


def test_a_library_of_the_system_serves_by_what_its_maker_documents(tmp_path: Path) -> None:
    """No file of it is here, and every fact that a backend needs is known."""
    row = platform("macosx_14_0_arm64")
    recipe = RECIPES.provider("accelerate")
    record = stub_record(recipe, recipe.variant[0], row, tmp_path / "Accelerate.tbd")

    assert record.source == STUB
    assert refusals(recipe.variant[0], record) == []
    assert {"int_bits", "complex_return"} <= set(record.inferred)


def test_a_platform_without_a_package_says_so() -> None:
    """Nobody can install Debian's ATLAS for another system."""
    made = planned(RECIPES, platform("musllinux_1_2_x86_64"))

    reasons = {item.id.split("-")[2]: item.reason for item in made.exclusions}
    assert "no package on PyPI brings atlas" in reasons["atlas_lp64"]
    assert made.cells


def test_a_compiler_for_this_machine_alone_is_no_cross_compiler() -> None:
    """gcc compiles for what it runs on; asked for by name it is refused before any compile."""
    made = planned(RECIPES, platform("win_amd64"), toolchain="gcc")

    assert not made.cells
    assert any("gcc: it compiles for this machine alone" in one.reason for one in made.exclusions)


def test_one_default_backend_is_in_a_main_wheel() -> None:
    """Where the system's own library is inside, the next default one is told why it is not."""
    row = platform("macosx_14_0_arm64")
    made = planned(RECIPES, row)

    assert default_variant(RECIPES, row.id) == "accelerate"
    assert default_variant(RECIPES, "macosx_11_0_arm64") == "openblas"
    reasons = [item.reason for item in made.exclusions if "-openblas_lp64-" in item.id]
    assert set(reasons) == {"the main wheel of macosx_14_0_arm64 has accelerate inside"}


def request(tmp_path: Path, *platforms: str, only: tuple[str, ...] = ()) -> Request:
    """What a command line asks for."""
    return Request(folders=folders_of(build=tmp_path), platforms=platforms, only=only)


def kept(tmp_path: Path, *platforms: str, only: tuple[str, ...] = ()) -> list[str]:
    """The platforms that are left."""
    asked = request(tmp_path, *platforms, only=only)
    return [row.id for row in with_platforms(ROWS, RECIPES, asked).platforms]


def test_platforms_are_chosen_by_glob_or_as_this_machines_own(tmp_path: Path) -> None:
    """Without a word all are made."""
    assert kept(tmp_path) == [row.id for row in ROWS.platforms]
    assert kept(tmp_path, "win_*") == ["win_amd64", "win_arm64"]
    assert kept(tmp_path, NATIVE) == [row.id for row in ROWS.platforms if is_native(row)]


def test_an_id_that_is_asked_for_narrows_the_platforms(tmp_path: Path) -> None:
    """Nothing is fetched for platforms on which nothing was asked for."""
    assert kept(tmp_path, only=("cp312-win_arm64-openblas_lp64-cpu",)) == ["win_arm64"]
    assert kept(tmp_path, only=("backend-mkl-win_amd64",)) == ["win_amd64"]


def test_ids_of_other_platforms_than_those_asked_for_bring_none_back(tmp_path: Path) -> None:
    """The plan then says that the id matches nothing there."""
    assert kept(tmp_path, "win_arm64", only=("trivet-cp312-win_amd64",)) == ["win_arm64"]


def test_an_unknown_platform_names_the_known_ones(tmp_path: Path) -> None:
    """A typing error gets a hint."""
    with pytest.raises(UnknownSelectionError, match=r"win_amd46: matches none.*win_amd64"):
        kept(tmp_path, "win_amd46")


def found_runner(tmp_path: Path, row: Platform, *, offline: bool = True) -> Runner:
    """What runs a platform's programs, with an empty build folder."""
    with progress_on(bars=False) as progress:
        folders = folders_of(build=tmp_path)
        return runner_for(row, folders, dict(os.environ), progress, offline=offline)


def row_with(*emulator: str, **changes: object) -> Platform:
    """A foreign row with another emulator."""
    return dataclasses.replace(foreign(), emulator=emulator, **changes)  # type: ignore[arg-type]


def test_what_is_imitated_is_not_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another processor, or another system as Wine does it; musl's loader imitates nothing."""
    monkeypatch.setattr("wheels.emulation.own_host", lambda: Host("linux-glibc", "x86_64"))
    monkeypatch.setattr("wheels.emulation.is_native", lambda _: False)
    names = ("musllinux_1_2_x86_64", "win_amd64", "musllinux_1_2_aarch64")
    rows = [dataclasses.replace(platform(name), emulator=("sh",), root="") for name in names]

    runners = [found_runner(tmp_path, row) for row in rows]

    assert [False, True, True] == [runner.emulated for runner in runners]
    assert [False, True, False] == [runner.shared for runner in runners]  # Wine's server


def test_what_runs_nowhere_says_why(tmp_path: Path) -> None:
    """No emulator in the row, or one that this machine lacks, with the package that brings it."""
    assert "nothing on this machine runs" in found_runner(tmp_path, row_with()).missing
    lacking = found_runner(tmp_path, row_with("no-such-emulator", packages="nosuch"))
    assert "no-such-emulator is not on this machine" in lacking.missing
    assert "apt-get install nosuch" in lacking.missing


def test_an_emulator_that_is_no_program_is_told_as_such(tmp_path: Path) -> None:
    """Installing a package would not help."""
    (tmp_path / "data").touch()

    for name, wrong in {".": "is a folder", "data": "is not executable"}.items():
        row = row_with(str(tmp_path / name), packages="nosuch")
        missing = found_runner(tmp_path, row).missing
        assert missing.endswith(wrong), name


def test_the_check_program_is_built_where_it_can_run() -> None:
    """A compile of minutes is not spent where nothing here can run the result."""
    here = next(row for row in ROWS.platforms if is_native(row))
    rows = (here, row_with("sh"), row_with("no-such-emulator"), row_with())

    assert [True, True, False, False] == [can_run(row, dict(os.environ)) for row in rows]


def test_system_files_are_not_fetched_offline(tmp_path: Path) -> None:
    """The reason says what to do without."""
    row = row_with("sh", "{root}", root="x64")

    assert "(--offline)" in found_runner(tmp_path, row).missing


def test_places_are_filled_into_the_emulators_words(tmp_path: Path) -> None:
    """The row names no folder of this machine."""
    write_json(root_folder(tmp_path, "x64") / MARK, made_of(SUITES[0]))
    row = row_with("sh", "-L", "{root}", root="x64", environment={"PLACE": "{build}/wine"})
    runner = found_runner(tmp_path, row)

    assert runner.prefix == ("sh", "-L", str(root_folder(tmp_path, "x64")))
    assert runner.env == {"PLACE": f"{tmp_path}/wine"}
    assert not runner.missing


def test_system_files_need_their_tool(tmp_path: Path) -> None:
    """The package that brings it is named; nothing half made stays behind."""
    with progress_on(bars=False) as progress, pytest.raises(RootError, match="debootstrap"):
        make_root(
            tmp_path, "x64", env={"PATH": "/nowhere"}, logs=tmp_path / "logs", progress=progress
        )
    assert not root_folder(tmp_path, "x64").exists()


def test_an_older_suite_serves_where_the_newest_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive may lack packages of one machine for a while; with none left the log is named."""
    asked: list[str] = []
    served = {"bookworm"}

    def call(argv: Sequence[str | Path], env: Mapping[str, str], log: object, machine: str) -> None:
        asked.append(str(argv[-2]))
        if asked[-1] not in served:
            raise RootError(f"no {machine}", why="", then="")
        Path(argv[-1]).mkdir()

    monkeypatch.setattr("wheels.roots._call", call)
    monkeypatch.setattr("wheels.roots.TOOLS", ())
    with progress_on(bars=False) as progress:
        root = make_root(tmp_path, "x64", env={}, logs=tmp_path, progress=progress)
        served.clear()
        with pytest.raises(RootError):
            make_root(tmp_path, "x65", env={}, logs=tmp_path, progress=progress)

    assert asked == [*SUITES, *SUITES]
    assert is_made(root)


def test_links_of_system_files_stay_inside(tmp_path: Path) -> None:
    """The loader of bookworm's ppc64el is such a link."""
    (tmp_path / "lib/x").mkdir(parents=True)
    (tmp_path / "lib/x/ld.so").write_text("loader")
    (tmp_path / "lib64").mkdir()
    (tmp_path / "lib64/ld.so").symlink_to("/lib/x/ld.so")
    (tmp_path / "near").symlink_to("lib/x")

    keep_inside(tmp_path)

    assert (tmp_path / "lib64/ld.so").read_text() == "loader"
    assert (tmp_path / "near").readlink() == Path("lib/x")


def test_a_python_elsewhere_runs_the_cells_of_its_version_alone(tmp_path: Path) -> None:
    """What another version would do there is not known."""
    root = root_folder(tmp_path, "x64")
    for name in ("usr/bin/python3.13", "usr/share/python-wheels/pip-25-py3-none-any.whl"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    row = dataclasses.replace(foreign(), root="x64", libc="glibc")
    there = python_elsewhere(row, tmp_path, Runner(prefix=("emulate",)))

    assert isinstance(there, Elsewhere)
    assert there.words("-V")[0] == "emulate"
    pythons = {one.version: one for one in ROWS.pythons}
    assert why_not(there, pythons["3.13"]) == ""
    assert why_not(there, pythons["3.12"]) == "the Python there is 3.13"
    assert why_not("no emulator", pythons["3.13"]) == "no emulator"
    assert "no Python of" in str(python_elsewhere(foreign(), tmp_path, Runner()))


def test_what_was_not_run_is_told_below_the_table() -> None:
    """Each reason once, with all that it holds for; nothing of it counts as failed."""
    row = Row(
        artefact="a", tag="t", size=1, worst=None, speed=None, status="shipped", reason="",
        seconds=1.0, left_out=("trivet-check: no emulator",),
    )  # fmt: skip
    text = table([row, dataclasses.replace(row, artefact="b")])

    assert "what failed" not in text
    assert "  trivet-check: no emulator: a, b" in text.splitlines()


def test_a_verdict_without_a_run_proves_nothing_and_fails_nothing() -> None:
    """It is green, for nothing failed, and knows that it was not run."""
    verdict = left_out("trivet-check", "no emulator")

    assert verdict.green
    assert not verdict.was_run
    assert verdict.total == 0


@pytest.mark.parametrize(
    ("soname", "leads"),
    [
        ("@rpath/libx.dylib", True),
        ("/System/Library/Frameworks/X.framework/X", True),
        ("libx.dylib", True),
        ("@rpath/liby.dylib", False),
        (None, True),
    ],
)
def test_a_name_that_macos_resolves_leads_to_the_file(
    soname: str | None, leads: bool, tmp_path: Path
) -> None:
    """Install names hold a folder or a word for one; the file's own name is what counts."""
    (tmp_path / "libx.dylib").touch()
    one = library("openblas", path=str(tmp_path / "libx.dylib"), soname=soname)

    assert with_variants(one, RECIPES).soname_beside is leads


@pytest.mark.parametrize(
    ("name", "data", "row", "reason"),
    [
        ("libscipy_openblas.so", tiny_elf(), "manylinux_2_28_aarch64", "x86_64"),
        ("libscipy_openblas.dylib", tiny_macho(), "macosx_11_0_x86_64", "aarch64"),
        ("libscipy_openblas.so", b"no library", "manylinux_2_28_aarch64", "libscipy_openblas.so: "),
        ("libscipy_openblas.so", tiny_elf(machine=183), "manylinux_2_28_aarch64", ""),
        ("libscipy_openblas.dylib", tiny_macho(), "macosx_14_0_arm64", ""),
    ],
)
def test_a_package_of_another_platform_is_refused_before_anything_is_built(
    tmp_path: Path, name: str, data: bytes, row: str, reason: str
) -> None:
    """With the file and what it is for; pip's word for the platform is not enough."""
    requirement = next(one.wheel for one in RECIPES.variants if one.id == "openblas")
    place = tmp_path / SITE / name
    place.parent.mkdir(parents=True)
    place.write_bytes(data)
    got = Fetched(folders={requirement: tmp_path}, failures={})

    kept = fitting(got, RECIPES, platform(row))

    assert reason in kept.failures.get(requirement, "")
    assert bool(reason) == (f"remove {tmp_path}" in kept.failures.get(requirement, ""))
    assert bool(reason) == (requirement not in kept.folders)


def test_a_library_that_asks_for_a_newer_system_than_the_row_promises_is_refused(
    tmp_path: Path,
) -> None:
    """The floor is the row's word; what to change is said."""
    path = tmp_path / "libscipy_openblas.dylib"
    path.write_bytes(tiny_macho(oldest=11 << 16))
    row = platform("macosx_11_0_arm64")
    old = dataclasses.replace(row, libc_floor="10.9")

    assert "" == why_unfit(path, row)
    assert "asks for macos 11.0, and macosx_11_0_arm64 promises 10.9: raise" in why_unfit(path, old)


def test_a_library_outside_site_packages_is_of_the_distribution_that_lists_it(
    tmp_path: Path,
) -> None:
    """MKL's wheels put theirs into the prefix; the pinned one brings the other."""
    row = platform("win_amd64")
    requirement = next(one.wheel for one in RECIPES.variants if one.id == "mkl")
    path = tmp_path / "prefix" / "Library" / "bin" / "mkl_rt.3.dll"
    path.parent.mkdir(parents=True)
    for name in (path.name, "mkl_intel_thread.3.dll", "libiomp5md.dll"):
        data = tiny_pe(defined=["dgemm_", "mkl_get_version_string"], name=name)
        path.with_name(name).write_bytes(data)
    for name, listed in (("mkl_devel", ""), ("mkl", "../../../Library/bin/mkl_rt.3.dll,,\n")):
        info = tmp_path / "prefix" / SITE / f"{name}-2026.2.0.dist-info"
        info.mkdir(parents=True)
        (info / "RECORD").write_text(listed)
    got = Fetched(folders={requirement: tmp_path / "prefix"}, failures={})
    folders = folders_of(build=tmp_path / "build")

    found = find_elsewhere(row, folders, RECIPES, got, {}, HashCache(tmp_path / "hashes"))

    assert [("mkl", "pypi:mkl", None)] == [
        (one.provider, one.source, one.problem) for one in found.libraries if one.path == str(path)
    ]


def test_the_main_wheel_and_mkls_are_planned_for_windows() -> None:
    """Core and Python package make its loader look where a requirement put its DLLs."""
    row = platform("win_amd64")
    made = planned(RECIPES, row, fetch=True)

    assert f"backend-mkl-{row.id}" in [one.id for one in made.artefacts]


def test_a_platform_whose_package_could_not_be_had_says_why() -> None:
    """Not that this machine lacks a library."""
    row = foreign()
    requirement = next(one.wheel for one in RECIPES.variants if one.id == "openblas")
    made = planned(RECIPES, row, fetch=False, unfetched={row.id: {requirement: "no such wheel"}})

    assert f"{requirement}: no such wheel" in why_barren(made, row.id, "openblas")[0]


def test_another_choice_of_variants_asks_the_probe_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found with a part of the recipes is no answer for all of them."""
    asked: list[int] = []

    def probe(*, recipes: Recipes, **_: object) -> Found:
        asked.append(len(recipes.variants))
        return Found(libraries=(), variants=recipes.variants, ignored_environment={})

    monkeypatch.setattr("wheels.finding.probe", probe)
    folders = folders_of(build=tmp_path)
    with progress_on(bars=False) as progress:
        for recipes in (RECIPES, RECIPES, chosen(RECIPES, ["openblas"]), RECIPES):
            find(folders, recipes, sites=(), paths=(), environ={}, cache=HashCache(tmp_path / "h"),
                 progress=progress, jobs=1)  # fmt: skip

    assert 3 == len(asked)
