# SPDX-License-Identifier: Apache-2.0
"""From plain JSON data back to frozen dataclasses, by their type hints."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from blas_probe.errors import FoundFileError

Record = TypeVar("Record")


def rebuild(cls: type[Record], data: Any, where: str = "") -> Record:
    """The record that `dataclasses.asdict` turned into `data`; FoundFileError says what is off.

    `where` is the place in the file, for the message.
    """
    kind: Any = cls
    hints = _hints(kind)
    if not isinstance(data, dict):
        raise _wrong(where, f"is {_kind(data)}, not a table")
    if set(data) != set(hints):
        wrong = ", ".join(sorted(set(data) ^ set(hints)))
        raise _wrong(where, f"has missing or unknown fields: {wrong}")
    start = f"{where}." if where else ""
    return cls(**{name: value(hint, data[name], start + name) for name, hint in hints.items()})


def value(hint: Any, data: Any, where: str) -> Any:
    """`data` as the type `hint`."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return value(inner[0], data, where)
    if origin in (typing.Union, types.UnionType):
        return _one_of(inner, data, where)
    if origin is typing.Literal:
        if any(data == choice and type(data) is type(choice) for choice in inner):
            return data
        raise _wrong(where, f"is {data!r}, not one of {', '.join(map(repr, inner))}")
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return rebuild(hint, data, where)
    if origin is tuple:
        return _tuple(inner, data, where)
    if origin is not None and issubclass(origin, Mapping):
        return _table(inner[1], data, where)
    if fits(hint, data):
        return data
    raise _wrong(where, f"is {_kind(data)}, not {hint.__name__}")


def fits(hint: Any, data: Any) -> bool:
    """Is `data` a plain value of the type `hint`? True is no number."""
    if hint is float:
        return isinstance(data, int | float) and not isinstance(data, bool)
    return type(data) is hint


def _one_of(hints: Sequence[Any], data: Any, where: str) -> Any:
    """The first alternative that takes `data`; the words of the one that came furthest if none."""
    refusals = []
    for hint in hints:
        try:
            return value(hint, data, where)
        except FoundFileError as error:
            refusals.append(error)
    raise max(reversed(refusals), key=lambda error: len(str(error).split("`")[1]))


def _tuple(inner: Sequence[Any], data: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise _wrong(where, f"is {_kind(data)}, not a list")
    if len(inner) == 2 and inner[1] is Ellipsis:
        inner = [inner[0]] * len(data)
    if len(inner) != len(data):
        raise _wrong(where, f"has {len(data)} entries, not {len(inner)}")
    pairs = enumerate(zip(inner, data, strict=True))
    return tuple(value(hint, one, f"{where}[{i}]") for i, (hint, one) in pairs)


def _table(hint: Any, data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _wrong(where, f"is {_kind(data)}, not a table")
    return {name: value(hint, one, f"{where}.{name}") for name, one in data.items()}


def _kind(data: Any) -> str:
    return "null" if data is None else f"a {type(data).__name__}"


def _wrong(where: str, what: str) -> FoundFileError:
    return FoundFileError(f"`{where or 'the file'}` {what}; run the probe again")


@cache
def _hints(cls: type[Any]) -> dict[str, Any]:
    """Name -> type of every field, NoneType spelt out."""
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}
