# SPDX-License-Identifier: Apache-2.0
"""The rows: one planted defect each, read from planted/*.toml and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LETTERS = "sdcz"
C_TYPES = {"s": "float", "d": "double", "c": "float _Complex", "z": "double _Complex"}
REALS = {"s": "float", "d": "double", "c": "float", "z": "double"}
SINGLE = {"s": "s", "d": "s", "c": "c", "z": "c"}
# What stands in names of routines for a type.
WORDS: Mapping[str, Mapping[str, str]] = {
    "s": {"p": "s", "r": "s", "o": "or", "h": "sy", "P": "S", "real": "REAL"},
    "d": {"p": "d", "r": "d", "o": "or", "h": "sy", "P": "D", "real": "DOUBLE PRECISION"},
    "c": {"p": "c", "r": "sc", "o": "un", "h": "he", "P": "C", "real": "REAL"},
    "z": {"p": "z", "r": "dz", "o": "un", "h": "he", "P": "Z", "real": "DOUBLE PRECISION"},
}
KINDS = ("source", "routine", "code", "library", "table")
CONTROL = "control"


class RowError(Exception):
    """A row is wrong; the text names the file, the row and the cure."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One planted defect."""

    id: str
    kind: str
    """source: a text of the reference source is replaced. routine: one routine of a provider is
    intercepted. code: symbols of a provider are replaced by C. library: a whole other provider
    stands behind the names. table: the backend's own table is changed."""
    defect: str
    """Its class, for the totals of the table."""
    wrong: str
    """What is wrong, in one sentence."""
    types: str = LETTERS
    routine: str = ""
    body: str = ""
    """C that stands in the place of the routine; CALL is the true one."""
    setup: str = ""
    """C before it, once."""
    file: str = ""
    find: str = ""
    put: str = ""
    int_bits: int = 32
    """Width of the integers of the library that stands behind."""
    rename: tuple[str, str] = ("", "")
    """The ending of names that is replaced by another, as `_` by `_64_`."""
    part: str = "numeric"
    """The part of trivet-check that is asked: numeric (with behaviour), or speed."""

    def fill(self, text: str, letter: str) -> str:
        """Put the letters and words of a type into {p}, {r}, {o}, {h}."""
        return fill(text, letter)


def fill(text: str, letter: str) -> str:
    """Put the letters and words of a type into {p}, {r}, {o}, {h}."""
    for name, word in WORDS[letter].items():
        text = text.replace(f"{{{name}}}", word)
    return text


def read(folder: Path = HERE / "planted") -> list[Mutant]:
    """Every row of every file, in the order of the files' names."""
    found: dict[str, Mutant] = {}
    for path in sorted(folder.glob("*.toml")):
        common = tomllib.loads(path.read_text(encoding="utf-8"))
        for row in common.pop("mutant"):
            mutant = parse({**common, **row}, path)
            if mutant.id in found:
                raise RowError(f"{path}: {mutant.id} is there twice; next: give one another id")
            found[mutant.id] = mutant
    return list(found.values())


def parse(row: Mapping[str, Any], path: Path) -> Mutant:
    """One row; RowError says what is wrong with it."""
    known = {field.name for field in fields(Mutant)}
    where = f"{path}: {row.get('id', 'a row without id')}"
    if unknown := sorted(set(row) - known):
        raise RowError(f"{where}: unknown fields {', '.join(unknown)}; known: {sorted(known)}")
    if missing := [name for name in ("id", "kind", "defect", "wrong") if not row.get(name)]:
        raise RowError(f"{where}: {', '.join(missing)} must be there")
    mutant = Mutant(**{**row, "rename": tuple(row.get("rename", ("", "")))})
    needed = {"source": ("file", "find", "put"), "routine": ("routine", "body"), "code": ("body",)}
    for name in needed.get(mutant.kind, ()):
        if not getattr(mutant, name):
            raise RowError(f"{where}: a row of kind {mutant.kind} needs `{name}`")
    if mutant.kind not in KINDS or not mutant.types or set(mutant.types) - set(LETTERS):
        raise RowError(f"{where}: kind is one of {', '.join(KINDS)}; types are letters of sdcz")
    return mutant
