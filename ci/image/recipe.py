# SPDX-License-Identifier: Apache-2.0
"""recipes/image.toml as frozen dataclasses, and what each step of the image depends on."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from blas_probe.errors import RecipeError
from blas_probe.recipe.schema import build, read
from wheels.errors import RowError

FILE = "image.toml"
NEXT = "correct the line, then: python3 -m ci image"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What the output of a failed step means."""

    text: Annotated[str, "regular expression, searched in the output"]
    kind: Annotated[Literal["fetch", "folder", "recipe"], "what went wrong"]
    why: Annotated[str, "the cause"]
    then: Annotated[str, "what to do"]


@dataclass(frozen=True, kw_only=True)
class Image:
    """What the image is made of."""

    name: Annotated[str, "local name, without a tag"]
    suite: Annotated[str, "Debian release"]
    packages: Annotated[tuple[str, ...], "Debian packages"]
    tools: Annotated[tuple[str, ...], "distributions from PyPI"]
    utility: Annotated[str, "folder below /opt/python that cibuildwheel expects in any case"]
    options: Annotated[tuple[tuple[str, ...], ...], "ways to start a container, best first"]
    failure: Annotated[tuple[Failure, ...], "what failures mean"] = ()

    def meaning(self, output: str) -> Failure | None:
        """The first known failure that the output tells of."""
        return next((row for row in self.failure if re.search(row.text, output)), None)


def load_image(recipes: Path) -> Image:
    """Read the file in folder `recipes`; RowError names the line, the field and the fix."""
    try:
        table, where = read(recipes / FILE)
        image = build(Image, table, where)
        for index, row in enumerate(image.failure):
            try:
                re.compile(row.text)
            except re.error as error:
                at = where.at("failure", index, "text")
                raise at.fail(f"is no regular expression: {error}", "correct it") from error
        for name in ("packages", "tools", "options"):
            if not getattr(image, name):
                raise where.at(name).fail("is empty", "name at least one")
    except RecipeError as error:
        raise RowError(str(error), then=NEXT) from error
    return image


def tool_pins(root: Path, names: Sequence[str]) -> tuple[str, ...]:
    """The requirements of `names` as pyproject.toml pins them; RowError for one without a pin."""
    table = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    rows = [row for group in table["dependency-groups"].values() for row in group]
    pins = {row.split("==")[0]: row for row in rows if isinstance(row, str)}
    for name in names:
        if name not in pins:
            what = f"recipes/{FILE}: tools: `{name}` has no pin in pyproject.toml"
            raise RowError(what, then="add it to a group of [dependency-groups]")
    return tuple(pins[name] for name in names)


def fingerprint(*parts: object) -> str:
    """A short hash of everything that a step is made of."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
