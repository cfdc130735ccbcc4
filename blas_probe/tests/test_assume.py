# SPDX-License-Identifier: Apache-2.0
"""Facts that the user states."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from blas_probe.__main__ import main
from blas_probe.assume import parse, with_assumptions
from blas_probe.errors import UsageError
from blas_probe.library import UNKNOWN, Library

Make = Callable[..., Library]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("int_bits=ilp64", ("*", "int_bits", 64)), ("*odd*:f2c=f2c", ("*odd*", "f2c", "f2c"))],
)
def test_a_statement_has_a_glob_a_fact_and_a_value(text: str, expected: tuple[object, ...]) -> None:
    """Without a glob it is about all libraries."""
    one = parse(text)

    assert (one.glob, one.fact, one.value) == expected


@pytest.mark.parametrize("text", ["int_bits", "int_bits=33", "path=/x", "=", "x:f2c=maybe"])
def test_a_senseless_statement_is_refused(text: str) -> None:
    """The text says what would be right."""
    with pytest.raises(UsageError, match=r"is one of|with one of"):
        parse(text)
    with pytest.raises(SystemExit):
        main(["--assume", text])


def test_only_what_is_not_measured_is_filled_in(library: Make) -> None:
    """A fact read from the file gives way, a measured one stands, and both are told."""
    stated = [parse("int_bits=64"), parse("f2c=f2c"), parse("complex_return=argument")]
    one = library(int_bits=UNKNOWN, f2c="plain", inferred=("f2c",))

    told = with_assumptions(one, stated)

    assert (told.int_bits, told.f2c, told.complex_return) == (64, "f2c", "normal")
    assert (told.assumed, told.inferred) == (("int_bits", "f2c"), ())
    assert told.notes == ("you stated complex_return=argument, but it is normal",)


def test_a_statement_is_about_the_files_that_its_glob_fits(library: Make) -> None:
    """By path or by file name, through any of its names."""
    one = library(int_bits=UNKNOWN, names=("/opt/odd/libx.so",))

    assert with_assumptions(one, [parse("libx.so:int_bits=32")]).int_bits == 32
    assert with_assumptions(one, [parse("/opt/*:int_bits=32")]).int_bits == 32
    assert with_assumptions(one, [parse("liby.so:int_bits=32")]).int_bits == UNKNOWN
