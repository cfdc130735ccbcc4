# SPDX-License-Identifier: Apache-2.0
"""How a library spells its names."""

from __future__ import annotations

from typing import Any

import pytest

from blas_probe.binary.affix import (
    Affix,
    c_names,
    c_suffixes,
    find_affixes,
    lacking,
    of_c_interface,
)

BLAS = ("dgemm", "isamax", "dscal", "xerbla", "lsame")
LAPACK = ("dpotrf", "dgetrf", "dgeqrf", "ilaver", "dlamch", "dlapy2")


def spelled(
    prefix: str, suffix: str, names: tuple[str, ...] = BLAS, *, upper: bool = False
) -> set[str]:
    """Names under one affix."""
    return {Affix(prefix, suffix, upper).spell(name) for name in names}


CASES = [
    ("plain", spelled("", "_"), [("", "_")]),
    ("scipy", spelled("scipy_", "_64_"), [Affix("scipy_", "_64_")]),
    ("both_widths", spelled("", "_") | spelled("", "_64_"), [("", "_"), ("", "_64_")]),
    ("lapack_only", spelled("", "_", LAPACK), [("", "_")]),
    ("odd_suffix", spelled("my_", "__odd"), [("my_", "__odd")]),
    *[(f"usual{tail}", spelled("", tail, BLAS[:3]), [("", tail)])
      for tail in ("__", "64", "_64", "64_", "_64__", "__64___")],
    ("capitals", spelled("", "", BLAS[:3], upper=True), [("", "", True)]),
    ("capitals_", spelled("", "_", BLAS[:3], upper=True), [("", "_", True)]),
    ("capitals_beside", spelled("", "_") | spelled("", "", upper=True), [("", "_")]),
    ("bare", spelled("", ""), [("", "")]),
    ("c_interface_only", {"cblas_dgemm", "cblas_isamax", "cblas_dscal"}, []),
    ("internal_kernels", spelled("ATL_", "", BLAS[:3]), []),
    ("kernels_beside", spelled("", "_") | spelled("f77wrap_", "_"), [("", "_")]),
    ("spread_over_processes", spelled("p", "_", LAPACK[:5]), []),
    ("odd_lapack", spelled("my_", "_v2", LAPACK), [("my_", "_v2")]),
    ("nothing", {"printf"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("defined", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_affixes_are_found(defined: set[str], expected: list[tuple[Any, ...]]) -> None:
    """Known spellings first; odd ones only when no known one fits, and never internal kernels."""
    found = find_affixes(defined, prefixes=["", "scipy_"], suffixes=["_", "_64_"])

    assert found == [Affix(*affix) for affix in expected]


def test_a_vendor_function_is_spelled_like_the_c_interface() -> None:
    """The Fortran underscore goes, the rest of the suffix stays."""
    names = c_names("x_get_config", [Affix("scipy_", "_64_")])

    assert names[0] == "scipy_x_get_config64_"
    assert names[-1] == "x_get_config"


@pytest.mark.parametrize(
    ("suffix", "tails"),
    [("_", ["", "_"]), ("_64_", ["64_", "_64_", "_64", ""]), ("64_", ["64_", "64", ""])],
)
def test_every_known_spelling_of_the_c_interface_is_tried(suffix: str, tails: list[str]) -> None:
    """OpenBLAS drops the first underscore, MKL and the reference the last one."""
    assert c_suffixes(Affix("", suffix)) == tails


def test_what_a_lapack_lacks_is_named() -> None:
    """A name with an underscore ends in two of them where g77 made it."""
    defined = {"dgesdd_", "dsyevd_2stage__"}

    assert lacking(("dgesdd", "dpstrf", "dsyevd_2stage"), Affix("", "_"), defined) == ["dpstrf"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("cblas_dgemm", ("", "_")), ("LAPACKE_dgesv64_", ("", "_64_")),
     ("scipy_cblas_dgemm_64", ("scipy_", "_64"))],
)  # fmt: skip
def test_the_c_interface_alone_has_a_spelling_too(name: str, expected: tuple[str, str]) -> None:
    """GSL's CBLAS and a separate LAPACKE have no Fortran names."""
    assert of_c_interface({name, "cblas_dgemm_thread", "x"}) == [Affix(*expected)]
    assert of_c_interface({"mkl_cblas_dgemm_batch"}) == []
