# SPDX-License-Identifier: Apache-2.0
"""Ask the prober about a file of a wheel, without opening it as a library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from blas_probe.binary import Host
from blas_probe.binary.pieces import Bytes
from blas_probe.call.child import examine
from blas_probe.call.pipe import Pipe
from blas_probe.call.worker import merge
from blas_probe.identify import identify, request
from blas_probe.library import UNKNOWN, Library
from blas_probe.recipe import Recipes
from wheels.audit.image import Image

NOWHERE = Host("another system", "another machine")


class Told(Pipe):
    """Keeps what a child would tell its parent."""

    def __init__(self) -> None:
        super().__init__(-1, "")
        self.lines: list[bytes] = []

    def tell(self, **finding: Any) -> None:
        """Keep one finding."""
        self.lines.append(json.dumps(finding).encode())


class Looker:
    """Knows the marks of all recipes."""

    def __init__(self, recipes: Recipes) -> None:
        self.recipes = recipes
        # As on a machine that can run none of them: the prober reads, and calls nothing.
        self.request = request(recipes, host=NOWHERE)
        self.openmp = [one for one in recipes.runtimes if one.api == "openmp"]

    def library(self, path: Path, images: Sequence[Image]) -> Library | None:
        """The prober's record of a file with BLAS or LAPACK inside; None for any other."""
        if not any(image.library for image in images):
            return None
        told = Told()
        examine(path, self.request, told)
        found = merge(b"\n".join(told.lines))
        complete = found.get("complete", {})
        parts = ("blas", "lapack", "part_of_lapack", "cblas", "lapacke")
        if not found.get("marks") and not any(complete.get(part) for part in parts):
            return None
        if found.get("affixes") == [] and not _own_marks(found):
            return None
        return identify(found, self.recipes, path=str(path), names=(), source="wheel")

    def runtimes(self, data: Bytes, images: Sequence[Image]) -> tuple[str, ...]:
        """OpenMP run-times that the file is, or carries a copy of."""
        defined = frozenset(name for image in images for name in image.defined)
        found: list[str] = []
        for one in sorted(self.openmp, key=lambda row: len(row.after)):
            there = defined.issuperset(one.marks) and all(
                data.find(text.encode()) >= 0 for text in one.byte_marks
            )
            if there and not set(found).intersection(one.after):
                found.append(one.name)
        return tuple(found)


def _own_marks(found: dict[str, Any]) -> bool:
    """Marks that the file defines or holds; what it takes from others is no BLAS of its own."""
    marks = [mark for hits in found.get("marks", {}).values() for mark in hits]
    return any(not mark.startswith("imports:") for mark in marks)


def provider(library: Library) -> str:
    """Name and version, as far as they are known."""
    version = "" if library.version == UNKNOWN else f" {library.version}"
    return f"{library.provider}{version}"
