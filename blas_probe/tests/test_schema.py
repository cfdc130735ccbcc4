# SPDX-License-Identifier: Apache-2.0
"""The schema of found.json."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from blas_probe.__main__ import main
from blas_probe.cuda.toolkit import Toolkit
from blas_probe.found import SCHEMA, Found
from blas_probe.library import Header, Library, Rate, Speed
from blas_probe.recipe import Recipes
from blas_probe.threads.facts import MachineFacts
from blas_probe.warning import Warning_
from blas_probe.write.schema import PAGE, document, page

Make = Callable[..., Library]
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
    "null": (type(None),), "array": (list,), "object": (dict,),
}  # fmt: skip


def faults(data: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> Iterator[str]:
    """What a JSON Schema validator says, for the words that our schema uses."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        if all(list(faults(data, one, root, at)) for one in schema["anyOf"]):
            yield f"{at}: fits none"
        return
    if "const" in schema and data != schema["const"]:
        yield f"{at}: {data!r}"
    if "enum" in schema and not any(data == v and type(data) is type(v) for v in schema["enum"]):
        yield f"{at}: {data!r}"
    kind = schema.get("type")
    if kind and (not isinstance(data, TYPES[kind]) or (data is True and kind != "boolean")):
        yield f"{at}: {data!r} is no {kind}"
        return
    if kind == "array":
        items = schema.get("prefixItems") or [schema["items"]] * len(data)
        for index, (one, rule) in enumerate(zip(data, items, strict=False)):
            yield from faults(one, rule, root, f"{at}[{index}]")
    if kind == "object":
        known = schema.get("properties", {})
        more = schema["additionalProperties"]
        yield from (
            f"{at}: lacks {name}" for name in schema.get("required", ()) if name not in data
        )
        for name, one in data.items():
            rule = known.get(name, more)
            if rule is False:
                yield f"{at}: unknown {name}"
            else:
                yield from faults(one, rule, root, f"{at}.{name}")


@functools.cache
def schema_once() -> dict[str, Any]:
    """The schema; making it reads the source of every record."""
    return document()


def check(data: Any) -> list[str]:
    """All faults of a found.json."""
    schema = schema_once()
    return list(faults(data, schema, schema, "found"))


@pytest.fixture
def full(library: Make, recipes: Recipes) -> Found:
    """An answer with something in every place that this test can fill."""
    header = Header(path="/i/cblas.h", kind="cblas", int_bits="unknown", defines=("A",),
                    pair="proven", reason="")  # fmt: skip
    rate = Rate(routine="dgemm", n=512, threads=1, rate=40.0, share=None)
    speed = Speed(speed_class="good", reason="", rates=(rate,))
    return Found(
        libraries=(library(headers=(header,), speed=speed, functions={"set_threads": "f"}),),
        variants=recipes.variants,
        ignored_environment={"A": "b"},
        machine=MachineFacts(cores=4),
        warnings=(Warning_(subject="a", text="b", cure="c", source="d"),),
    )


def test_an_answer_fits_the_schema(full: Found) -> None:
    """What to_json writes is what the schema describes."""
    assert [] == check(json.loads(full.to_json()))


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (["schema"], 1, "found.schema: 1"),
        (["libraries", 0, "int_bits"], 16, "found.libraries[0].int_bits: fits none"),
        (["libraries", 0, "path"], None, "found.libraries[0].path: None is no string"),
        (["libraries", 0, "more"], 1, "found.libraries[0]: unknown more"),
        (["machine", "cores"], "4", "found.machine: fits none"),
        (["warnings", 0, "cure"], True, "found.warnings[0].cure: True is no string"),
    ],
)
def test_another_answer_does_not(full: Found, path: list[Any], value: Any, fault: str) -> None:
    """The schema refuses wrong types, wrong words and unknown fields."""
    data = json.loads(full.to_json())
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    assert [fault] == check(data)


def test_every_field_is_required_and_strict(full: Found) -> None:
    """A reader can rely on all fields of its version."""
    schema = schema_once()
    records = [schema, *schema["$defs"].values()]

    assert all(set(one["required"]) == set(one["properties"]) for one in records)
    assert {"Library", "Header", "Variant", "Warning", "Toolkit", "MachineFacts"} <= set(
        schema["$defs"]
    )
    assert Toolkit.__name__ in schema["$defs"]


def test_every_field_has_a_meaning() -> None:
    """Nobody should have to guess from a name."""
    records = {"found.json": schema_once(), **schema_once()["$defs"]}

    assert [] == [
        f"{record}.{name}"
        for record, one in records.items()
        for name, field in one["properties"].items()
        if not field.get("description")
    ]


def test_the_page_is_up_to_date() -> None:
    """Run `python -m blas_probe.write.schema` after a change of a record."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_command_prints_the_schema(
    one_recipe: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """`blas_probe schema` looks for nothing and prints JSON."""
    assert 0 == main(["schema", "--recipes", str(one_recipe())])
    assert schema_once() == json.loads(capsys.readouterr().out)
    assert SCHEMA == schema_once()["properties"]["schema"]["const"]
