# SPDX-License-Identifier: Apache-2.0
"""Turn a TOML file into frozen dataclasses; every error names file, line, field and the fix."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from blas_probe.errors import RecipeError
from blas_probe.look import open_regular
from blas_probe.recipe.toml_lines import KeyPath, key_lines
from blas_probe.record import dataclass

MOST_BYTES, LONGEST_SHOWN = 1 << 24, 200
T = TypeVar("T")
NoneType = type(None)


@dataclass(frozen=True, kw_only=True)
class Where:
    """A place in a TOML file, for messages."""

    file: Path
    text: str
    """The whole file: lines are counted only for a message."""
    key: KeyPath = ()

    def at(self, *parts: str | int) -> Where:
        return Where(file=self.file, text=self.text, key=self.key + parts)

    def fail(self, problem: str, fix: str) -> RecipeError:
        """An error text `file:line: field: problem; fix`."""
        key, lines = self.key, key_lines(self.text)
        while key and key not in lines:
            key = key[:-1]
        line = lines.get(key, 1)
        field = show_key(self.key)[:LONGEST_SHOWN] or "(top of the file)"
        return RecipeError(f"{self.file}:{line}: {field}: {problem}; {fix}")


def show_key(key: KeyPath) -> str:
    """`("variant", 1, "id")` as `variant[1].id`."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def load(cls: type[T], path: Path) -> T:
    """Read the TOML file `path` as one `cls`."""
    return build(cls, *read(path))


def read(path: Path) -> tuple[dict[str, Any], Where]:
    """Parse the TOML file `path`; a syntax error names its line."""
    try:
        with open_regular(path) as file:
            text = file.read(MOST_BYTES).decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}:1: (the file): cannot be read: {error}; give a readable UTF-8 file"
        raise RecipeError(msg) from error
    import tomllib  # a run in which every recipe is known needs none

    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(syntax_message(path, text, str(error))) from error
    except (RecursionError, ValueError) as error:  # lists in lists without end, endless numbers
        msg = f"{path}:1: (the file): TOML: {error}; give a file that was written by hand"
        raise RecipeError(msg) from error
    return table, Where(file=path, text=text)


def syntax_message(path: Path, text: str, error: str) -> str:
    """The TOML parser's own words, with the line and the text of that line."""
    _, found, tail = error.rpartition("(at line ")
    number = int(tail.split(",")[0]) if found else max(1, len(text.splitlines()))
    lines = text.splitlines() or [""]
    shown = lines[min(number, len(lines)) - 1].strip()[:LONGEST_SHOWN]
    reason = error.split(" (at ")[0][:LONGEST_SHOWN]
    field = shown.split("=")[0].strip() or "(empty line)"
    return f"{path}:{number}: {field}: TOML syntax: {reason}; correct the line `{shown}`"


def build(cls: type[T], table: Mapping[str, Any], where: Where) -> T:
    """Make a `cls` from `table`, checking names, types and choices."""
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    hints = hints_of(typing.cast("Hashable", cls))
    for key in table:
        if key not in fields:
            raise where.at(key).fail("no such field", _did_you_mean(key, list(fields)))
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in table:
            values[name] = convert(hints[name], table[name], where.at(name))
        elif _required(field):
            fix = f"add `{name} = ...`: {describe(hints[name])}"
            raise where.at(name).fail("is missing", fix)
    made = cls(**values)
    check = getattr(made, "check", None)
    if check is not None:
        check(where)
    return made


@functools.lru_cache(maxsize=128)
def hints_of(cls: Hashable) -> Mapping[str, Any]:
    """The types of the fields; Python evaluates their text each time that it is asked."""
    return typing.get_type_hints(cls, include_extras=True)


def describe(hint: Any) -> str:
    """The line of documentation of an `Annotated` field."""
    return str(typing.get_args(hint)[1]) if typing.get_origin(hint) is Annotated else ""


def convert(hint: Any, value: Any, where: Where) -> Any:
    """Check `value` against the type `hint` and convert it."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return convert(args[0], value, where)
    if origin in (types.UnionType, typing.Union):
        inner = [arg for arg in args if arg is not NoneType]
        return convert(inner[0], value, where)
    if origin is typing.Literal:
        return _choice(args, value, where)
    if origin is tuple:
        return _items(args[0], value, where)
    if origin is dict or origin is Mapping:
        _expect(isinstance(value, dict), "a table", value, where)
        return {key: convert(args[1], item, where.at(key)) for key, item in value.items()}
    if dataclasses.is_dataclass(hint):
        _expect(isinstance(value, dict), "a table", value, where)
        return build(typing.cast("type[Any]", hint), value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    right = isinstance(value, hint) and not (hint is int and isinstance(value, bool))
    _expect(
        right,
        {str: "text", int: "a whole number", bool: "true or false"}.get(hint, "a number"),
        value,
        where,
    )
    return value


def _items(hint: Any, value: Any, where: Where) -> tuple[Any, ...]:
    _expect(isinstance(value, list), "a list", value, where)
    if all(type(item) is hint for item in value):  # the usual case: nothing to convert
        return tuple(value)
    return tuple(convert(hint, item, where.at(index)) for index, item in enumerate(value))


def _choice(choices: tuple[Any, ...], value: Any, where: Where) -> Any:
    if value in choices and type(value) in {type(choice) for choice in choices}:
        return value
    names = [str(choice) for choice in choices]
    raise where.fail(f"`{value}` is not one of them", _did_you_mean(str(value), names))


def _expect(right: bool, wanted: str, value: Any, where: Where) -> None:
    if not right:
        raise where.fail(f"got `{value}`", f"write {wanted}")


def _did_you_mean(word: str, known: list[str]) -> str:
    import difflib  # only for a message

    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    everything = "known: " + ", ".join(known)
    return f"did you mean `{near[0]}`? ({everything})" if near else everything


def _required(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing
