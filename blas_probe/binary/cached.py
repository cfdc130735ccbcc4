# SPDX-License-Identifier: Apache-2.0
"""A library of macOS that no file holds: what it defines is asked of the loader, name by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from blas_probe.binary.affix import (
    COMPLETE_BLAS,
    COMPLETE_LAPACK,
    COMPLETENESS,
    ODD_BLAS_ANCHORS,
    ODD_LAPACK_ANCHORS,
    USUAL_SUFFIXES,
    Affix,
    c_suffixes,
)
from blas_probe.binary.shape import Binary, Host

FORTRAN = {
    *COMPLETE_BLAS, *COMPLETE_LAPACK, *COMPLETENESS, *ODD_BLAS_ANCHORS, *ODD_LAPACK_ANCHORS,
    "sdot", "zdotc", "cdotc", "ilaenv",
}  # fmt: skip
C_NAMES = ("cblas_dgemm", "cblas_zdotc_sub", "cblas_isamax", "LAPACKE_dgesv")


def from_loader(library: Any, request: dict[str, Any], soname: str) -> Binary:
    """What an open library defines of the names that matter here."""
    host = Host(request["platform"], request["machine"])
    return Binary(
        format="mach-o",
        platform=host.platform,
        machine=host.machine,
        machines=(host.machine,),
        bits=64,
        little=True,
        soname=soname,
        needed=(),
        rpaths=(),
        build_id=None,
        floor=None,
        defined=frozenset(name for name in _names(request) if _defines(library, name)),
        imported=frozenset(),
    )


def _names(request: dict[str, Any]) -> Iterable[str]:
    """Every spelling of the routines, and the makers' own functions."""
    suffixes = dict.fromkeys([*request["suffixes"], *USUAL_SUFFIXES])
    for suffix in suffixes:
        for prefix in request["prefixes"]:
            affix = Affix(prefix, suffix)
            yield from (affix.spell(routine) for routine in FORTRAN)
            yield from (prefix + name + tail for tail in c_suffixes(affix) for name in C_NAMES)
    for question in request["questions"].values():
        yield from filter(None, (question["symbol"], *question["names"]))
    for marks in request["marks"].values():
        yield from marks["marks"]


def _defines(library: Any, name: str) -> bool:
    try:
        return library[name] is not None
    except (AttributeError, ValueError):
        return False
