# SPDX-License-Identifier: Apache-2.0
"""One record per real library file; what is not known is the text "unknown", absence is None."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from blas_probe.errors import FoundFileError

UNKNOWN: Literal["unknown"] = "unknown"
Unknown = Literal["unknown"]


@dataclass(frozen=True, kw_only=True)
class Library:
    """Everything measured on one file."""

    path: str
    """Real path; the record's identity."""
    names: tuple[str, ...]
    """All paths that led to it, sorted."""
    source: str
    """system, debian, pypi:<dist>, conda:<prefix>, env:<VAR>, pkg-config or path."""
    machine: str | None
    """ELF machine; None when the file is no ELF file."""
    soname: str | None
    soname_beside: bool
    """True when the soname, in the file's own folder, leads to this very file."""
    build_id: str | None
    needed: tuple[str, ...]
    provider: str
    version: str
    core: str | None
    """Kernel that dispatch chose on this CPU; None when the provider has no such notion."""
    thread_layer: str
    prefix: str
    """Text before `dgemm`; "unknown" when no Fortran name was found."""
    suffix: str
    """Text after `dgemm`, the Fortran underscore included."""
    int_bits: Literal[32, 64] | Unknown
    complex_return: Literal["normal", "argument"] | Unknown | None
    f2c: Literal["plain", "f2c"] | Unknown | None
    has_blas: bool
    has_cblas: bool
    has_lapack: bool
    has_lapacke: bool
    cblas_suffix: str | None
    """Text after `cblas_dgemm`; None without CBLAS of the same width."""
    lapack_version: str | None
    blas_soname: str | None
    """For a LAPACK without BLAS: the soname under which it asks for one."""
    blas_file: str | None
    """For a LAPACK without BLAS: the file whose dgemm it calls on this machine."""
    functions: Mapping[str, str]
    """Role (set_threads, ...) -> the symbol's full name in this file, or what the recipe says."""
    variants: tuple[str, ...]
    """Ids of the recipe variants that this library satisfies."""
    defects: tuple[str, ...]
    """Known defects of this version with this kernel, each with its source."""
    notes: tuple[str, ...]
    """Remarks on how a fact was learnt, or why it was not."""
    problem: str | None
    """Why the library cannot be used; None when it can."""
    seconds: float


def library_from_json(data: Mapping[str, Any]) -> Library:
    """Rebuild a record; FoundFileError when a field is missing or unknown."""
    names = {field.name for field in dataclasses.fields(Library)}
    if set(data) != names:
        wrong = ", ".join(sorted(set(data) ^ names))
        msg = f"a library record has missing or unknown fields: {wrong}; run the probe again"
        raise FoundFileError(msg)
    tuples = {
        name: tuple(data[name]) for name in ("names", "needed", "variants", "defects", "notes")
    }
    return Library(**{**data, **tuples})
