# SPDX-License-Identifier: Apache-2.0
"""The table for people."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.recipe import Variant
from blas_probe.report import PARTS, WIDTH, only_read, table
from blas_probe.warning import Warning_

Make = Callable[..., Library]


def found(*libraries: Library) -> Found:
    """An answer with two variants, one of which nothing serves."""
    variants = (Variant(id="one", provider="one"), Variant(id="none", provider="none"))
    return Found(libraries=libraries, variants=variants, ignored_environment={"ONE_SWITCH": "x"})


def test_every_line_fits_and_is_plain(library: Make) -> None:
    """Long paths, control characters and undecodable bytes do not spoil a log."""
    text = table(
        found(
            library(path="/" + "very-long-folder/" * 12 + "lib\x1b[31m\n\udcff é.so"),
            library(path="/lib/bad.so", problem="crashed " + "and printed much " * 20),
            library(version="9" * 60, core="\x07bell", suffix="$NEWLAPACK$ILP64", prefix="scipy_"),
        )
    )

    lines = text.splitlines()
    assert max(len(line) for line in lines) <= WIDTH
    assert all(line.isprintable() for line in lines)
    text.encode("utf-8")


def test_each_library_stands_once_with_its_facts(library: Make) -> None:
    """Number, facts, place; unknown and absent look different."""
    text = table(found(library(version="unknown", core=None, lapack_version=None)))

    row = next(line for line in text.splitlines() if line.startswith("1 "))
    assert row.split() == ["1", "one", "?", "-", "serial", "32", "*_", "normal", "BCL-", "-"]
    assert text.count("/lib/libone.so") == 1


def test_a_part_of_an_interface_is_a_small_letter(library: Make) -> None:
    """Neither absent nor whole; a file outside all package groups names its package."""
    one = library(
        has_blas=False, has_lapack=False, missing_blas=("zherk",), missing_lapack=("dgeev",),
        source="system", package="libone3 1.0-2",
    )  # fmt: skip

    text = table(found(one))

    assert next(line for line in text.splitlines() if line.startswith("1 ")).split()[8] == "bCl-"
    assert "/lib/libone.so  (system, libone3 1.0-2" in text


def test_what_cannot_be_used_says_why(library: Make) -> None:
    """Refused files have no row of facts but a reason."""
    text = table(found(library(problem="it is a folder, not a library")))

    assert "!  /lib/libone.so: it is a folder, not a library" in text
    assert "No backend can be linked." in text


def test_backends_and_ignored_variables_are_listed(library: Make) -> None:
    """What can be linked, what cannot, and what was hidden from the libraries."""
    text = table(found(library()))

    assert "  one: 1\n" in text
    assert "Not possible here (ask --why NAME): none" in text
    assert "ignored while measuring: ONE_SWITCH" in text


def test_an_empty_machine_gives_a_report_too() -> None:
    """Nothing found is an answer."""
    assert "No backend can be linked." in table(found())


def test_a_warning_that_concerns_several_libraries_stands_once(library: Make) -> None:
    """With their numbers, the cure and the source; an unusable file is named by its path."""
    one, two = library(path="/lib/a.so"), library(path="/lib/b.so")
    said = {"text": "it is odd", "cure": "update", "source": "https://example.org"}
    subjects = ("/lib/a.so", "/lib/b.so", "/lib/c.so")

    text = table(
        dataclasses.replace(
            found(one, two), warnings=tuple(Warning_(subject=name, **said) for name in subjects)
        )
    )

    assert "Warning for 1, 2, /lib/c.so: it is odd. Cure: update. (https://example.org)" in text


def test_what_was_only_read_has_a_table_of_its_own(library: Callable[..., Library]) -> None:
    """A library for another system shows what its file tells, and why it is not used."""
    foreign = library(
        path="/x/libone.dylib", platform="macos", machine="aarch64", inferred=("int_bits",),
        problem="built for aarch64 (macos): it cannot run here",
    )  # fmt: skip
    nothing = {fact: False for fact, _ in PARTS}
    text_file = library(problem="it is a text file", **nothing)

    lines = only_read([foreign, text_file])

    assert lines[0] == "Known, but of no use for a build here:"
    assert lines[2].split()[:6] == ["r1", "one", "1.0", "macos", "aarch64", "serial"]
    assert sum("r1" in line for line in lines) == 2
