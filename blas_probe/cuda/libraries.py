# SPDX-License-Identifier: Apache-2.0
"""Ask a toolkit's libraries for their versions: in one child, and in another after a crash."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from blas_probe.call.worker import Outcome
from blas_probe.cuda.pieces import from_number
from blas_probe.cuda.toolkit import Part
from blas_probe.recipe.cuda import PartRow

MOST_CHILDREN = 4
CHILD = "blas_probe.cuda.library_child"

RunChild = Callable[[Mapping[str, Any], str], Outcome]
"""Run a child module with a request, under a time limit."""


def ask_libraries(
    parts: Sequence[Part], rows: Mapping[str, PartRow], run: RunChild
) -> tuple[Part, ...]:
    """The parts, the libraries among them with the version that they tell when called."""
    asked = [part for part in parts if rows[part.name].call]
    told: dict[str, Mapping[str, Any]] = {}
    for _ in range(MOST_CHILDREN):
        if not asked:
            break
        outcome = run({"libraries": [_question(part, rows) for part in asked]}, CHILD)
        answers = outcome.findings.get("told", {})
        told |= answers if isinstance(answers, dict) else {}
        if outcome.ending is None:
            break
        at = outcome.findings.get("at")
        name = at if at in {part.name for part in asked} else asked[0].name
        told[str(name)] = {"problem": outcome.ending}
        asked = [part for part in asked if part.name not in told]
    else:
        told |= {
            part.name: {"problem": "not asked: too many others ended the child"} for part in asked
        }
    return tuple(with_answer(part, told.get(part.name), rows[part.name]) for part in parts)


def _question(part: Part, rows: Mapping[str, PartRow]) -> dict[str, str]:
    row = rows[part.name]
    return {"name": part.name, "path": part.path, "call": row.call, "symbol": row.symbol}


def with_answer(part: Part, answer: Mapping[str, Any] | None, row: PartRow) -> Part:
    """The part with what its library told; one that told nothing keeps what headers say."""
    if answer is None:
        return part
    if row.no_driver and answer.get("status") == row.no_driver:
        return part  # old ones cannot tell without a driver
    if "problem" in answer:
        return dataclasses.replace(part, problem=str(answer["problem"]))
    version = version_text(answer.get("numbers"), row.call)
    if version is None:
        return dataclasses.replace(part, problem=f"{row.symbol} gave no version")
    changed = dataclasses.replace(part, version=version, told_by=f"{row.symbol}()")
    origin = answer.get("file")
    if isinstance(origin, str) and os.path.realpath(origin) != os.path.realpath(part.path):
        return dataclasses.replace(changed, problem=f"the loader takes {origin} instead")
    return changed


def version_text(numbers: object, call: str) -> str | None:
    """Numbers as a version; None for what no version looks like."""
    if not isinstance(numbers, list) or not all(type(n) is int and n >= 0 for n in numbers):
        return None
    if call == "number":
        return from_number(numbers[0]) if len(numbers) == 1 and numbers[0] >= 1000 else None
    return ".".join(map(str, numbers)) if numbers and numbers[0] > 0 else None
