# SPDX-License-Identifier: Apache-2.0
"""How a library spells its names."""

from __future__ import annotations

import pytest

from blas_probe.binary.affix import c_names, find_affixes

BLAS = ("dgemm", "isamax", "dscal", "xerbla", "lsame")
LAPACK = ("dpotrf", "dgetrf", "dgeqrf", "ilaver", "dlamch")


def spelled(prefix: str, suffix: str, names: tuple[str, ...] = BLAS) -> set[str]:
    """Names under one affix."""
    return {prefix + name + suffix for name in names}


CASES = [
    ("plain", spelled("", "_"), [("", "_")]),
    ("scipy", spelled("scipy_", "_64_"), [("scipy_", "_64_")]),
    ("both_widths", spelled("", "_") | spelled("", "_64_"), [("", "_"), ("", "_64_")]),
    ("lapack_only", spelled("", "_", LAPACK), [("", "_")]),
    ("odd_suffix", spelled("my_", "__odd"), [("my_", "__odd")]),
    ("bare", spelled("", ""), [("", "")]),
    ("c_interface_only", {"cblas_dgemm", "cblas_isamax", "cblas_dscal"}, []),
    ("internal_kernels", spelled("ATL_", "", BLAS[:3]), []),
    ("kernels_beside", spelled("", "_") | spelled("f77wrap_", "_"), [("", "_")]),
    ("nothing", {"printf"}, []),
]


@pytest.mark.parametrize(("defined", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_affixes_are_found(defined: set[str], expected: list[tuple[str, str]]) -> None:
    """Known spellings first; odd ones only when no known one fits, and never internal kernels."""
    found = find_affixes(defined, prefixes=["", "scipy_"], suffixes=["_", "_64_"])

    assert found == expected


def test_a_vendor_function_is_spelled_like_the_c_interface() -> None:
    """The Fortran underscore goes, the rest of the suffix stays."""
    names = c_names("x_get_config", [("scipy_", "_64_")])

    assert names[0] == "scipy_x_get_config64_"
    assert names[-1] == "x_get_config"
