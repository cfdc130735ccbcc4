# SPDX-License-Identifier: Apache-2.0
"""Libraries that call each other: a LAPACK, or a C interface, on the BLAS of somebody. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from blas_probe.library import UNKNOWN, Library
from blas_probe.warning import Warning_

PARTS = (("has_lapack", "LAPACK"), ("has_lapacke", "LAPACKE"), ("has_cblas", "CBLAS"))
WIDTH_SOURCE = "https://github.com/JuliaLinearAlgebra/libblastrampoline/issues/94"


def with_partner(library: Library, libraries: Sequence[Library]) -> Library:
    """Say whose BLAS a library without one calls here: it may be another provider's."""
    if library.blas_file is None or library.has_blas:
        return library
    owner = next((one.provider for one in libraries if one.path == library.blas_file), None)
    owner = owner or library.blas_provider or UNKNOWN
    if owner == library.provider:
        return dataclasses.replace(library, blas_provider=owner)
    part = next((name for fact, name in PARTS if getattr(library, fact)), "a part")
    note = (
        f"two providers: {part} of {library.provider}, and on this machine it calls the functions "
        f"of {owner} in {library.blas_file}"
    )
    return dataclasses.replace(library, blas_provider=owner, notes=(*library.notes, note))


def width_warnings(libraries: Sequence[Library]) -> Iterator[Warning_]:
    """A library whose integers are not as wide as those of the BLAS that it calls."""
    for library in libraries:
        pair = (library.int_bits, library.blas_int_bits)
        if UNKNOWN in pair or None in pair or pair[0] == pair[1]:
            continue
        yield Warning_(
            subject=library.path,
            text=f"its integers have {pair[0]} bits, those of the BLAS that it calls "
            f"({library.blas_file}) have {pair[1]}: results are wrong or the program ends",
            cure="let the name of its BLAS lead to a library of the same width",
            source=WIDTH_SOURCE,
        )
