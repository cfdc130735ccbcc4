# SPDX-License-Identifier: Apache-2.0
"""JSON data back to records."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest

from blas_probe.errors import FoundFileError
from blas_probe.rebuild import rebuild


@dataclass(frozen=True, kw_only=True)
class Inner:
    """A record inside another."""

    rate: float
    pair: tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Outer:
    """One field of each kind that the prober's records use."""

    name: str
    width: Literal[32, 64] | Literal["unknown"]
    known: bool
    rows: tuple[Inner, ...]
    table: Mapping[str, str]
    maybe: Inner | None
    told: Annotated[tuple[str, ...], "documentation"]


INNER = Inner(rate=2, pair=("a", 1))
OUTER = Outer(
    name="x", width=64, known=True, rows=(INNER,), table={"a": "b"}, maybe=None, told=("t",)
)


def data(**changed: Any) -> dict[str, Any]:
    """The JSON form of OUTER with some fields replaced."""
    plain = json.loads(json.dumps(dataclasses.asdict(OUTER)))
    return {**plain, **changed}


@pytest.mark.parametrize("changed", [{}, {"maybe": INNER}, {"width": "unknown"}, {"rows": ()}])
def test_what_asdict_wrote_comes_back(changed: dict[str, Any]) -> None:
    """Nested records, tuples, tables and null are as before."""
    before = dataclasses.replace(OUTER, **changed)

    assert before == rebuild(Outer, json.loads(json.dumps(dataclasses.asdict(before))))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"more": 1}, "`the file` has missing or unknown fields: more"),
        ({"width": 16}, "`width` is 16, not one of 'unknown'"),
        ({"width": True}, "`width` is True"),
        ({"known": 1}, "`known` is a int, not bool"),
        ({"name": None}, "`name` is null, not str"),
        ({"rows": {}}, "`rows` is a dict, not a list"),
        ({"rows": [{"rate": 1, "pair": ["a"]}]}, r"`rows\[0\].pair` has 1 entries, not 2"),
        ({"rows": [{"rate": True, "pair": ["a", 1]}]}, r"`rows\[0\].rate` is a bool, not float"),
        ({"table": {"a": 1}}, "`table.a` is a int, not str"),
        ({"table": []}, "`table` is a list, not a table"),
        ({"told": "t"}, "`told` is a str, not a list"),
    ],
)
def test_anything_else_is_refused_with_its_place(changed: dict[str, Any], message: str) -> None:
    """The message names the field and says what to do."""
    with pytest.raises(FoundFileError, match=message) as caught:
        rebuild(Outer, data(**changed))

    assert str(caught.value).endswith("run the probe again")
