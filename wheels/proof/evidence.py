# SPDX-License-Identifier: Apache-2.0
"""What trivet-check printed, told apart from what anybody else printed. Pure.

A provider runs in the same process and may write to every descriptor, so a line counts only when
it carries the seal of this run and its own number; what is missing, doubled or foreign is told.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blas_probe.call.worker import plain

SHOWN = 120  # characters of a foreign line
KINDS = ("numeric", "behaviour", "speed")  # the parts that are run, in this order


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case that trivet-check ran."""

    name: str
    kind: str
    op: str
    type: str
    shape: tuple[int, ...]
    ratio: float | None
    threshold: float | None
    ok: bool
    gflops: float | None
    share: float | None
    noise: float | None
    threads: int | None
    detail: str
    problem: str
    not_run: str = ""
    """Why this system could not run it; empty when it was run."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The lines of one run, sorted out."""

    cases: tuple[Case, ...]
    summary: Mapping[str, Any] | None
    wrong: tuple[str, ...]
    """One sentence for each reason why these lines prove nothing; empty when they are whole."""


def read(output: str, seal: str) -> Evidence:
    """Sort the lines of one run; `seal` is the word that only trivet-check was given."""
    rows, foreign = _own_rows(output, seal)
    wrong = [f"{len(foreign)} lines are not trivet-check's own: {foreign[0]}"] if foreign else []
    wrong += _gaps([row["line"] for row in rows])
    summaries = [row["summary"] for row in rows if "summary" in row]
    cases: list[Case] = []
    for row in rows:
        try:
            cases += [] if "summary" in row else [_case(row)]
        except (KeyError, TypeError, ValueError) as error:
            wrong.append(f"line {row['line']} is no case: {error!r}")
    summary = summaries[-1] if summaries and isinstance(summaries[-1], dict) else None
    if summary is not None:
        wrong += _contradictions(rows, cases, summaries, summary)
    return Evidence(cases=tuple(cases), summary=summary, wrong=tuple(wrong))


def _own_rows(output: str, seal: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows with this run's seal, and the beginning of every other line."""
    rows: list[dict[str, Any]] = []
    foreign: list[str] = []
    for line in output.split("\n"):  # not splitlines(): texts of a provider may hold other breaks
        row = _table(line) if line.startswith("{") else None
        if row is not None and row.get("seal") == seal and isinstance(row.get("line"), int):
            rows.append(row)
        elif line:
            foreign.append(plain(line, SHOWN) or repr(line[:SHOWN]))
    return rows, foreign


def _table(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _gaps(numbers: Sequence[int]) -> list[str]:
    expected = list(range(1, len(numbers) + 1))
    if list(numbers) == expected:
        return []
    first = next(want for want, got in zip(expected, numbers, strict=True) if want != got)
    return [f"line {first} of trivet-check's output is missing or damaged"]


def _contradictions(
    rows: Sequence[Mapping[str, Any]],
    cases: Sequence[Case],
    summaries: Sequence[object],
    summary: Mapping[str, Any],
) -> list[str]:
    wrong = []
    if len(summaries) > 1 or "summary" not in rows[-1]:
        wrong.append("the summary is not the last line")
    counted = {"cases": len(cases), "failed": sum(not case.ok for case in cases)}
    for name, number in counted.items():
        if summary.get(name) != number:
            wrong.append(f"the summary counts {summary.get(name)} {name}, the lines {number}")
    return wrong


def _case(row: Mapping[str, Any]) -> Case:
    return Case(
        name=str(row["case"]),
        kind=str(row["kind"]),
        op=str(row.get("op") or ""),
        type=str(row.get("type") or ""),
        shape=tuple(int(size) for size in row.get("shape") or ()),
        ratio=_number(row.get("ratio")),
        threshold=_number(row.get("threshold")),
        ok=row["ok"] is True,
        gflops=_number(row.get("gflops")),
        share=_number(row.get("share")),
        noise=_number(row.get("noise")),
        threads=int(row["threads"]) if row.get("threads") is not None else None,
        detail=str(row.get("detail") or ""),
        problem=str(row.get("problem") or ""),
        not_run=str(row.get("not_run") or ""),
    )


def _number(value: Any) -> float | None:
    number = None if value is None else float(value)
    return number if number is not None and math.isfinite(number) else None
