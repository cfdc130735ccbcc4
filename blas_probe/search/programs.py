# SPDX-License-Identifier: Apache-2.0
"""The libraries that a program, or a library that the user names, would load."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from blas_probe.look import is_file
from blas_probe.recipe import Recipe
from blas_probe.search.content import holds_blas
from blas_probe.search.places import Candidate, Machine
from blas_probe.threads.closure import closure
from blas_probe.threads.loader import loader_of


def needed(
    paths: Iterable[Path], machine: Machine, recipes: Sequence[Recipe]
) -> Iterator[Candidate]:
    """Those among the dependencies of each file, found through its own folders (rpath) first."""
    loader = None
    for path in paths:
        if not is_file(path):
            continue
        loader = loader or loader_of(machine.root, machine.environ)
        for one in closure([path], loader).opened:
            if one.asker is not None and holds_blas(one.path, recipes):
                yield Candidate(one.path, f"needed:{path.name}")
