# SPDX-License-Identifier: Apache-2.0
"""Which Fortran run-time does a library need? Pure functions; run in the child."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Of GCC, Intel, LLVM and NVIDIA, in this order.
SONAMES = re.compile(
    r"lib(?:gfortran|ifcore(?:mt)?|ifport|flang(?:rti)?|FortranRuntime|flang_rt\.runtime|nvf|pgf90)"
    r"(?:-[0-9a-f-]{6,})?\.(?:so|\d|dylib)"
)
# Starts of the run-times' own functions; in the text of a file that does not import them,
# they are linked in.
CALLS = ("_gfortran_", "_FortranA", "for_stop_core", "f90io_")


def fortran_runtime(needed: Iterable[str], imported: Iterable[str], data: bytes) -> str | None:
    """The soname needed, "inside", "needed" when only its functions are; None when none is."""
    for soname in needed:
        if SONAMES.match(soname):
            return soname
    if any(name.startswith(CALLS) for name in imported):
        return "needed"
    return "inside" if any(call.encode() in data for call in CALLS) else None
