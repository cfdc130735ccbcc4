# SPDX-License-Identifier: Apache-2.0
"""A comparison for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from blas_probe.report import safe
from wheels.compare.differ import SAID, Comparison, Difference
from wheels.compare.facts import Wheel

SHOWN = 6  # names of a list; the JSON has all of them
WIDTH = 100
CONTEXT = 20


def to_data(made: Comparison) -> dict[str, Any]:
    """What --json prints."""
    return {
        "schema": 1,
        "a": _wheel(made.a),
        "b": _wheel(made.b),
        "equal": made.equal or None,
        "important": len(made.important),
        "differences": [
            {
                "topic": one.topic,
                "where": one.where,
                "a": list(one.gone),
                "b": list(one.come),
                "important": one.important,
                "why": one.rule.why,
            }
            for one in made.differences
        ],
    }


def _wheel(wheel: Wheel) -> dict[str, Any]:
    return {
        "name": wheel.path.name,
        "sha256": wheel.digest,
        "size": wheel.size,
        "unpacked": wheel.unpacked,
        "files": len(wheel.files),
        "tags": list(wheel.tags),
    }


def text(made: Comparison) -> str:
    """What is printed: `!` marks what is important."""
    lines = [_head("a", made.a), _head("b", made.b), SAID[made.equal]]
    ordered = sorted(made.differences, key=lambda one: (_group(one) != "", _group(one)))
    for group, rows in groupby(ordered, key=_group):
        lines += ["", safe(group) or "the wheel"]
        for one in rows:
            lines += _lines(one)
    important = len(made.important)
    rest = len(made.differences) - important
    lines += ["", f"{important} important differences, {rest} others"]
    return "\n".join(lines) + "\n"


def _head(name: str, wheel: Wheel) -> str:
    size = f"{wheel.size / 1e6:.2f} MB, {wheel.unpacked / 1e6:.2f} MB unpacked"
    return f"{name}  {safe(wheel.path.name)}  {size}, sha256 {wheel.digest[:12]}"


def _group(one: Difference) -> str:
    """The heading under which it stands: one for each native file, certificate, or none."""
    if one.topic == "certificate":
        return one.where.rpartition(":")[0]
    return one.where if one.topic in NATIVE_TOPICS else ""


NATIVE_TOPICS = frozenset(
    ("unreadable", "format", "machine", "floor", "soname", "needed", "rpaths", "versions")
) | {"loading", "extensions", "exported", "imported", "section"}


def _lines(one: Difference) -> list[str]:
    mark = "!" if one.important else " "
    where = "" if one.topic in NATIVE_TOPICS else one.where
    if one.topic == "certificate":
        where = one.where.rpartition(":")[2]
    if one.topic == "section":
        return [f"    section     {row}" for row in _sections(one)]
    head = f"  {mark} {one.topic:<11} {safe(where)}"
    if len(one.gone) <= 1 and len(one.come) <= 1:
        old, new = "".join(one.gone) or "-", "".join(one.come) or "-"
        at = _same(old, new) if max(len(old), len(new)) > WIDTH else 0
        change = f"{_short(old, at)} -> {_short(new, at)}"
        return [f"{head}{'  ' * bool(where)}{change}"]
    return [head.rstrip(), *_names("-", one.gone), *_names("+", one.come)]


def _sections(one: Difference) -> list[str]:
    """Sections by size, the largest change first."""
    old, new = (dict(row.rsplit(" ", 1) for row in rows) for rows in (one.gone, one.come))
    grown = {name: int(new.get(name, 0)) - int(old.get(name, 0)) for name in {**old, **new}}
    names = sorted(grown, key=lambda name: (-abs(grown[name]), name))
    rows = [
        f"{safe(name)}  {old.get(name, '-')} -> {new.get(name, '-')} bytes"
        for name in names[:SHOWN]
    ]
    return [*rows, f"... ({len(names)} in all)"] if len(names) > SHOWN else rows


def _names(sign: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f", ... ({len(names)} in all)" if len(names) > SHOWN else ""
    return [f"      {sign} {', '.join(_short(name) for name in names[:SHOWN])}{more}"]


def _same(old: str, new: str) -> int:
    """Where two long texts begin to differ, less a few characters for the reader."""
    pairs = enumerate(zip(old, new, strict=False))
    first = next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))
    return max(0, first - CONTEXT)


def _short(value: str, start: int = 0) -> str:
    line = safe(" ".join(value[start:].split()))
    line = f"...{line}" if start else line
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 3]}..."
