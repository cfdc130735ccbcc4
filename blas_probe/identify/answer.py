# SPDX-License-Identifier: Apache-2.0
"""What a provider says of itself, in the recipe's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from blas_probe.identify.notes import Findings, Notes
from blas_probe.identify.question import words
from blas_probe.library import UNKNOWN
from blas_probe.recipe import Query, Recipe, Recipes
from blas_probe.threads.layers import opened_layer
from blas_probe.threads.measured import most_threads

UPSTREAM = re.compile(r" (?:\d+:)?(\d+(?:\.\d+)+)")


def version_of(
    findings: Findings, recipe: Recipe | None, lapack_version: str | None, notes: Notes
) -> str:
    if recipe is None or recipe.version is None:
        return UNKNOWN
    query = recipe.version
    if query.style == "lapack":
        return lapack_version or UNKNOWN
    answer = _answer(findings, recipe, "version")
    if answer is not None:
        return _interpret(query, answer)
    matches = findings.get("bytes", {}).get(f"{recipe.name}.version", [])
    if len(matches) == 1:
        if "inferred" not in findings:
            text = "version read from the file's bytes, because it hides its functions"
            notes.infer("version", text)
        return str(matches[0])
    told = findings.get("binary", {}).get("version") if query.file_version else None
    return str(told) if told else UNKNOWN


def packaged_version(package: str, notes: Notes) -> str:
    """The upstream part of a package's version, for a library that cannot tell its own."""
    found = UPSTREAM.search(package)
    if found is None:
        return UNKNOWN
    notes.infer("version", f"version inferred from its package, {package}")
    return found[1]


def core_of(findings: Findings, recipe: Recipe | None) -> str | None:
    if recipe is None or recipe.core is None:
        return None
    answer = _answer(findings, recipe, "core")
    return UNKNOWN if answer is None else _interpret(recipe.core, answer)


def thread_layer_of(
    findings: Findings, recipe: Recipe | None, recipes: Recipes, path: str, notes: Notes
) -> str:
    query = recipe.threads.layer if recipe else None
    if recipe is not None and query is not None:
        answer = _answer(findings, recipe, "layer")
        if answer is not None:
            return _interpret(query, answer)
        seen = findings.get("bytes", {}).get(f"{recipe.name}.layer")
        if seen is not None and query.bytes:
            if "inferred" not in findings:
                text = "thread layer read from the file's bytes, because it hides its functions"
                notes.infer("thread_layer", text)
            return query.bytes[seen[0]] if seen else query.otherwise or UNKNOWN
    if "measured" not in findings or "siblings" in findings:  # a sibling has the threads
        return UNKNOWN
    if "thread_layer" in findings.get("inferred", {}):
        return str(findings["inferred"]["thread_layer"])
    if "inferred" in findings and (recipe is None or _is_part(findings, recipe)):
        return UNKNOWN
    if recipe is not None and recipe.inferred.thread_layer == UNKNOWN:
        return UNKNOWN
    opened = opened_layer(recipe, PurePath(path).name) if recipe else None
    if opened is not None:
        text = "thread layer inferred from what the library opens when nothing is set"
        notes.infer("thread_layer", text)
        return opened
    imports = _imports(findings, recipe)
    notes.infer("thread_layer", "thread layer inferred from what the file imports")
    if imports.intersection(recipes.openmp_calls):
        return "openmp"
    return "pthreads" if imports else "serial"


def most_threads_of(findings: Findings, recipe: Recipe | None, layer: str) -> int | None:
    query = recipe.threads.most if recipe else None
    answer = None if recipe is None or query is None else _answer(findings, recipe, "most")
    text = None if answer is None or query is None else _interpret(query, answer)
    return most_threads(text, layer)


def _is_part(findings: Findings, recipe: Recipe) -> bool:
    """The threads are made in another library of this provider, which does not lie beside it."""
    if recipe.inferred.thread_layer:
        return True
    own = findings.get("marks", {}).get(recipe.name, ())
    beside = findings.get("neighbour", {}).values()
    return all(mark.startswith("imports:") for mark in own) and not any(
        recipe.name in neighbour["marks"] for neighbour in beside
    )


def _imports(findings: Findings, recipe: Recipe | None) -> set[str]:
    """Thread functions that the file, or a file of the same provider linked to it, imports."""
    imports = set(findings.get("threads", ()))
    for neighbour in findings.get("neighbour", {}).values():
        if recipe is not None and recipe.name in neighbour["marks"]:
            imports |= set(neighbour["threads"])
    return imports


def _answer(findings: Findings, recipe: Recipe, fact: str) -> Any:
    return findings.get("answer", {}).get(f"{recipe.name}.{fact}")


def _interpret(query: Query, answer: Any) -> str:
    """An answer in the recipe's words; "unknown" when it makes no sense."""
    if query.style == "flags":
        named = [name for flag, name in query.names.items() if flag in answer]
        return named[0] if named else query.otherwise or UNKNOWN
    text = _unpacked(int(answer), query.packed) if query.packed else str(answer)
    if query.pattern:
        match = re.search(query.pattern, text)
        text = match[1] if match else ""
    if query.names:
        return query.names.get(text, query.otherwise or UNKNOWN)
    return text.strip() or UNKNOWN


def _unpacked(number: int, divisors: Sequence[int]) -> str:
    """600 by (10000, 100) is 0.6.0."""
    parts = []
    for divisor in divisors:
        part, number = divmod(number, divisor)
        parts.append(part)
    return ".".join(str(part) for part in (*parts, number))


def functions_of(findings: Findings, recipe: Recipe | None) -> dict[str, str]:
    if recipe is None:
        return {}
    start = recipe.name + "."
    told = findings.get("functions", {})
    mine = {key.removeprefix(start): name for key, name in told.items() if key.startswith(start)}
    for role, said in words(recipe).items():
        if role in mine:
            mine |= said
    return mine
