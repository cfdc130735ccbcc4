# SPDX-License-Identifier: Apache-2.0
"""The rows of recipes/company.toml: who else computes in a process, what the environment holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from blas_probe.errors import RecipeError
from blas_probe.recipe.schema import load
from wheels.errors import RowError, UnknownSelectionError
from wheels.select import nearest

FILE = "company.toml"


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A package that has numeric libraries of its own."""

    name: Annotated[str, "what it is called"]
    requires: Annotated[tuple[str, ...], "what pip installs for it"]
    imports: Annotated[tuple[str, ...], "modules, in order"]
    array: Annotated[str, "expression: its array of `rows`"]
    product: Annotated[str, "expression: the product of `a` and `b`"]
    solution: Annotated[str, "expression: x of a x = b"]
    spectrum: Annotated[str, "expression: eigenvalues of the symmetric `a`, ascending"]
    factor: Annotated[str, "expression: lower Cholesky factor of `a`"]
    asked: Annotated[bool, "only when asked for: it is large"] = False


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Variables of the environment that a user may have set."""

    name: Annotated[str, "what it is called"]
    threads: Annotated[str, "value for each variable that holds a number of threads"] = ""
    variables: Annotated[Mapping[str, str], "further variables"] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Company:
    """The whole file."""

    guest: Annotated[tuple[Guest, ...], "packages"] = ()
    setting: Annotated[tuple[Setting, ...], "environments"] = ()


def load_company(recipes: Path) -> Company:
    """Read the file in folder `recipes`; RowError names the line, the field and the fix."""
    try:
        return load(Company, recipes / FILE)
    except RecipeError as error:
        raise RowError(str(error), then="correct the line, then: python -m wheels plan") from error


def wanted(company: Company, asked: Sequence[str]) -> tuple[Guest, ...]:
    """The guests of every release, and those that were asked for."""
    known = [guest.name for guest in company.guest]
    for name in asked:
        if name not in known:
            raise UnknownSelectionError(
                f"no guest is called `{name}`{nearest(name, known)}",
                why=f"recipes/{FILE} knows {', '.join(known)}",
            )
    return tuple(guest for guest in company.guest if not guest.asked or guest.name in asked)
