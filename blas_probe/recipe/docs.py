# SPDX-License-Identifier: Apache-2.0
"""`python -m blas_probe.recipe.docs`: write the generated parts of recipes/'s README, SCHEMA."""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from blas_probe.recipe.cuda import Anatomy, Major
from blas_probe.recipe.load import default_folder
from blas_probe.recipe.model import Recipe
from blas_probe.recipe.runtime import Runtime
from blas_probe.recipe.schema import describe
from blas_probe.record import dataclass

BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
FILLED_IN = ("provider",)
MOST_CHOICES = 4


@dataclass(frozen=True, kw_only=True)
class Row:
    """One field of the schema."""

    table: str
    name: str
    kind: str
    required: bool
    meaning: str


def rows(cls: type[Any] = Recipe, table: str = "") -> Iterator[Row]:
    """Every field in the order of a recipe file: plain ones first, then the tables."""
    hints = typing.get_type_hints(cls, include_extras=True)
    later = []
    for field in dataclasses.fields(cls):
        if field.name in FILLED_IN:
            continue
        hint = hints[field.name]
        inner = nested(hint)
        if inner is not None:
            path = _join(table, field.name)
            header = f"[[{path}]]" if _is_list(hint) else f"[{path}]"
            later.append((inner, header))
            continue
        missing = dataclasses.MISSING
        required = field.default is missing and field.default_factory is missing
        yield Row(
            table=table, name=field.name, kind=kind(hint), required=required,
            meaning=describe(hint),
        )  # fmt: skip
    for inner, header in later:
        yield from rows(inner, header)


def _join(table: str, name: str) -> str:
    return f"{table.strip('[]')}.{name}" if table else name


def _plain(hint: Any) -> Any:
    """The type itself, without its documentation and without None."""
    while typing.get_origin(hint) in (typing.Annotated, types.UnionType):
        hint = typing.get_args(hint)[0]
    return hint


def _is_list(hint: Any) -> bool:
    return typing.get_origin(_plain(hint)) is tuple


def nested(hint: Any) -> type[Any] | None:
    """The dataclass behind a field that is a table or a list of tables."""
    hint = _plain(hint)
    if typing.get_origin(hint) is tuple:
        hint = typing.get_args(hint)[0]
    return hint if dataclasses.is_dataclass(hint) and isinstance(hint, type) else None


def kind(hint: Any) -> str:
    """A type in words."""
    hint = _plain(hint)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal and len(args) > MOST_CHOICES:
        return "text"
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in args)
    if origin is tuple:
        return f"list of {kind(args[0])}"
    if isinstance(origin, type):
        return "table of text"
    return {str: "text", int: "number", float: "number", bool: "true or false"}[hint]


def overview() -> str:
    """One line per table, required fields in bold."""
    tables: dict[str, list[str]] = {}
    for row in rows():
        name = f"**{row.name}**" if row.required else row.name
        tables.setdefault(row.table or "(top)", []).append(name)
    lines = [f"| `{table}` | {', '.join(names)} |" for table, names in tables.items()]
    return "\n".join(["| table | fields, in this order (**required**) |", "|---|---|", *lines])


def schema(cls: type[Any] = Recipe) -> str:
    """Every field with its type and meaning."""
    lines = [
        f"| `{row.table} {row.name}`".replace("` ", "`") +
        f"{' *' if row.required else ''} | {row.kind} | {row.meaning} |"
        for row in rows(cls)
    ]  # fmt: skip
    head = ["| field (* required) | type | meaning |", "|---|---|---|"]
    return "\n".join([*head, *lines])


def put(text: str, generated: str) -> str:
    """Replace what stands between the markers."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{generated}\n{END}{after}"


def documents(folder: Path) -> dict[Path, str]:
    """The files that hold generated parts, as they should be."""
    cuda = f"### toolkit.toml\n\n{schema(Anatomy)}\n\n### cuda<major>.toml\n\n{schema(Major)}"
    parts = {
        folder / "README.md": overview(),
        folder / "SCHEMA.md": schema(),
        folder / "cuda/README.md": cuda,
        folder / "threads/README.md": schema(Runtime),
    }
    return {path: put(path.read_text(encoding="utf-8"), text) for path, text in parts.items()}


def main() -> int:
    """Write the files; the exit code is 1 when something changed."""
    changed = 0
    for path, text in documents(default_folder()).items():
        if path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")
            changed = 1
    return changed


if __name__ == "__main__":
    sys.exit(main())
