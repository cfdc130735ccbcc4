# SPDX-License-Identifier: Apache-2.0
"""Which known defects hold for a library, by its version and kernel. Pure functions."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import zip_longest
from typing import Any

from blas_probe.library import Library
from blas_probe.recipe import Expect, Recipe
from blas_probe.recipe.model import CONDITION

Version = tuple[int, ...]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def defects(recipe: Recipe, library: Library) -> tuple[Expect, ...]:
    """The recipe's `expect` rows that hold for this library on this machine's CPU."""
    return tuple(row for row in recipe.expect if holds(row, library.version, library.core))


def holds(row: Expect, version: str, core: str | None) -> bool:
    """All version conditions and one of the kernels fit; what is unknown does not fit."""
    of_version = all(compare(version, condition) for condition in row.versions)
    of_core = any(fnmatchcase((core or "").lower(), glob.lower()) for glob in row.cores)
    return of_version and (of_core or not row.cores)


def compare(version: str, condition: str) -> bool:
    """Does `version` fit a condition such as `<0.3.26`? Only as many parts as it has count."""
    match = CONDITION.match(condition)
    numbers = _numbers(version)
    if match is None or not numbers:
        return False
    wanted = _numbers(match[2])
    pairs = list(zip_longest(numbers[: len(wanted)], wanted, fillvalue=0))
    return COMPARE[match[1]]([pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _numbers(version: str) -> Version:
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
