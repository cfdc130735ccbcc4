# SPDX-License-Identifier: Apache-2.0
"""How this file spells its names: the text before and after `dgemm`. Pure functions.

The suffix is everything after the lower-case routine name, the Fortran underscore included.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

Affix = tuple[str, str]

BLAS_ANCHORS = ("dgemm", "isamax", "dscal")
LAPACK_ANCHORS = ("dpotrf", "dgetrf", "dgeqrf")
COMPLETE_LAPACK = ("dpotrf", "dgetrf", "dgeqrf", "zungqr", "sgetri", "dgesdd", "zheevd")
COMPLETE_BLAS = ("dgemm", "sgemm", "cgemm", "zgemm", "isamax", "dscal", "dtrsm", "zherk")
C_INTERFACE = re.compile(r"cblas|lapacke", re.IGNORECASE)
# Internal routines with other calling conventions look alike, but no library keeps these for them.
ODD_BLAS_ANCHORS = (*BLAS_ANCHORS, "xerbla", "lsame")
ODD_LAPACK_ANCHORS = (*LAPACK_ANCHORS, "ilaver", "dlamch")
MOST_AFFIXES = 6


def find_affixes(
    defined: Collection[str], *, prefixes: Sequence[str], suffixes: Sequence[str]
) -> list[Affix]:
    """Every (prefix, suffix) of the recipes that the file uses; when none, what it shows."""
    grid = [(prefix, suffix) for suffix in suffixes for prefix in prefixes]
    known = [affix for affix in dict.fromkeys(grid) if _spells(affix, defined)]
    if known:
        return known[:MOST_AFFIXES]
    odd = [affix for affix in _shown(defined) if _spells_oddly(affix, defined)]
    return sorted(odd, key=lambda affix: (len(affix[0] + affix[1]), affix))[:MOST_AFFIXES]


def has_all(routines: Iterable[str], affix: Affix, defined: Collection[str]) -> bool:
    """Does the file define all `routines` under this affix?"""
    return all(affix[0] + routine + affix[1] in defined for routine in routines)


def c_suffixes(affix: Affix) -> list[str]:
    """How the C interface may spell the suffix `affix[1]`: `_64_` gives `64_`, `_64_`, none."""
    suffix = affix[1]
    return list(dict.fromkeys([suffix.removeprefix("_"), suffix, ""]))


def c_names(symbol: str, affixes: Sequence[Affix]) -> list[str]:
    """Spellings of a vendor's own C function such as `<x>_get_config`, likeliest first."""
    spelled = [prefix + symbol + tail for prefix, suffix in affixes
               for tail in c_suffixes((prefix, suffix))]  # fmt: skip
    return list(dict.fromkeys([*spelled, symbol]))


def _spells(affix: Affix, defined: Collection[str]) -> bool:
    return has_all(BLAS_ANCHORS, affix, defined) or has_all(LAPACK_ANCHORS, affix, defined)


def _spells_oddly(affix: Affix, defined: Collection[str]) -> bool:
    return has_all(ODD_BLAS_ANCHORS, affix, defined) or has_all(ODD_LAPACK_ANCHORS, affix, defined)


def _shown(defined: Collection[str]) -> Iterable[Affix]:
    """Affixes read off the names themselves."""
    for anchor in (BLAS_ANCHORS[0], LAPACK_ANCHORS[0]):
        for name in defined:
            prefix, found, suffix = name.partition(anchor)
            if found and not C_INTERFACE.search(prefix):
                yield prefix, suffix
