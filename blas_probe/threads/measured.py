# SPDX-License-Identifier: Apache-2.0
"""The thread facts of one library: from its child's findings, or predicted when it did not run."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from blas_probe.cache import Cache
from blas_probe.library import Library
from blas_probe.recipe import Recipes
from blas_probe.threads.loader import RULES
from blas_probe.threads.runtimes import runtime_named

Findings = Mapping[str, Any]


def thread_runtimes(findings: Findings, recipes: Recipes, path: str) -> tuple[str, ...]:
    """Run-times that were loaded with the library, and the library itself if it carries one."""
    loaded = findings.get("loaded", ())
    found = {file for file in loaded if runtime_named(file, recipes.runtimes)}
    return tuple(sorted(found | ({path} if findings.get("carries") else set())))


def most_threads(answer: str | None, layer: str) -> int | None:
    """The limit that the build tells; a library without threads has one."""
    if layer == "serial":
        return 1
    return int(answer) if answer is not None and answer.isdecimal() else None


def with_prediction(
    library: Library, recipes: Recipes, environ: Mapping[str, str], cache: Cache | None = None
) -> Library:
    """Read the run-times off the files when the library could not be loaded."""
    if library.thread_runtimes or library.problem is None or library.format not in RULES:
        return library
    names = _predicted(library.path, recipes, environ, cache)
    if not names:
        return library
    inferred = (*library.inferred, "thread_runtimes")
    return dataclasses.replace(
        library, thread_runtimes=names, inferred=inferred, problem=_blame(library, names)
    )


def _blame(library: Library, names: Sequence[str]) -> str | None:
    """The problem of a library that was called, with the run-times that are nowhere to be found."""
    absent = [name for name in names if "/" not in name]
    if not absent or library.inferred:
        return library.problem
    return f"{library.problem}; its run-time {', '.join(absent)} is not found: install it"


def _predicted(
    path: str, recipes: Recipes, environ: Mapping[str, str], cache: Cache | None
) -> tuple[str, ...]:
    """Paths of the run-times, or their names; from an earlier run while nothing changed."""
    told = {name: environ[name] for name in _asked(recipes) if name in environ}
    question = {"run-times of": path, "recipes": repr(recipes.providers + recipes.runtimes),
                "environment": told}  # fmt: skip
    old = cache.recall(question) if cache else None
    if isinstance(old, list):
        return tuple(map(str, old))
    since = time.time()
    from blas_probe.threads.loader import loader_of  # only for what cannot run
    from blas_probe.threads.together import closure_of, runtimes_in

    found = closure_of([Path(path)], told, recipes)
    used = runtimes_in(found, recipes.runtimes)
    names = sorted(one.path or one.asked for one in used)
    if cache and path in cache.behind:
        places = [*loader_of(environ=told).folders, *told.get("LD_LIBRARY_PATH", "").split(":")]
        opened = [file for one in found.opened for file in (str(one.path), one.folder)]
        files = [*cache.behind[path], *opened, *filter(None, places)]
        cache.keep(question, names, files=files, since=since)
    return tuple(names)


def _asked(recipes: Recipes) -> list[str]:
    """Variables by which a loader, or a provider, chooses."""
    mine = {
        rows.choose.partition("=")[0]
        for recipe in recipes.providers
        for rows in recipe.threads.opens
    }
    return sorted({"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PATH", *filter(None, mine)})
