# SPDX-License-Identifier: Apache-2.0
"""How this file spells its names: the text before and after `dgemm`. Pure functions.

The suffix is everything after the routine name, the Fortran underscore included.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple


class Affix(NamedTuple):
    """One spelling of the Fortran names."""

    prefix: str
    suffix: str
    upper: bool = False

    def spell(self, routine: str) -> str:
        """The full name of a routine."""
        return self.prefix + (routine.upper() if self.upper else routine) + self.suffix


PLAIN = Affix("", "_")

BLAS_ANCHORS = ("dgemm", "isamax", "dscal")
LAPACK_ANCHORS = ("dpotrf", "dgetrf", "dgeqrf")
COMPLETE_LAPACK = ("dpotrf", "dgetrf", "dgeqrf", "zungqr", "sgetri", "dgesdd", "zheevd")
COMPLETE_BLAS = ("dgemm", "sgemm", "cgemm", "zgemm", "isamax", "dscal", "dtrsm", "zherk")
C_INTERFACE = re.compile(r"cblas|lapacke", re.IGNORECASE)
C_ANCHOR = re.compile(r"(\w*?)(?:cblas_dgemm|LAPACKE_dgesv)(|_?64_?)\Z")
# Internal routines with other calling conventions look alike, but no library keeps these for them;
# the last one has no twin for matrices that are spread over processes either.
ODD_BLAS_ANCHORS = (*BLAS_ANCHORS, "xerbla", "lsame")
ODD_LAPACK_ANCHORS = (*LAPACK_ANCHORS, "ilaver", "dlamch", "dlapy2")
MOST_AFFIXES = 6
# Names of old compilers and of extended interfaces; those of the recipes come first.
USUAL_SUFFIXES = ("_", "__", "64", "_64", "64_", "_64_", "_64__", "__64___")
CAPITAL_SUFFIXES = ("", "_")
# What partial versions of LAPACK have lacked; the last name came with LAPACK 3.7.
COMPLETENESS = (
    "dgetrf", "sgetri", "dgesv", "dpotrf", "dpstrf", "dgeqrf", "zungqr", "dgels", "dgesdd",
    "dsyevd", "zheevd", "dgeev", "dsyevd_2stage",
)  # fmt: skip


def find_affixes(
    defined: Collection[str], *, prefixes: Sequence[str], suffixes: Sequence[str]
) -> list[Affix]:
    """Every spelling that the file uses: those of the recipes first, what it shows at last."""
    grid = [Affix(prefix, suffix) for suffix in suffixes for prefix in prefixes]
    grid += [Affix(prefix, suffix) for suffix in USUAL_SUFFIXES for prefix in prefixes]
    known = [affix for affix in dict.fromkeys(grid) if _spells(affix, defined)]
    if known:
        return sorted(known, key=lambda affix: not _is_whole(affix, defined))[:MOST_AFFIXES]
    odd = [affix for affix in _shown(defined) if _spells_oddly(affix, defined)]
    capital = [Affix(prefix, suffix, True) for suffix in CAPITAL_SUFFIXES for prefix in prefixes]
    odd += [affix for affix in capital if _spells(affix, defined)]
    return sorted(odd, key=lambda affix: (len(affix.prefix + affix.suffix), affix))[:MOST_AFFIXES]


def has_all(routines: Iterable[str], affix: Affix, defined: Collection[str]) -> bool:
    """Does the file define all `routines` under this affix?"""
    return all(affix.spell(routine) in defined for routine in routines)


def of_c_interface(defined: Collection[str]) -> list[Affix]:
    """The spelling of a file that has the C interface of BLAS or LAPACK alone."""
    for name in sorted(defined):
        match = C_ANCHOR.match(name)
        if match:
            return [Affix(match[1], f"_{match[2].lstrip('_')}")]
    return []


def lacking(routines: Iterable[str], affix: Affix, defined: Collection[str]) -> list[str]:
    """Those of `routines` that the file lacks; a name with an underscore may end in two (g77)."""
    return [
        routine
        for routine in routines
        if affix.spell(routine) not in defined
        and not ("_" in routine and affix.spell(routine) + "_" in defined)
    ]


def c_suffixes(affix: Affix) -> list[str]:
    """How C names may end where Fortran's end in `_64_`: `64_`, `_64_`, `_64`, with nothing."""
    suffix = affix.suffix
    bare = suffix.rstrip("_") if suffix.strip("_") else ""
    return list(dict.fromkeys([suffix.removeprefix("_"), suffix, bare, ""]))


def c_names(symbol: str, affixes: Sequence[Affix]) -> list[str]:
    """Spellings of a vendor's own C function such as `<x>_get_config`, likeliest first."""
    spelled = [affix.prefix + symbol + tail for affix in affixes for tail in c_suffixes(affix)]
    return list(dict.fromkeys([*spelled, symbol]))


def _is_whole(affix: Affix, defined: Collection[str]) -> bool:
    """Both interfaces, or the file has a second spelling for one of them only."""
    return has_all(COMPLETE_BLAS, affix, defined) and has_all(COMPLETE_LAPACK, affix, defined)


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
                yield Affix(prefix, suffix)
