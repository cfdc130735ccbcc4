# SPDX-License-Identifier: Apache-2.0
"""The calling conventions that were measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blas_probe.binary.affix import Affix
from blas_probe.identify.notes import Findings, Notes
from blas_probe.library import UNKNOWN, Interface


def primary(findings: Findings) -> dict[str, Any]:
    """The ABI facts of the file's first affix."""
    measured = findings.get("measured")
    if measured:
        return dict(measured[0])
    affixes = findings.get("affixes")
    return Affix(*affixes[0])._asdict() if affixes else {}


def other_interfaces(findings: Findings) -> tuple[Interface, ...]:
    """The further spellings of the Fortran names in the file, each with its own ABI."""
    return tuple(
        Interface(
            prefix=abi["prefix"], suffix=abi["suffix"], upper=abi.get("upper", False),
            int_bits=abi["int_bits"], complex_return=abi.get("complex_return"),
            f2c=abi.get("f2c"), cblas_suffix=cblas_suffix_of(abi, Notes()),
            cblas_style=abi.get("cblas_style"),
        )
        for abi in findings.get("measured", ())[1:]
    )  # fmt: skip


def width_by_cblas(abi: Mapping[str, Any]) -> dict[str, Any]:
    """The width of a library that has the C interface alone."""
    told = [*abi.get("cblas", {}).values(), abi.get("lapacke_bits")]
    widths = {width for width in told if width is not None}
    return {"int_bits": widths.pop()} if len(widths) == 1 else {}


def cblas_suffix_of(abi: Mapping[str, Any], notes: Notes) -> str | None:
    """The spelling of CBLAS whose integers are as wide as those of BLAS."""
    widths = abi.get("cblas", {})
    wanted = abi.get("int_bits", UNKNOWN)
    for suffix, width in widths.items():
        if wanted in (UNKNOWN, width):
            return str(suffix)
    if widths:
        notes.add(f"CBLAS has {sorted(set(widths.values()))} bit integers, BLAS {wanted}: unused")
    return None
