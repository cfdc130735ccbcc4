# SPDX-License-Identifier: Apache-2.0
"""On which line of a TOML file does a key stand? (tomllib does not tell.)"""

from __future__ import annotations

import re

KeyPath = tuple[str | int, ...]

HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
ASSIGNMENT = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w"'-]+)*)\s*=""")
STRINGS = re.compile(r"""\"(?:\\.|[^"\\])*\"|'[^']*'""")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Line number (from 1) of every table header and key; the text is valid TOML."""
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    depth = 0
    quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if depth == 0:
            if header := HEADER.match(line):
                table = _enter(header, counts)
                lines.setdefault(table, number)
                continue
            if assignment := ASSIGNMENT.match(line):
                lines.setdefault(table + _parts(assignment[1]), number)
        quote = _opened_quote(line)
        bare = STRINGS.sub("", line).split("#")[0]
        depth = max(0, depth + bare.count("[") - bare.count("]"))
    return lines


def _enter(header: re.Match[str], counts: dict[KeyPath, int]) -> KeyPath:
    """The key path of a `[table]` or of the next item of a `[[table]]`."""
    parts: KeyPath = ()
    names = _parts(header[2])
    for name in names[:-1]:
        parts += (name,)
        if parts in counts:
            parts += (counts[parts],)
    parts += (names[-1],)
    if header[1] == "[[":
        counts[parts] = counts.get(parts, -1) + 1
        parts += (counts[parts],)
    return parts


def _parts(dotted: str) -> KeyPath:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _opened_quote(line: str) -> str:
    """The triple quote that this line leaves open, if any."""
    for quote in ('"""', "'''"):
        if line.count(quote) % 2:
            return quote
    return ""
