# SPDX-License-Identifier: Apache-2.0
"""Small parts: providers, compilers, interpreters, metadata, licences, tags, progress, summary."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from blas_probe.recipe import load_recipes
from wheels import providers
from wheels.command import call
from wheels.errors import FetchError, PackError
from wheels.folders import CHECKOUT, read_project
from wheels.install import misplaced, relative
from wheels.interpreters import Interpreter, match
from wheels.licences import find_original, for_wheel, original_name
from wheels.metadata import (
    file_stem,
    module_name,
    normalised,
    trivet_metadata,
    with_license_files,
)
from wheels.progress import PlainProgress, wants_bars
from wheels.proving import brings
from wheels.repair.elf import proven_floor
from wheels.rows import Python
from wheels.summary import Row, table
from wheels.tests.plan_samples import real_rows
from wheels.toolchain import Compiler, write_wrappers

PLATFORM = real_rows().platforms[0]


def test_a_fetched_package_lies_as_pip_would_lay_it(tmp_path: Path) -> None:
    """`.data/data` goes to the prefix, and RECORD names the real places."""
    with zipfile.ZipFile(tmp_path / "p-1-py3-none-any.whl", "w") as archive:
        archive.writestr("p/__init__.py", "")
        archive.writestr("p-1.data/data/lib/libp.so.3", "elf")
        archive.writestr("p-1.dist-info/RECORD", "p/__init__.py,,\np-1.data/data/lib/libp.so.3,,\n")

    providers.unpack(tmp_path / "p-1-py3-none-any.whl", tmp_path / "out")

    assert (tmp_path / "out/lib/libp.so.3").read_text() == "elf"
    site = tmp_path / "out" / providers.SITE
    record = (site / "p-1.dist-info/RECORD").read_text().splitlines()
    assert (site / record[1].split(",")[0]).resolve() == tmp_path / "out/lib/libp.so.3"


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../b"])
def test_a_wheel_that_leaves_its_folder_is_refused(name: str) -> None:
    """A package from outside cannot write elsewhere."""
    with pytest.raises(FetchError):
        providers.installed_place(name)


def test_places_inside_a_wheel() -> None:
    """Scripts, data and modules each have their folder."""
    place = providers.installed_place

    assert place("m/x.py") == providers.SITE / "m/x.py"
    assert place("m-1.data/data/lib/x.so") == PurePosixPath("lib/x.so")
    assert place("m-1.data/scripts/x") == PurePosixPath("bin/x")
    assert place("m-1.data/purelib/m/x.py") == providers.SITE / "m/x.py"


def test_no_network_is_told_in_one_line() -> None:
    """The reason that reaches the plan is short."""
    output = "WARNING: Retrying ... [Errno -3] Temporary failure in name resolution\nERROR: No x"

    text = providers.fetch_failure(output, RuntimeError())

    assert text == "no network: the package index cannot be reached"


def test_offline_uses_what_is_there_and_names_what_is_not(tmp_path: Path) -> None:
    """A second run without a network loses nothing."""
    place = tmp_path / PLATFORM.id / "here-1"
    place.mkdir(parents=True)
    (place / "fetched.json").write_text('{"requirement": "here==1"}')

    got = providers.fetch(
        ["here==1", "gone==1"],
        PLATFORM,
        tmp_path,
        logs=tmp_path,
        progress=PlainProgress(io.StringIO()),
        offline=True,
    )

    assert got.folders == {"here==1": place}
    assert "not fetched before" in got.failures["gone==1"]


def test_another_platforms_packages_are_asked_for_by_name() -> None:
    """pip is told the platform's names, newest first."""
    words = providers.pip_download("x==1", PLATFORM, native=False)

    assert words[words.index("--platform") + 1] == PLATFORM.pip_platforms[0]
    assert words[-1] == "x==1"


def test_wrappers_work_in_folders_with_spaces_and_other_letters(tmp_path: Path) -> None:
    """A compiler wrapper passes its arguments and environment on unchanged."""
    tool = tmp_path / "ein Ordner" / "größe's tool"
    tool.parent.mkdir()
    tool.write_text('#!/bin/sh\necho "$CACHE|$1|$2|$3"\n')
    tool.chmod(0o755)
    compiler = Compiler(
        id="t",
        version="1",
        cc=(str(tool),),
        cxx=(str(tool), "c++"),
        ar=(),
        ranlib=(),
        environment=(("CACHE", str(tmp_path / "mit Platz")),),
    )

    made = write_wrappers(compiler, tmp_path / "bauen & testen")
    done = call([made.cxx, "-I", "a b"])

    assert done.output.strip() == f"{tmp_path / 'mit Platz'}|c++|-I|a b"
    assert made.ar is None


def interpreter(minor: int, *, headers: bool = True) -> Interpreter:
    """Return a recorded interpreter."""
    return Interpreter(
        path=Path(f"/usr/bin/python3.{minor}"),
        version=(3, minor, 1),
        include=Path(f"/usr/include/python3.{minor}"),
        suffix=".so",
        has_headers=headers,
    )


PYTHONS = (
    Python(id="cp311", version="3.11", abi="cp311"),
    Python(id="cp312", version="3.12", abi="abi3", newer=True),
    Python(id="cp313", version="3.13", wheel="cp312"),
)


def test_a_newer_python_builds_the_stable_abi_wheel() -> None:
    """Without 3.12, the headers of 3.13 serve; 3.11 is told as missing."""
    here = match(PYTHONS, [interpreter(13)])

    assert here.builds["cp312"].version[1] == 13
    assert here.refusals["cp312"] == ""
    assert "no CPython 3.11" in here.refusals["cp311"]


def test_a_python_without_headers_says_which_package_has_them() -> None:
    """The reason names the file and Debian's package."""
    here = match(PYTHONS, [interpreter(11, headers=False)])

    assert "Python.h is missing" in here.refusals["cp311"]
    assert "python3.11-dev" in here.refusals["cp311"]


def test_names_of_distributions_modules_and_files() -> None:
    """One spelling for each place."""
    assert normalised("Trivet_OpenBLAS.64") == "trivet-openblas-64"
    assert file_stem("trivet-openblas-pthread", "1.0") == "trivet_openblas_pthread-1.0"
    assert module_name("openblas-pthread") == "trivet_openblas_pthread"


def test_licence_files_are_named_in_the_header() -> None:
    """The fields stand before the empty line, sorted."""
    text = with_license_files("Name: x\nVersion: 1\n\nbody\n\nmore", ["b", "a"])

    assert text == "Name: x\nVersion: 1\nLicense-File: a\nLicense-File: b\n\nbody\n\nmore"


@pytest.mark.parametrize(
    ("grafted", "plain"),
    [
        ("libblis-1a2b3c4d.so.4", "libblis.so.4"),
        ("libopenblasp-r0-1a2b3c4d.3.21.so", "libopenblasp-r0-1a2b3c4d.3.21.so"),
        ("libgfortran-040039e1-0352e75f.so.5.0.0", "libgfortran-040039e1.so.5.0.0"),
        ("libx.so", "libx.so"),
    ],
)
def test_the_original_name_of_a_grafted_library(grafted: str, plain: str) -> None:
    """auditwheel puts eight hexadecimal digits before the first .so."""
    assert original_name(grafted) == plain


def test_a_chosen_library_is_found_before_one_of_the_same_name(tmp_path: Path) -> None:
    """Several providers have a libblas.so.3."""
    (tmp_path / "libblas.so.3").write_text("")

    found = find_original("libblas.so.3", {"libblas.so.3": Path("/chosen")}, [tmp_path])

    assert found == Path("/chosen")


@pytest.mark.parametrize(
    ("tags", "floor"),
    [
        ("manylinux_2_27_x86_64.manylinux_2_28_x86_64", (2, 27)),
        ("manylinux2014_x86_64.manylinux_2_17_x86_64", (2, 17)),
        ("manylinux2014_aarch64", (2, 17)),
        ("manylinux_2_5_x86_64.manylinux1_x86_64", (2, 5)),
    ],
)
def test_the_floor_that_tags_prove(tags: str, floor: tuple[int, int]) -> None:
    """The lowest one is what the symbols allow."""
    assert proven_floor(f"x-1-py3-none-{tags}.whl") == floor


def test_a_wheel_without_manylinux_tag_is_refused() -> None:
    """A wheel for this very machine alone is never shipped."""
    with pytest.raises(PackError, match="no manylinux tag"):
        proven_floor("x-1-py3-none-linux_x86_64.whl")


def test_a_library_outside_of_the_venv_is_noticed(tmp_path: Path) -> None:
    """A wheel that falls back on the system's library is not proven."""
    inside = str(tmp_path / "lib/trivet_backend_x.so")
    good = {"path": inside, "library": inside, "lapack_library": inside}

    assert misplaced(good, tmp_path, "trivet_backend_x.so") == []
    wrong = misplaced({**good, "library": "/usr/lib/libblas.so.3"}, tmp_path, "trivet_backend_x.so")
    assert wrong == [
        "the library that answers is /usr/lib/libblas.so.3, outside of the installed wheel"
    ]


def test_temporary_folders_stay_out_of_certificates(tmp_path: Path) -> None:
    """Two runs write the same text."""
    record = relative({"a": {"b": f"{tmp_path}/lib/x.so"}}, tmp_path)

    assert record == {"a": {"b": "<venv>/lib/x.so"}}


def test_requirements_that_were_fetched_are_installed_offline(tmp_path: Path) -> None:
    """A name is enough: pip checks the version."""
    (tmp_path / "intel_openmp-2-py3-none-any.whl").write_text("")

    assert brings([tmp_path], ["intel-openmp==2.*"])
    assert not brings([tmp_path], ["intel-openmp==2.*", "mkl>=3"])


def test_plain_progress_has_no_control_characters() -> None:
    """CI logs stay readable."""
    out = io.StringIO()
    shown = PlainProgress(out)
    shown.stage("build", 2)
    shown.done("core", "built", 1.25)
    shown.done("backend-x", "up to date", 0.0)

    assert out.getvalue().splitlines() == [
        "build [1/2] core: built (1.2 s)",
        "build [2/2] backend-x: up to date (0.0 s)",
    ]
    assert all(character.isprintable() or character == "\n" for character in out.getvalue())


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


@pytest.mark.parametrize(
    ("environ", "expected"),
    [({}, True), ({"CI": "true"}, False), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_bars_only_where_somebody_looks(environ: dict[str, str], expected: bool) -> None:
    """A terminal without CI or NO_COLOR."""
    assert wants_bars(Terminal(), environ) is expected
    assert not wants_bars(io.StringIO(), environ)


def test_the_table_says_not_run_where_nothing_was_run() -> None:
    """A missing number is never a zero."""
    row = Row(
        artefact="blas-probe-any",
        tag="py3-none-any",
        size=50_000,
        worst=None,
        speed=None,
        status="shipped",
        reason="",
        seconds=1.0,
    )
    bad = Row(
        artefact="backend-x",
        tag="",
        size=None,
        worst=1.7,
        speed=0.1,
        status="FAILED",
        reason="gemm is wrong",
        seconds=2.0,
    )

    text = table([row, bad])

    assert "not run  not run  shipped" in text
    assert text.endswith("what failed:\n  backend-x: gemm is wrong")


def test_the_project_is_read_from_one_place() -> None:
    """Name and version stand in pyproject.toml alone."""
    project = read_project(CHECKOUT)

    assert project.name == "trivet"
    assert all(path.is_file() for path in (*project.license_files, project.readme))


def test_no_folder_of_licences_looks_like_a_library(tmp_path: Path) -> None:
    """abi3audit opens all that ends in `.so`, and fails on a folder."""
    library, info = tmp_path / "fast" / "libfast.so", tmp_path / "fast-1.dist-info"
    for path, text in (
        (library, ""),
        (info / "RECORD", "fast/libfast.so,,\n"),
        (info / "LICENSE", "do as you like\n"),
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    files, missing = for_wheel(["libfast-0a1b2c3d.so"], {"libfast.so": library}, [], {})

    assert ({"bundled/libfast_so/LICENSE": info / "LICENSE"}, []) == (files, missing)


def test_a_wheel_names_the_authors_of_pyproject() -> None:
    """As a source build does: the two routes say the same."""
    text = trivet_metadata(read_project(CHECKOUT), load_recipes(CHECKOUT / "recipes"), ())

    assert "Author: The Trivet developers\n" in text.partition("\n\n")[0] + "\n"
