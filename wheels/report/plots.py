# SPDX-License-Identifier: Apache-2.0
"""Speed against the limit, and threads against one thread, as bars. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wheels.proof.verdict import SPEED_SIZE, Rate, Verdict
from wheels.report.entries import Entry, slow
from wheels.report.markup import Content, Html, count, join, plain, table, tag

WIDTH, LINE, LEFT, RIGHT, TOP = 340, 19, 100, 96, 18
SPACE = WIDTH - LEFT - RIGHT
MANY = 24  # bars in one figure
LETTERS = 15  # of a label that fit beside a bar


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar; `part` of the whole width, which `text` says in numbers."""

    label: str
    part: float
    text: str
    low: bool = False
    before: float | None = None
    """Part in the baseline."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line across all bars."""

    part: float
    label: str


def speed_plots(rows: Sequence[Entry]) -> Html:
    """One figure for each backend that was measured, and the numbers as a table."""
    measured = measured_of(rows)
    if not measured:
        return tag("p", "Speed was not measured in any of these certificates.", class_="none")
    figures = [one for pair in measured for one in _speed_figures(*pair)]
    return join(tag("div", *figures, class_="plots"), _numbers(measured))


def scaling_plots(rows: Sequence[Entry]) -> Html:
    """How much faster several threads are than one."""
    measured = [(name, verdict) for name, verdict in measured_of(rows) if verdict.scaling]
    if not measured:
        why = _why(rows, "thread scaling")
        return tag("p", f"Thread scaling was not run{why}.", class_="none")
    return tag("div", *(_scaling_figure(*pair) for pair in measured), class_="plots")


def _why(rows: Sequence[Entry], what: str) -> str:
    reasons = {row.why for one in rows for row in one.not_run if row.what == what}
    return f": {'; '.join(sorted(reasons))}" if reasons else ""


def measured_of(rows: Sequence[Entry]) -> list[tuple[str, Verdict]]:
    """Each measured backend once, though several wheels hold it."""
    found: dict[str, tuple[list[str], Verdict]] = {}
    for one in rows:
        if one.proof and one.proof.verdict.rates:
            key = f"{one.proof.sha256} {one.proof.verdict.rates}"
            found.setdefault(key, ([], one.proof.verdict))[0].append(one.id)
    return [(", ".join(names), verdict) for names, verdict in found.values()]


def _speed_figures(name: str, verdict: Verdict) -> list[Html]:
    """One figure, or one for each routine when there are too many bars."""
    alone = [row for row in verdict.rates if (row.threads or 1) == 1]
    if len(alone) <= MANY:
        return [_speed_figure(name, verdict, alone)]
    ops = dict.fromkeys(row.op for row in alone)
    return [
        _speed_figure(f"{op}: {name}", verdict, [row for row in alone if row.op == op])
        for op in ops
    ]


def _speed_figure(name: str, verdict: Verdict, rows: Sequence[Rate]) -> Html:
    bad = slow(verdict)
    bars = [_bar(row, low=row.case in bad or _below(row, verdict.floor)) for row in rows]
    known = verdict.floor and any(row.op == "gemm" for row in rows)
    floor = [Line(part=verdict.floor, label=f"floor {verdict.floor:.0%}")] if known else []
    peak = verdict.answered.get("peak_double")
    text = f"{count(len(bars), 'case')} on one thread, as a share of the measured limit"
    more = f"; {_number(peak)} GFLOP/s in double precision" if peak else ""
    holds = f"The floor holds for gemm from {SPEED_SIZE} on." if known else ""
    note = f"{text}{more}. {holds or ('' if verdict.floor else 'No floor of speed is set.')}"
    if verdict.compared:
        note += f" Ticks are the baseline: {verdict.compared.baseline}."
    return _figure(name, note, bars, [*floor, Line(part=1.0, label="limit")])


def _number(text: str) -> str:
    try:
        return f"{float(text):.3g}"
    except ValueError:
        return text


def _below(row: Rate, floor: float) -> bool:
    """Say whether a gemm that the floor holds for is below it."""
    large = row.op == "gemm" and min(row.shape, default=0) >= SPEED_SIZE
    return large and row.share is not None and row.share < floor


def _bar(row: Rate, *, low: bool) -> Bar:
    rate = f"{row.gflops:.3g} GF/s" if row.gflops is not None else ""
    if row.share is None:
        return Bar(label=row.case, part=0.0, text=rate or "not measured", low=low)
    text = f"{row.share:.0%} {rate}".strip()
    return Bar(label=row.case, part=row.share, text=text, low=low, before=row.before)


def _scaling_figure(name: str, verdict: Verdict) -> Html:
    most = max([row.threads for row in verdict.scaling] + [2])
    bars = [
        Bar(
            label=f"{row.case.removesuffix(f' {row.threads} threads')} x{row.threads}",
            part=row.factor / most,
            text=f"{row.factor:.2f} times",
            low=row.factor < 1,
        )
        for row in verdict.scaling
    ]
    lines = [Line(part=1 / most, label="1"), Line(part=1.0, label=f"{most} times")]
    return _figure(name, f"Times as fast as one thread; at most {most}.", bars, lines)


def _figure(name: str, note: str, bars: Sequence[Bar], lines: Sequence[Line]) -> Html:
    caption = tag("figcaption", tag("strong", name), " ", note)
    height = TOP + LINE * len(bars) + 4
    marks = [_mark(line, height, place) for place, line in enumerate(lines)]
    drawn = [_drawn(bar, TOP + LINE * place) for place, bar in enumerate(bars)]
    label = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    picture = tag(
        "svg",
        tag("title", label),
        *drawn,
        *marks,
        role="img",
        viewBox=f"0 0 {WIDTH} {height}",
    )
    return tag("figure", caption, picture)


def _drawn(bar: Bar, top: int) -> Html:
    wide = _at(bar.part) - LEFT
    look = "bar low" if bar.low else "bar"
    sign = "✗ " if bar.low else ""
    middle = top + LINE - 6
    return join(
        tag("rect", x=LEFT, y=top + 3, width=SPACE, height=LINE - 6, class_="room"),
        tag("rect", x=LEFT, y=top + 3, width=f"{wide:.1f}", height=LINE - 6, class_=look),
        _tick(bar.before, top) if bar.before is not None else None,
        tag("text", _short(bar.label), x=LEFT - 6, y=middle, text_anchor="end"),
        tag("text", sign + bar.text, x=LEFT + SPACE + 6, y=middle),
    )


def _tick(before: float, top: int) -> Html:
    x = f"{_at(before):.1f}"
    return tag("line", x1=x, x2=x, y1=top + 1, y2=top + LINE - 1, class_="mark")


def _mark(line: Line, height: int, place: int) -> Html:
    x = f"{_at(line.part):.1f}"
    return join(
        tag("line", x1=x, x2=x, y1=TOP - 3, y2=height, class_="mark" if place else "mark floor"),
        tag("text", line.label, x=x, y=TOP - 6, text_anchor="middle", class_="label"),
    )


def _at(part: float) -> float:
    """Where a share lies; what is beyond the limit, or no number, stays in the picture."""
    inside = min(max(part, 0.0), 1.0) if math.isfinite(part) else 0.0
    return LEFT + SPACE * inside


def _short(text: str) -> str:
    shown = plain(text)
    return shown if len(shown) <= LETTERS else f"{shown[: LETTERS - 1]}…"


def _numbers(measured: Sequence[tuple[str, Verdict]]) -> Html:
    """The same in numbers, for who cannot see bars."""
    rows: list[list[Content]] = [
        [
            *(name, row.case, str(row.threads or 1)),
            *(_cell(row.gflops, "{:.4g}"), _cell(row.share), _cell(row.noise), _before(row)),
        ]
        for name, verdict in measured
        for row in verdict.rates
    ]
    heads = ["backend of", "case", "threads", "GFLOP/s", "share of the limit", "noise", "baseline"]
    whole = table("Every measured speed", heads, rows)
    return tag("details", tag("summary", "Speed in numbers"), whole)


def _before(row: Rate) -> str:
    return "not compared" if row.before is None else f"{row.before:.0%}"


def _cell(number: float | None, form: str = "{:.0%}") -> str:
    return "not run" if number is None else form.format(number)
