# SPDX-License-Identifier: Apache-2.0
"""The parts of the page that are words and tables. Pure."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from wheels.proof.certificate import Proof, ProvenLibrary
from wheels.proof.verdict import Worst
from wheels.report.collect import Problem, Release
from wheels.report.compare import Difference
from wheels.report.entries import KINDS, STATUSES, Entry, kernel, share
from wheels.report.heat import NOTHING, SIGNS
from wheels.report.markup import Content, Html, count, items, join, lines, link, linked, table, tag

UNSAID = "not recorded"
LIBRARY = ["file", "provider", "LAPACK", "integers", "threads", "from", "sha256", "build id", "in"]
FIRST = 15  # rows of the table of ratios that are seen without asking


def title_of(rows: Sequence[Entry], release: Release | None) -> str:
    """What was released, as the release or the names of its wheels say."""
    if release:
        return f"{release.project} {release.version}"
    names = {" ".join(one.file.split("-")[:2]) for one in rows if one.file.endswith(".whl")}
    return ", ".join(sorted(names)) or "no wheel"


def verdict_line(rows: Sequence[Entry], problems: Sequence[Problem]) -> Html:
    """The answer, before any detail."""
    failed = sum(one.status == "failed" for one in rows)
    left = sum(one.status == "not run" for one in rows)
    lacks = [f"{failed} failed"] * bool(failed) + [f"{left} not run"] * bool(left)
    lacks += [f"{count(len(problems), 'file')} could not be read"] * bool(problems)
    if not rows:
        return tag("p", f"{NOTHING} nothing was read", class_="answer nothing")
    if failed or problems:
        return tag("p", f"✗ not all is well: {', '.join(lacks)}", class_="answer bad")
    if left:
        text = f"{NOTHING} what was checked held; {', '.join(lacks)}"
        return tag("p", text, class_="answer nothing")
    return tag("p", "✓ everything that was checked held", class_="answer good")


def counts(rows: Sequence[Entry]) -> Html:
    """How many of each kind shipped, held, failed, or were not run."""
    numbers = Counter((one.kind, one.status) for one in rows)
    body: list[list[Content]] = [
        [KINDS[kind][1], *(str(numbers[kind, status]) for status in STATUSES)]
        for kind in KINDS
        if any(one.kind == kind for one in rows)
    ]
    heads = ["of", *(f"{SIGNS[status]} {status}" for status in STATUSES)]
    return table("What became of them", heads, body, look="counts")


def origin(rows: Sequence[Entry], release: Release | None) -> Html:
    """From which sources, on which machines, by which tools."""
    proofs = [one.proof for one in rows if one.proof]
    facts: list[tuple[str, list[str]]] = [
        ("commit", [release.commit or "no checkout" if release else UNSAID]),
        ("date of the sources", [release.date if release else UNSAID]),
        ("machine", _each(proofs, _host)),
        ("kernel chosen", _each(proofs, kernel)),
        ("compiler", _each(proofs, lambda one: one.toolchain)),
        ("checks", _each(proofs, lambda one: f"{one.mode}, sources {one.checks[:12]}")),
        ("tools", _each(proofs, lambda one: ", ".join(f"{k} {v}" for k, v in one.tools.items()))),
    ]
    parts = [join(tag("dt", name), *(tag("dd", text) for text in texts)) for name, texts in facts]
    return tag("dl", *parts)


def _each(proofs: Sequence[Proof], tell: Callable[[Proof], str]) -> list[str]:
    return sorted({tell(one) for one in proofs}) or [UNSAID]


def _host(one: Proof) -> str:
    host = one.host
    return f"{host.cpu}, {host.machine}, {host.system}, {host.threads} threads"


def problems_of(problems: Sequence[Problem]) -> Html:
    """What could not be read; the rest of the page does not know it."""
    if not problems:
        return Html("")
    rows: list[list[Content]] = [[one.where, one.what] for one in problems]
    whole = table("Not in this report", ["file", "what is wrong"], rows)
    return tag("section", tag("h2", "Could not be read"), whole, id="unread")


def worst_ratios(rows: Sequence[Entry]) -> Html:
    """The worst ratio of each operation with the case that gave it, the worst first."""
    found: dict[str, tuple[float, Worst, list[str]]] = {}
    for one in rows:
        for row in one.verdict.worst if one.verdict else ():
            known = found.get(row.op)
            if known is None or share(row) > known[0]:
                found[row.op] = (share(row), row, [one.id])
            elif row == known[1]:
                known[2].append(one.id)
    order = sorted(found.values(), key=lambda one: (-one[0], one[1].op))
    if not order:
        return tag("p", "No ratio was measured in these certificates.", class_="none")
    first, rest = order[:FIRST], order[FIRST:]
    shown = _ratios("Error over expected error: the worst of each operation", first)
    if not rest:
        return shown
    more = _ratios("The other operations", rest)
    return join(shown, tag("details", tag("summary", f"{len(rest)} smaller ones"), more))


def _ratios(caption: str, order: Sequence[tuple[float, Worst, list[str]]]) -> Html:
    body: list[list[Content]] = [
        [row.op, f"{part:.1%}", f"{row.ratio:.3g}", f"{row.threshold:g}", row.case, ", ".join(ids)]
        for part, row, ids in order
    ]
    return table(
        caption, ["operation", "of the threshold", "ratio", "threshold", "case", "in"], body
    )


def defects(rows: Sequence[Entry], links: Mapping[str, str]) -> Html:
    """Known defects that were met, and where they are reported."""
    met: dict[str, list[str]] = {}
    for one in rows:
        for text in one.verdict.defects if one.verdict else ():
            met.setdefault(text, []).append(one.id)
    if not met:
        return tag("p", "None was met.")
    body: list[list[Content]] = [
        [linked(text), link(links[text]) if links.get(text) else "no link", ", ".join(ids)]
        for text, ids in met.items()
    ]
    return table("Known defects that were met", ["defect", "reported", "in"], body)


def libraries(rows: Sequence[Entry]) -> Html:
    """Which library files were under what was checked."""
    found: dict[ProvenLibrary, list[str]] = {}
    for one in rows:
        for library in one.proof.libraries if one.proof else ():
            found.setdefault(library, []).append(one.id)
    if not found:
        return tag("p", "These certificates name no library.", class_="none")
    body: list[list[Content]] = [[*_library(one), ", ".join(ids)] for one, ids in found.items()]
    return table("Library files, as they were when they were checked", LIBRARY, body)


def _library(one: ProvenLibrary) -> list[Content]:
    bits = f"{one.int_bits} bits" if isinstance(one.int_bits, int) else one.int_bits
    sums = [one.sha256[:12], (one.build_id or "none")[:12]]
    name, lapack = f"{one.provider} {one.version}", one.lapack_version or "none"
    return [one.file, name, lapack, bits, one.thread_layer, one.source, *sums]


def left_out(rows: Sequence[Entry]) -> Html:
    """Everything that no proof holds, and why."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in rows:
        for row in one.not_run:
            found.setdefault((row.what, row.why), []).append(one.id)
    if not found:
        return tag("p", "The certificates name nothing that was left out.")
    body: list[list[Content]] = [
        [what, why, ", ".join(dict.fromkeys(ids))] for (what, why), ids in found.items()
    ]
    return table("Left out, and why", ["what", "why", "in"], body)


def differences(
    before: Sequence[Entry] | None, rows: Sequence[Difference], problems: Sequence[Problem]
) -> Html:
    """What is different from the former release."""
    if before is None and not problems:
        text = "No former release was given (--before FOLDER): nothing is compared."
        return tag("p", text, class_="none")
    unread: list[Content] = [f"{one.where}: {one.what}" for one in problems]
    note = tag("div", tag("p", "Could not be read:"), items(unread), class_="failed")
    if not before:
        return join(note, tag("p", "Nothing is compared.", class_="none"))
    body: list[list[Content]] = [[one.topic, ", ".join(one.ids), lines(one.what)] for one in rows]
    text = f"Compared with {count(len(before), 'row')} of the former release."
    end = table("What changed", ["topic", "of", "what"], body) if body else "No difference."
    return join(note if unread else None, tag("p", text), end)


def commands(rows: Sequence[Entry]) -> Html:
    """How to see each row again."""
    body: list[list[Content]] = [[one.id, tag("code", command(one))] for one in rows]
    libraries = {path for one in rows if one.proof for path in one.proof.paths}
    body += [
        [path.rpartition("/")[2], tag("code", f"python -m wheels prove {shlex.quote(path)}")]
        for path in sorted(libraries)
    ]
    return table("The command for each", ["of", "command"], body)


def command(one: Entry) -> str:
    """The command that gives this row again."""
    if one.kind == "artefact" and one.status == "shipped":
        return f"python -m wheels verify {shlex.quote(f'dist/{one.file}')}"
    stage = "check" if one.kind == "backend" else "release"
    return f"python -m wheels {stage} --only {shlex.quote(one.id)}"
