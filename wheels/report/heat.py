# SPDX-License-Identifier: Apache-2.0
"""Wheels and cells by checks, as a table that can be read from afar. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wheels.proof.verdict import Verdict
from wheels.report.entries import KINDS, Entry, fails, share, slow
from wheels.report.markup import Content, Html, count, items, join, scrolling, tag

STEPS = (0.125, 0.25, 0.5, 1.0)  # upper ends of the steps of colour, as shares of a threshold
LEGEND = ("up to 12.5 %", "to 25 %", "to 50 %", "to 100 % of the threshold")
FAILED, HELD, NOTHING = "✗", "✓", "—"
SIGNS = {"shipped": HELD, "held": HELD, "failed": FAILED, "not run": NOTHING}
SHOWN = 40  # failures of one row; its certificate has all


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What was checked anywhere, so that what was left out is seen."""

    operations: tuple[str, ...]
    behaviours: tuple[str, ...]
    speeds: tuple[str, ...]

    @property
    def total(self) -> int:
        """Number of columns."""
        return len(self.operations) + len(self.behaviours) + len(self.speeds)


def columns_of(rows: Sequence[Entry]) -> Columns:
    """Every operation, behaviour and speed that some row has."""
    verdicts = [one.verdict for one in rows if one.verdict]
    return Columns(
        operations=_sorted(row.op for one in verdicts for row in one.worst),
        behaviours=_sorted(row.case for one in verdicts for row in one.behaviours),
        speeds=tuple(dict.fromkeys(name for one in verdicts for name in speeds_of(one))),
    )


def speeds_of(verdict: Verdict) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Name -> best share on one thread, and the cases: gemm of each type, then every routine."""
    found: dict[str, tuple[float, tuple[str, ...]]] = {
        f"{row.type}gemm": (row.share, (row.case,)) for row in verdict.speeds
    }
    for op in dict.fromkeys(row.op for row in verdict.rates if row.op != "gemm"):
        rows = [row for row in verdict.rates if row.op == op]
        shares = [row.share for row in rows if row.share is not None and (row.threads or 1) == 1]
        if shares:
            found[op] = (max(shares), tuple(row.case for row in rows))
    return found


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def heat_map(rows: Sequence[Entry]) -> Html:
    """The table, its legend, and each failure by name."""
    if not rows:
        return tag("p", "No certificate was read: nothing can be said.", class_="none")
    columns = columns_of(rows)
    body = [tag("tr", *_row(one, columns, number)) for number, one in enumerate(rows)]
    caption = "Worst ratio of each operation, in percent of its threshold"
    whole = tag(
        "table",
        tag("caption", caption),
        tag("thead", _groups(columns), _heads(columns)),
        tag("tbody", *body),
        class_="heat",
    )
    return join(_legend(), scrolling(whole, caption), _failures(rows))


def _groups(columns: Columns) -> Html:
    groups = (
        ("speed", columns.speeds),
        ("behaviour", columns.behaviours),
        ("operations", columns.operations),
    )
    wide = [tag("th", text, scope="colgroup", colspan=len(g)) for text, g in groups if g]
    wide = wide or [tag("th", "checks", scope="col", rowspan=2)]
    left = [tag("th", text, scope="col", rowspan=2) for text in ("checked", "result")]
    return tag("tr", *left, *wide)


def _heads(columns: Columns) -> Html:
    names = (*columns.speeds, *columns.behaviours, *columns.operations)
    heads = [tag("th", tag("span", name), scope="col", class_="turned") for name in names]
    return tag("tr", *heads)


def _row(one: Entry, columns: Columns, number: int) -> list[Content]:
    name = tag("th", tag("small", KINDS[one.kind][0]), tag("span", one.id), scope="row")
    result = tag("td", _result(one, number), class_=_class_of(one.status))
    if one.verdict is None or not columns.total:
        text = f"not run: {one.why}" if one.why else "not run"
        wide = max(columns.total, 1)
        return [name, result, tag("td", text, class_="nothing long", colspan=wide)]
    cells = [
        *(_speed(one.verdict, name, number) for name in columns.speeds),
        *(_behaviour(one.verdict, case, number) for case in columns.behaviours),
        *(_operation(one.verdict, op, number) for op in columns.operations),
    ]
    return [name, result, *cells]


def _result(one: Entry, number: int) -> Content:
    text = f"{SIGNS[one.status]} {one.status}"
    return tag("a", text, href=f"#failed-{number}") if one.failures else text


def _class_of(status: str) -> str:
    return {"failed": "bad", "not run": "nothing"}.get(status, "good")


def _operation(verdict: Verdict, op: str, number: int) -> Html:
    worst = next((row for row in verdict.worst if row.op == op), None)
    if (worst and share(worst) > 1) or _names(verdict, op):
        return _bad(number)
    if worst is None:
        return _nothing()
    part = share(worst)
    step = next(place for place, end in enumerate(STEPS) if part <= end)
    return tag("td", f"{part * 100:.0f}", class_=f"step{step}", title=worst.case)


def _names(verdict: Verdict, op: str) -> bool:
    """Say whether a failure is about this operation: its case is called dgemm 3x3x3, ..."""
    case = re.compile(rf"[sdcz]?{re.escape(op)}[ :]")
    speed = tuple(f"{one}:" for one in slow(verdict))
    return any(case.match(text) and not text.startswith(speed) for text in verdict.failures)


def _behaviour(verdict: Verdict, case: str, number: int) -> Html:
    found = [row for row in verdict.behaviours if row.case == case]
    if not found:
        return _nothing()
    if any(not row.held for row in found):
        return _known() if _foretold(verdict, case) else _bad(number)
    return tag("td", HELD, class_="step0", title=found[0].detail)


def _foretold(verdict: Verdict, case: str) -> bool:
    """A case that did not hold and is no failure is a known defect."""
    return bool(verdict.defects) and not fails(verdict, case)


def _speed(verdict: Verdict, name: str, number: int) -> Html:
    part, cases = speeds_of(verdict).get(name, (None, ()))
    if part is None:
        return _nothing()
    if any(fails(verdict, case) for case in cases):
        return _bad(number)
    if name in {f"{row.type}gemm" for row in verdict.speeds} and not part >= verdict.floor:
        return _known() if _foretold(verdict, cases[0]) else _bad(number)
    return tag("td", f"{part * 100:.0f}", class_="speed", title=", ".join(cases))


def _bad(number: int) -> Html:
    return tag("td", tag("a", FAILED, href=f"#failed-{number}", title="failed"), class_="bad")


def _known() -> Html:
    return tag("td", tag("a", "!", href="#defects", title="known defect"), class_="known")


def _nothing() -> Html:
    return tag("td", NOTHING, class_="nothing", title="not run")


def _legend() -> Html:
    steps = [(f"step{place}", "7", text) for place, text in enumerate(LEGEND)]
    signs = [
        ("step0", HELD, "held"),
        ("bad", FAILED, "failed: follow it to the case"),
        ("known", "!", "a known defect"),
        ("nothing", NOTHING, "not run"),
        ("speed", "82", "percent of what this CPU or its memory allows, at best"),
    ]
    rows: list[Content] = [
        join(tag("span", _sample(sign, place), class_=f"key {name}", aria_hidden="true"), text)
        for place, (name, sign, text) in enumerate([*steps, *signs])
    ]
    return tag("div", items(rows), class_="legend")


def _sample(sign: str, place: int) -> str:
    """The number that stands in a key: within its own step."""
    return ("7", "19", "37", "80")[place] if place < len(STEPS) else sign


def _failures(rows: Sequence[Entry]) -> Html:
    """What failed; rows that failed alike (the wheels of one backend) are told once."""
    bad: dict[tuple[str, ...], list[tuple[int, str]]] = {}
    for number, one in enumerate(rows):
        if one.failures:
            bad.setdefault(one.failures, []).append((number, one.id))
    if not bad:
        return tag("p", "Nothing failed in what was checked.")
    return join(tag("h3", "What failed"), *(_failed(*pair) for pair in bad.items()))


def _failed(failures: tuple[str, ...], rows: Sequence[tuple[int, str]]) -> Html:
    shown: list[Content] = list(failures[:SHOWN])
    more = len(failures) - SHOWN
    shown += [f"and {more} more, in the certificate"] * (more > 0)
    names = [tag("span", name, id=f"failed-{number}") for number, name in rows]
    title = join(join(*names, by=", "), f": {count(len(failures), 'failure')}")
    return tag("div", tag("h4", title), items(shown), class_="failed")
