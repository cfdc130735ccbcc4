# SPDX-License-Identifier: Apache-2.0
"""Records behave as the standard dataclasses do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Mapping
from dataclasses import field

import pytest

from blas_probe.record import dataclass


@dataclass(frozen=True, kw_only=True)
class Light:
    """A record."""

    name: str
    number: int = 3
    table: Mapping[str, int] = field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Usual:
    """The same, made the standard way."""

    name: str
    number: int = 3
    table: Mapping[str, int] = field(default_factory=dict)


@pytest.mark.parametrize("given", [{"name": "x"}, {"name": "x", "number": 4, "table": {"a": 1}}])
def test_it_holds_and_shows_the_same(given: dict[str, object]) -> None:
    """Values, defaults, text, tables and copies."""
    light, usual = Light(**given), Usual(**given)  # type: ignore[arg-type]

    assert vars(usual) == vars(light)
    assert repr(usual).replace("Usual", "Light") == repr(light)
    assert dataclasses.asdict(usual) == dataclasses.asdict(light)
    assert light == copy.deepcopy(light) == pickle.loads(pickle.dumps(light))
    assert "y" == dataclasses.replace(light, name="y").name
    assert [one.name for one in dataclasses.fields(Usual)] == [
        one.name for one in dataclasses.fields(Light)
    ]


def test_equal_records_are_equal_and_others_are_not() -> None:
    """By class and values; the hash agrees where the values have one."""
    pairs = {Warned(text="a"), Warned(text="a"), Warned(text="b")}

    assert 2 == len(pairs)
    others: list[object] = [Usual(name="x"), "x"]
    assert all(Light(name="x") != other for other in others)


@dataclass(frozen=True, kw_only=True)
class Warned:
    """A record whose values all have a hash."""

    text: str


def test_defaults_are_not_shared() -> None:
    """Each record has a table of its own."""
    assert Light(name="x").table is not Light(name="x").table


@pytest.mark.parametrize("given", [{}, {"name": "x", "more": 1}])
def test_wrong_arguments_are_refused(given: dict[str, object]) -> None:
    """As the standard __init__ does."""
    with pytest.raises(TypeError, match="Light"):
        Light(**given)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Usual(**given)  # type: ignore[arg-type]


def test_a_record_cannot_be_changed() -> None:
    """Neither set nor deleted."""
    light = Light(name="x")

    with pytest.raises(dataclasses.FrozenInstanceError, match="'name'"):
        light.name = "y"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="'name'"):
        del light.name


def test_unusual_classes_are_made_the_standard_way() -> None:
    """What is ordered, may change, has a base or wishes of its own works as ever."""

    @dataclass(frozen=True, kw_only=True, order=True)
    class Ordered:
        n: int

    @dataclass
    class Open:
        n: int = 1

    @dataclass(frozen=True, kw_only=True)
    class Silent:
        n: int = field(default=1, repr=False)

    changed = Open()
    changed.n = 2

    assert Ordered(n=1) < Ordered(n=2)
    assert Open(2) == changed
    assert "n=1" not in repr(Silent())
