# SPDX-License-Identifier: Apache-2.0
"""Libraries that call those of others."""

from __future__ import annotations

from collections.abc import Callable

from blas_probe.library import UNKNOWN, Library
from blas_probe.partners import width_warnings, with_partner

Make = Callable[..., Library]


def lapack(library: Make, **facts: object) -> Library:
    """A LAPACK that calls another file."""
    given = {"has_blas": False, "blas_file": "/lib/libx.so", "blas_provider": UNKNOWN}
    return library(**{**given, **facts})


def test_the_record_of_the_other_file_says_whose_it_is(library: Make) -> None:
    """Better than the marks that its child saw."""
    other = library(path="/lib/libx.so", provider="two")

    told = with_partner(lapack(library), [other])

    assert told.blas_provider == "two"
    assert told.notes[-1].startswith("two providers: LAPACK of one, and on this machine it calls ")


def test_the_same_provider_is_no_remark(library: Make) -> None:
    """Nor is a library that has its own BLAS."""
    other = library(path="/lib/libx.so")

    assert with_partner(lapack(library), [other]).notes == ()
    assert with_partner(library(), [other]) == library()


def test_another_width_is_a_warning_and_an_unknown_one_is_none(library: Make) -> None:
    """Nothing is guessed."""
    wrong = lapack(library, int_bits=64, blas_int_bits=32)
    right = lapack(library, int_bits=32, blas_int_bits=32)
    unsure = lapack(library, int_bits=64, blas_int_bits=UNKNOWN)

    (warning,) = width_warnings([wrong, right, unsure, library()])

    assert warning.text.startswith("its integers have 64 bits, those of the BLAS that it calls")
