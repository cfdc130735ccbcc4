# SPDX-License-Identifier: Apache-2.0
"""The CMake cache file: every input of the build, written once, readable afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from blas_probe.choose import LinkFacts


def cache_text(entries: Mapping[str, str | Sequence[str]]) -> str:
    """`set(NAME [==[value]==] CACHE STRING "" FORCE)` for each entry, in the order given."""
    lines = ["# Written by wheels.source; the build reads nothing else about this machine."]
    for name, value in entries.items():
        text = value if isinstance(value, str) else ";".join(value)
        lines.append(f'set({name} {bracket(text)} CACHE STRING "" FORCE)')
    return "\n".join(lines) + "\n"


def bracket(text: str) -> str:
    """A CMake bracket argument: taken as it is, whatever it holds."""
    equals = "="
    while f"]{equals}]" in text + "]":
        equals += "="
    return f"[{equals}[{text}]{equals}]"


def blas_entries(
    facts: LinkFacts, *, backend_id: str, rpath: Sequence[str]
) -> dict[str, str | Sequence[str]]:
    """The TRIVET_BLAS_* inputs of core/backends/blas."""
    return {
        "TRIVET_BACKEND_ID": backend_id,
        "TRIVET_BLAS_PROVIDER": facts.provider,
        "TRIVET_BLAS_LIBRARIES": facts.libraries,
        "TRIVET_BLAS_RPATH": rpath,
        "TRIVET_BLAS_PREFIX": facts.prefix,
        "TRIVET_BLAS_SUFFIX": facts.suffix,
        "TRIVET_BLAS_INT_BITS": str(facts.int_bits),
        "TRIVET_BLAS_COMPLEX_RETURN": facts.complex_return,
        "TRIVET_BLAS_F2C": facts.f2c,
        "TRIVET_BLAS_DEFINES": [f"{name}={value}" for name, value in facts.defines.items()],
    }


def module_name(variant_id: str) -> str:
    """Folder and file stem of a backend: a variant id as a Python name."""
    return variant_id.replace("-", "_")


def write_cache(path: Path, entries: Mapping[str, str | Sequence[str]]) -> Path:
    """Write the cache file and return its path."""
    path.write_text(cache_text(entries), encoding="utf-8")
    return path
