# SPDX-License-Identifier: Apache-2.0
"""The schema of found.json, made from the records: `blas_probe schema`, and FOUND.md.

`python -m blas_probe.write.schema` writes FOUND.md anew; a test says when that is due.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from blas_probe.cli.run import Answer, Run
from blas_probe.found import SCHEMA, Found
from blas_probe.recipe.schema import describe

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
PAGE = Path(__file__).resolve().parents[1] / "FOUND.md"
HEAD = f"""\
# found.json, schema {SCHEMA}

What `python -m blas_probe --json` prints, field by field.
`python -m blas_probe schema` prints the same as a JSON Schema, for a validator.
The number changes with the first release in which a field was added, went, or changed its meaning;
a reader takes its own number and no other, and every field of it is always there.
Libraries stand in the order of their paths, everything else in the order of recipes or of names.
`"unknown"` means that nobody could tell, `null` that there is none.
Two runs on an unchanged machine differ in nothing but `seconds` and what `--bench` measured.
This page is generated from the records: `python -m blas_probe.write.schema`.
"""


def command(run: Run, argument: str | None) -> Answer:
    """Print the JSON Schema of found.json."""
    return Answer(json.dumps(document(), indent=1) + "\n")


def document() -> dict[str, Any]:
    """The JSON Schema of found.json."""
    definitions: dict[str, Any] = {}
    found = record(Found, definitions)
    properties = {"schema": {"const": SCHEMA, "description": "Version of this schema."}}
    return {
        "$schema": DRAFT,
        "title": "found.json of blas_probe",
        **found,
        "properties": {**properties, **found["properties"]},
        "required": ["schema", *found["required"]],
        "$defs": dict(sorted(definitions.items())),
    }


def record(cls: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of one dataclass; the records inside it go into `definitions`."""
    told = comments(cls)
    properties = {}
    for name, hint in typing.get_type_hints(cls, include_extras=True).items():
        kind = schema_of(hint, definitions)
        meaning = told.get(name) or describe(hint)
        properties[name] = {**kind, "description": meaning} if meaning else kind
    return {
        "type": "object",
        "description": inspect.cleandoc(cls.__doc__ or ""),
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def schema_of(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of one type."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return schema_of(inner[0], definitions)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [schema_of(one, definitions) for one in inner]}
    if origin is typing.Literal:
        return {"enum": list(inner)}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        name = hint.__name__.rstrip("_")
        if name not in definitions:
            definitions[name] = {}  # a record may hold itself
            definitions[name] = record(hint, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if origin is tuple and inner[1:] == (Ellipsis,):
        return {"type": "array", "items": schema_of(inner[0], definitions)}
    if origin is tuple:
        items = [schema_of(one, definitions) for one in inner]
        return {"type": "array", "prefixItems": items, "minItems": len(items),
                "maxItems": len(items)}  # fmt: skip
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": schema_of(inner[1], definitions)}
    return {"type": PLAIN[hint]}


def comments(cls: type[Any]) -> dict[str, str]:
    """The text that stands below each field in the source."""
    (node,) = ast.parse(inspect.cleandoc(inspect.getsource(cls))).body
    assert isinstance(node, ast.ClassDef)
    found = {}
    for field, text in zip(node.body, node.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[field.target.id] = " ".join(str(text.value.value).split())
    return found


def page() -> str:
    """FOUND.md."""
    whole = document()
    tables = [("found.json", whole), *whole["$defs"].items()]
    return "\n".join([HEAD, *(line for name, one in tables for line in table(name, one))])


def table(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """One record as a table."""
    yield f"## {name}\n"
    yield f"{schema['description']}\n"
    yield "| field | type | meaning |\n|---|---|---|"
    for field, one in schema["properties"].items():
        yield f"| `{field}` | {words(one)} | {one.get('description', '').replace('|', '/')} |"
    yield ""


def words(schema: Mapping[str, Any]) -> str:
    """A type in words."""
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(one)}`" for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(words(one) for one in schema["anyOf"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if schema["type"] == "array" and "items" in schema:
        return f"list of {words(schema['items'])}"
    if schema["type"] == "array":
        return "list: " + ", ".join(words(one) for one in schema["prefixItems"])
    if schema["type"] == "object":
        return f"table of {words(schema['additionalProperties'])}"
    return str(schema["type"])


def main() -> int:
    """Write FOUND.md; the exit code is 1 when it changed."""
    new = page()
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == new:
        return 0
    PAGE.write_text(new, encoding="utf-8")
    print(f"wrote {PAGE}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
