# SPDX-License-Identifier: Apache-2.0
"""Texts in the rows of recipes/ that become words of a command: what they may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from string import Formatter
from typing import Any

from blas_probe.recipe.schema import Where

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def texts_of(
    row: Any, names: Iterable[str] | None = None
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(key, text) of everything that the fields called `names` (none: all) hold."""
    for name in [one.name for one in fields(row)] if names is None else names:
        value = getattr(row, name)
        if isinstance(value, str):
            yield (name,), value
        elif isinstance(value, Mapping):
            yield from (((name, key), text) for key, text in value.items())
        elif isinstance(value, tuple):
            yield from (((name, index), text) for index, text in enumerate(value))


def check_places(text: str, places: Sequence[str], where: Where) -> None:
    """Refuse a text with braces around anything but one of the `places`."""
    fix = f"use only {', '.join(f'{{{place}}}' for place in places)}"
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise where.fail(f"`{text}` stands for nothing: {error}", fix) from error
    for _, name, spec, conversion in parsed:
        if name is not None and (name not in places or spec or conversion):
            raise where.fail(f"`{{{name}}}` stands for nothing", fix)


def check_words(row: object, names: Sequence[str], where: Where) -> None:
    """Refuse commands with an empty word."""
    for key, word in texts_of(row, names):
        if not word:
            raise where.at(*key).fail("is an empty word", "leave it out")


def check_variable(name: str, where: Where) -> None:
    """Refuse what cannot be the name of an environment variable."""
    if not VARIABLE.match(name):
        raise where.fail(f"`{name}` names no variable", "use letters, digits and _")
