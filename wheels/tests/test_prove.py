# SPDX-License-Identifier: Apache-2.0
"""`prove` before and after the compiler: what was named, what is known of it, how it ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from blas_probe.library import Library
from blas_probe.recipe import Expect, Find, Recipe, Recipes
from wheels import cli
from wheels.command import Log
from wheels.errors import (
    CheckError,
    CommandError,
    CommandTimeoutError,
    NotALibraryError,
    RefusedLibraryError,
    UnfinishedCheckError,
)
from wheels.proof import show
from wheels.proof.backends import certificate_of
from wheels.proof.building import not_built
from wheels.proof.prove import finish, with_strangers
from wheels.proof.static import is_archive
from wheels.proof.target import locate, target_of
from wheels.proof.verdict import Behaviour, NotRun, Verdict
from wheels.tests.proof_samples import PROOF, VERDICT
from wheels.tests.source_samples import FAST, LIBRARY, found

BARE = replace(LIBRARY, path="/opt/libfast.so.1", provider="fast", variants=())
RECIPE = Recipe(
    name="fast",
    summary="x",
    home="x",
    provides=("blas",),
    platforms=("*",),
    marks=("fast_mark",),
    find=Find(files=("libfast*",)),
    variant=(replace(FAST, floor=0.3),),
    expect=(Expect(case="dgemm*", outcome="fail", reason="known", versions=("<2",)),),
)
RECIPES = Recipes(providers=(RECIPE,))
LAPACK_ALONE = replace(
    BARE, path="/opt/liblapack.so.3", provider="netlib", has_blas=False, has_lapack=True
)


def test_a_known_provider_has_its_floor_and_its_known_defects() -> None:
    """Also a build that no variant takes: of another source, or with another suffix."""
    target = target_of(replace(BARE, version="1.0"), None, found(BARE), RECIPES)

    assert target.floor == 0.3
    assert [row.reason for row in target.expects] == ["known"]
    assert target.notes == ()


def test_an_unknown_provider_is_proven_without_a_floor() -> None:
    """A library that no recipe knows is no reason to refuse."""
    target = target_of(replace(BARE, provider="unknown"), None, found(BARE), RECIPES)

    assert (target.floor, target.expects, target.choice.variant.id) == (0.0, (), "custom")
    assert target.notes == ("no recipe has a variant of `unknown`: no floor of speed is set",)


REFUSED: dict[str, tuple[Library, str]] = {
    "width unknown": (replace(BARE, int_bits="unknown"), "needs int_bits, which is unknown"),
    "return unknown": (replace(BARE, complex_return="unknown"), "needs complex_return"),
    "names in capitals": (replace(BARE, upper=True), "names are in capitals"),
    "a third return": (replace(BARE, complex_return="fnda"), "returned in a third way"),
}


@pytest.mark.parametrize(("library", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_measured_is_refused(library: Library, expected: str) -> None:
    """A backend is never compiled from a guess."""
    with pytest.raises(RefusedLibraryError, match=expected):
        target_of(library, None, found(library), RECIPES)


def test_a_lapack_of_another_width_is_refused() -> None:
    """With both widths."""
    wide = replace(LAPACK_ALONE, int_bits=64)

    with pytest.raises(RefusedLibraryError) as caught:
        target_of(BARE, wide, found(BARE), RECIPES)
    assert "int_bits is 32, the BLAS has 64" in str(caught.value) or "64" in str(caught.value)


def test_a_lapack_that_fits_is_proven_with_it() -> None:
    """In the order of the linker: LAPACK first."""
    target = target_of(replace(BARE, has_lapack=False), LAPACK_ALONE, found(BARE), RECIPES)

    assert [one.path for one in target.libraries] == ["/opt/liblapack.so.3", "/opt/libfast.so.1"]
    assert target.has_lapack


def folder(path: Path) -> Path:
    (path / "libx.so.3").write_bytes(b"")
    return path


def dangling(path: Path) -> Path:
    (path / "libx.so").symlink_to("nowhere")
    return path / "libx.so"


PLACES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a folder": (folder, "name the file: libx.so.3"),
    "nothing": (lambda path: path / "none.so", "none.so does not exist"),
    "a dangling link": (dangling, "is a link to a file that does not exist"),
    "a name of nothing": (lambda path: Path("libnosuchthing.so.9"), "no name that the loader"),
    "nearly a variant": (lambda path: Path("fst"), "did you mean: fast"),
}


@pytest.mark.parametrize(("make", "expected"), PLACES.values(), ids=PLACES.keys())
def test_a_wrong_name_is_one_error(
    make: Callable[[Path], Path], expected: str, tmp_path: Path
) -> None:
    """It says what is there instead."""
    with pytest.raises(NotALibraryError) as caught:
        locate(str(make(tmp_path)), ("fast", "slow"), os.environ)
    assert expected in str(caught.value)


def test_archives_are_told_by_their_first_bytes(tmp_path: Path) -> None:
    """Whatever they are called."""
    (tmp_path / "odd").write_bytes(b"!<arch>\n...")
    (tmp_path / "lib.a").write_bytes(b"\x7fELF")

    assert is_archive(tmp_path / "odd")
    assert not is_archive(tmp_path / "lib.a")


def test_another_library_that_answers_is_a_failure() -> None:
    """The loader may have found a namesake."""
    target = target_of(BARE, None, found(BARE), RECIPES)
    right = replace(VERDICT, answered={"library": BARE.path, "lapack_library": BARE.path})
    wrong = replace(VERDICT, answered={**right.answered, "library": "/usr/lib/libfast.so.1"})

    assert with_strangers(right, target).green
    assert with_strangers(wrong, target).failures == (
        f"the library that answered is /usr/lib/libfast.so.1, not {BARE.path}",
    )


def finished(verdict: Verdict, tmp_path: Path, *, as_json: bool = False) -> int:
    """End as the command does."""
    backend = tmp_path / "b.so"
    backend.write_bytes(b"x")
    return finish(certificate_of("b", replace(PROOF, verdict=verdict), backend), as_json=as_json)


def test_the_exit_code_tells_wrong_from_unfinished(tmp_path: Path) -> None:
    """0 only when everything held."""
    wrong = replace(VERDICT, failures=("dgemm 65: ratio 17 over the threshold 16",))
    hung = replace(VERDICT, failures=("hung: no end after 300 s",), ending="hung")

    assert finished(VERDICT, tmp_path) == 0
    with pytest.raises(CheckError, match="ratio 17 over"):
        finished(wrong, tmp_path)
    with pytest.raises(UnfinishedCheckError, match="no end after"):
        finished(hung, tmp_path)


def test_the_text_says_all_that_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it is, the worst ratios, behaviour, speed, known defects, what was left out."""
    verdict = replace(
        VERDICT,
        behaviours=(Behaviour(case="fork", held=False, detail="the child hangs"),),
        defects=("scasum is known to be wrong",),
        not_run=(NotRun(what="LAPACK cases", why="there is none"),),
        failures=tuple(f"case {number} failed" for number in range(30)),
    )
    with pytest.raises(CheckError):
        finished(verdict, tmp_path)
    text = capsys.readouterr().out

    for words in (
        "fast 1.2, 32-bit integers, threads serial, LAPACK 3.12",
        "gemm: 2 of 16 allowed (dgemm 65x65x65)",
        "failed     fork: the child hangs",
        "good: dgemm 80% of this CPU's peak; the floor is 40%",
        "known      scasum is known to be wrong",
        "not run    LAPACK cases: there is none",
        "FAILED: 30",
        f"and {30 - show.SHOWN} more",
    ):
        assert words in text, words


def test_quick_is_the_default_of_prove() -> None:
    """--full and --quick share one switch."""
    read = cli.parser().parse_args

    assert not read(["prove", "x"]).full
    assert read(["prove", "x", "--full"]).full
    assert not read(["prove", "x", "--full", "--quick"]).full


def test_a_wrong_command_line_is_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, and the exit code of its own."""
    code = cli.main(["verify", str(tmp_path / "none.whl"), "--build", str(tmp_path)])

    assert code == 2
    assert "no such wheel" in capsys.readouterr().err


def test_what_does_not_build_says_why(tmp_path: Path) -> None:
    """The compiler's own line, or that it came to no end."""
    log = Log(tmp_path / "x.log", "build")
    log.write("a.cpp:1: error: no such thing\nninja: build stopped")
    late = CommandTimeoutError("no end after 300 s: cmake -S x")

    assert not_built("x", CommandError("failed: ninja"), log).why == "a.cpp:1: error: no such thing"
    assert not_built("x", late, log).why == "no end after 300 s"
    assert not_built("x", late, log).exit_code == 10
