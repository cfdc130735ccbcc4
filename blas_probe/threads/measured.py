# SPDX-License-Identifier: Apache-2.0
"""The thread facts of one library: from its child's findings, or predicted when it did not run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


def with_prediction(library: Library, recipes: Recipes, environ: Mapping[str, str]) -> Library:
    """Read the run-times off the files when the library could not be loaded."""
    if library.thread_runtimes or library.problem is None or library.format not in RULES:
        return library
    from blas_probe.threads.together import two_openmp  # only for what cannot run

    used = two_openmp([Path(library.path)], environ=environ, recipes=recipes).runtimes
    if not used:
        return library
    names = tuple(sorted(one.path or one.asked for one in used))
    inferred = (*library.inferred, "thread_runtimes")
    return dataclasses.replace(library, thread_runtimes=names, inferred=inferred)
