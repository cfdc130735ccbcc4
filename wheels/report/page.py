# SPDX-License-Identifier: Apache-2.0
"""The whole page, from records to one text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wheels.report import sections
from wheels.report.collect import Gathered, Problem, Release
from wheels.report.compare import Difference, compare
from wheels.report.entries import Entry, entries_of
from wheels.report.heat import heat_map
from wheels.report.markup import Content, Html, items, tag
from wheels.report.plots import scaling_plots, speed_plots
from wheels.report.style import STYLE

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing is loaded and nothing is run, whatever stands in a certificate."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the page shows."""

    rows: tuple[Entry, ...]
    release: Release | None = None
    problems: tuple[Problem, ...] = ()
    before: tuple[Entry, ...] | None = None
    """None: no former release was given."""
    before_problems: tuple[Problem, ...] = ()
    differences: tuple[Difference, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    """Known defect -> where it is reported."""


def report_of(
    now: Gathered,
    *,
    release: Release | None = None,
    before: Gathered | None = None,
    links: Mapping[str, str] | None = None,
) -> Report:
    """Judge what was gathered."""
    rows = entries_of(now.certificates, release)
    former = entries_of(before.certificates) if before else None
    return Report(
        rows=tuple(rows),
        release=release,
        problems=now.problems,
        before=tuple(former) if former is not None else None,
        before_problems=before.problems if before else (),
        differences=tuple(compare(former, rows)) if former else (),
        links=links or {},
    )


def page(report: Report) -> str:
    """Write the page."""
    title = f"Release report: {sections.title_of(report.rows, report.release)}"
    style = Html(f"<style>{STYLE}</style>")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        tag("title", title),
        style,
    )
    return f'<!DOCTYPE html>\n<html lang="en">{head}{_body(title, report)}</html>\n'


def _body(title: str, report: Report) -> Html:
    parts = _parts(report)
    links: list[Content] = [tag("a", name, href=f"#{id_}") for id_, name, _ in parts]
    header = tag(
        "header",
        tag("h1", title),
        sections.verdict_line(report.rows, report.problems),
        sections.counts(report.rows) if report.rows else None,
        sections.origin(report.rows, report.release),
        tag("nav", items(links), aria_label="Parts of this report"),
    )
    main = tag(
        "main",
        sections.problems_of(report.problems),
        *(tag("section", tag("h2", name), text, id=id_) for id_, name, text in parts),
    )
    return tag("body", header, "\n", main, "\n", tag("footer", FOOTER))


FOOTER = (
    "Made from certificates alone: the same certificates give the same page. "
    "python -m wheels verify checks the wheels against them."
)


def _parts(report: Report) -> Sequence[tuple[str, str, Html]]:
    """Id, heading and text of each part."""
    rows = report.rows
    changed = sections.differences(report.before, report.differences, report.before_problems)
    return (
        ("checks", "Cells by checks", heat_map(rows)),
        ("differences", "Differences from the last release", changed),
        ("ratios", "Worst ratios", sections.worst_ratios(rows)),
        ("speed", "Speed against the limit", speed_plots(rows)),
        ("threads", "Thread scaling", scaling_plots(rows)),
        ("libraries", "Libraries", sections.libraries(rows)),
        ("defects", "Known defects met", sections.defects(rows, report.links)),
        ("left-out", "Not run", sections.left_out(rows)),
        ("again", "How to see it again", sections.commands(rows)),
    )
