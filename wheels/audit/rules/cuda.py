# SPDX-License-Identifier: Apache-2.0
"""Device code and its libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wheels.audit.facts import Facts, File
from wheels.audit.finding import Finding, remark, some, warning
from wheels.audit.required import required
from wheels.audit.rows import matches


def _versions(facts: Facts, file: File) -> list[str]:
    names = [name for image in file.images for name in (*image.needed, *image.delayed)]
    found = (re.search(facts.rows.cuda.version, name) for name in [*names, file.base])
    return sorted({match["version"] for match in found if match})


def undeclared(facts: Facts) -> Iterator[Finding]:
    """Device code without a requirement that brings the libraries for it."""
    rows = facts.rows.cuda
    inside = [file.name for file in facts.files if matches(file.base, rows.libraries)]
    along = {name: extra for name, extra in required(facts).items()
             if matches(name, rows.requirements)}  # fmt: skip
    holders = [file for file in facts.files if file.kernels]
    is_named = matches(facts.wheel.distribution, rows.names)
    if holders and not (inside or is_named or "" in along.values()):
        versions = sorted({version for file in holders for version in _versions(facts, file)})
        told = f" (CUDA {', '.join(versions)})" if versions else ""
        who = f"only the extra {some(sorted({*along.values()}))}" if along else "no requirement"
        yield warning(
            "cuda-undeclared", holders[0].name,
            f"holds device code{told}, and {who} brings CUDA's libraries",
            "require nvidia-cuda-runtime, ...; or say in the name that this is a build for CUDA",
        )  # fmt: skip


def kernels(facts: Facts) -> Iterator[Finding]:
    """Which devices the code is for."""
    for file in facts.files:
        if file.kernels:
            versions = _versions(facts, file)
            told = f", CUDA {', '.join(versions)}" if versions else ""
            yield remark("cuda", file.name, f"device code for {some(list(file.kernels), 12)}{told}")
