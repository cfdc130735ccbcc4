# SPDX-License-Identifier: Apache-2.0
"""The libraries that a program, or a library that the user names, would load."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from blas_probe.look import exists, is_file
from blas_probe.recipe import Recipe
from blas_probe.search.content import holds_blas
from blas_probe.search.places import WIDE, Candidate, Machine, fits, read_bytes
from blas_probe.threads.closure import closure
from blas_probe.threads.loader import loader_of

PRELOAD = "LD_PRELOAD"
PRELOAD_FILE = "/etc/ld.so.preload"
COMMENT = re.compile(r"#.*")


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


def preloaded(
    machine: Machine, recipes: Sequence[Recipe], globs: Sequence[str]
) -> Iterator[Candidate]:
    """What is put before all libraries: by the variable, or for every process by a file."""
    for_all = read_bytes(machine.at(PRELOAD_FILE)).decode("utf-8", "replace")
    told = {f"env:{PRELOAD}": machine.environ.get(PRELOAD, ""), "system": for_all}
    for source, text in told.items():
        for word in COMMENT.sub("", text).replace(":", " ").split():
            path = _preloaded(word, machine)
            if path and (fits(path.name, [*globs, *WIDE]) or holds_blas(path, recipes)):
                yield Candidate(path, source)


def _preloaded(word: str, machine: Machine) -> Path | None:
    """The file that a path, or a name for the loader, stands for."""
    loader = loader_of(machine.root, machine.environ)
    if "/" in word:
        return loader.at(word)
    return next((path for path in loader.everywhere(word) if exists(path)), None)
