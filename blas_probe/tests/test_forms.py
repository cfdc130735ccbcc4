# SPDX-License-Identifier: Apache-2.0
"""The CMake file and the shell lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blas_probe.cli.run import Run
from blas_probe.errors import NotChosen, UnknownVariant, UsageError
from blas_probe.found import Found
from blas_probe.library import Header, Library
from blas_probe.recipe import Find, Recipe, Recipes, Select, Threads, Variant
from blas_probe.threads.facts import MachineFacts
from blas_probe.write.cmake import cmake, quote
from blas_probe.write.env import env
from blas_probe.write.pkg_config import FIRST, pkg_config

Make = Callable[..., Library]
FAST = Variant(id="fast", provider="fast")
WIDE = Variant(id="wide", provider="fast", select=Select(int_bits=64))
RECIPE = Recipe(
    name="fast", summary="", home="", provides=("blas",), platforms=("*",), marks=("fast_mark",),
    find=Find(files=("libfast*",), env=("FASTROOT",), subdirs=("lib", "lib/intel64")),
    threads=Threads(env=("FAST_NUM_THREADS", "OMP_NUM_THREADS")), variant=(FAST, WIDE),
)  # fmt: skip


def run(use: str | None = None) -> Run:
    """A run with the one recipe."""
    return Run(
        recipes=Recipes(providers=(RECIPE,)), environ={}, paths=[], site_packages=None, jobs=1,
        timeout=1, use=use, refine=(), say=print, cache=None,
    )  # fmt: skip


def found(*libraries: Library, machine: MachineFacts | None = None) -> Found:
    """An answer with two variants."""
    return Found(
        libraries=libraries, variants=(FAST, WIDE), ignored_environment={}, machine=machine
    )


def fast(make: Make, **facts: Any) -> Library:
    """A library of the provider."""
    path = facts.pop("path", "/opt/fast/lib/libfast.so")
    return make(**{"path": path, "provider": "fast", "soname": None, **facts})


def header(folder: str) -> Header:
    """A proven header."""
    return Header(path=f"{folder}/cblas.h", kind="cblas", int_bits=32, defines=("FAST_X=1",),
                  pair="proven", reason="")  # fmt: skip


def test_the_cmake_file_fills_the_cache_and_offers_targets(library: Make, tmp_path: Path) -> None:
    """Libraries by full path, the width in bytes, headers and macros that belong to them."""
    one = fast(library, headers=(header("/opt/fast/include"),))

    said = cmake(found(one), run(), tmp_path / "x/fast.cmake")

    text = (tmp_path / "x/fast.cmake").read_text()
    assert f"cmake -C {tmp_path}/x/fast.cmake" in said
    for line in (
        'set(BLAS_LIBRARIES "/opt/fast/lib/libfast.so" CACHE STRING "BLAS" FORCE)',
        'set(BLA_SIZEOF_INTEGER "4" CACHE',
        'set(CBLAS_INCLUDE_DIRS "/opt/fast/include" CACHE',
        'set(BLAS_PROBE_COMPILE_DEFINITIONS "FAST_X=1" CACHE',
        "add_library(blas_probe::lapack-fast INTERFACE IMPORTED)",
        '      INTERFACE_COMPILE_DEFINITIONS "FAST_X=1")',
    ):
        assert line in text
    assert "LAPACKE_LIBRARIES" not in text and "blas_probe::blas-wide" not in text


def test_a_path_is_taken_as_it_is() -> None:
    """Nothing in it is a variable, a list or an end of text for CMake."""
    assert r'"/a \"b\" \$ENV{x} \\ c;d"' == quote('/a "b" $ENV{x} \\ c;d')


def test_the_shell_lines_keep_what_was_set(library: Make, tmp_path: Path) -> None:
    """Flags of the user stay behind ours; the provider's own root is told."""
    (tmp_path / "my fast/lib").mkdir(parents=True)
    path = tmp_path / "my fast/lib/libfast.so.1"
    path.write_bytes(b"")
    one = fast(library, path=str(path), soname="libfast.so.1",
               headers=(header(f"{tmp_path}/my fast/include"),))  # fmt: skip

    lines = env(found(one), run(), True).splitlines()

    assert lines[0] == f"# fast 1.0: {path}"
    assert f"export FASTROOT='{tmp_path}/my fast'" in lines
    (flags,) = (line for line in lines if line.startswith("export CPPFLAGS="))
    assert flags.endswith('"${CPPFLAGS:+ $CPPFLAGS}"') and "-DFAST_X=1" in flags
    (libs,) = (line for line in lines if line.startswith("export BLAS_LIBS="))
    assert "-Wl,-rpath," in libs
    assert not any("NUM_THREADS" in line for line in lines)


def test_threads_are_limited_where_the_machine_limits_them(library: Make) -> None:
    """A quota smaller than the number of CPUs is told to the library."""
    machine = MachineFacts(cores=64, usable_threads=4, limited_by="quota")

    lines = env(found(fast(library), machine=machine), run(), True).splitlines()

    assert ["# 64 CPUs, limited by quota", "export FAST_NUM_THREADS=4"] == lines[-2:]


@pytest.mark.parametrize("form", [cmake, pkg_config])
@pytest.mark.parametrize(
    ("use", "error", "text"),
    [("nobody", UnknownVariant, "known: fast, wide"), ("wide", NotChosen, "int_bits is 32")],
)
def test_a_variant_that_is_not_here_is_told(
    library: Make, tmp_path: Path, form: Any, use: str, error: type[Exception], text: str
) -> None:
    """Nothing is written, and the message says why."""
    with pytest.raises(error, match=text):
        form(found(fast(library)), run(use), tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_without_any_library_there_is_nothing_to_write(tmp_path: Path) -> None:
    """The message names the command that explains."""
    with pytest.raises(NotChosen, match="doctor"):
        cmake(found(), run(), tmp_path / "x.cmake")
    with pytest.raises(NotChosen):
        env(found(), run(), True)


def test_wide_integers_are_given_to_nobody_who_does_not_ask(library: Make, tmp_path: Path) -> None:
    """An ordinary project would link, run, and compute nonsense."""
    wide = found(fast(library, int_bits=64))

    with pytest.raises(NotChosen, match="--use wide"):
        env(wide, run(), True)
    with pytest.raises(NotChosen, match="--use wide"):
        cmake(wide, run(), tmp_path / "x.cmake")
    assert "BLAS_LIBS" in env(wide, run("wide"), True)


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    """What an earlier run wrote is gone all the same."""
    (tmp_path / "old.pc").write_text(FIRST)

    with pytest.raises(NotChosen, match="doctor"):
        pkg_config(found(), run(), tmp_path)

    assert not list(tmp_path.iterdir())


def test_a_file_of_somebody_else_is_not_overwritten(library: Make, tmp_path: Path) -> None:
    """`--cmake CMakeLists.txt` would cost a project."""
    project = tmp_path / "CMakeLists.txt"
    project.write_text("project(mine)\n")

    with pytest.raises(UsageError, match="did not write it"):
        cmake(found(fast(library)), run(), project)

    assert "project(mine)\n" == project.read_text()


@pytest.mark.parametrize("path", ["/opt/a,b/libfast.so", "/opt/a;b/libfast.so"])
def test_a_path_that_cmake_tears_is_refused(library: Make, tmp_path: Path, path: str) -> None:
    """Otherwise the first link of the user's project would fail, far from here."""
    with pytest.raises(UsageError, match="--pkg-config"):
        cmake(found(fast(library, path=path)), run(), tmp_path / "x.cmake")


def test_an_rpath_with_a_comma_is_not_torn(library: Make) -> None:
    """-Wl passes what stands between commas as words of their own."""
    lines = env(found(fast(library, path="/opt/a,b/libfast.so")), run(), True)

    assert "-Xlinker -rpath -Xlinker /opt/a,b" in lines


def test_a_file_that_cannot_be_written_is_told(library: Make, tmp_path: Path) -> None:
    """A folder in its place: the message names the path and the cure."""
    (tmp_path / "taken/inside").mkdir(parents=True)

    with pytest.raises(UsageError, match=r"taken: cannot be written: .*; give a path"):
        cmake(found(fast(library)), run(), tmp_path / "taken")

    assert ["inside"] == [path.name for path in (tmp_path / "taken").iterdir()]
    assert ["taken"] == [path.name for path in tmp_path.iterdir()]
