# SPDX-License-Identifier: Apache-2.0
"""The table for people: at most 100 columns, no control characters, stable order."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from blas_probe.call.worker import plain
from blas_probe.cuda.words import section
from blas_probe.errors import NotChosen
from blas_probe.found import Found
from blas_probe.library import UNKNOWN, Library
from blas_probe.threads.words import about_machine, about_threads

WIDTH = 100
HEAD = ("#", "provider", "version", "core", "threads", "bits", "affix", "complex", "has", "LAPACK")
PARTS = (("has_blas", "B"), ("has_cblas", "C"), ("has_lapack", "L"), ("has_lapacke", "E"))
IN_PART = {"has_blas": "missing_blas", "has_lapack": "missing_lapack"}
LEGEND = (
    "has: B BLAS, C CBLAS, L LAPACK, E LAPACKE; b, l: only a part.  "
    "affix: text before and after `dgemm`.  ?: unknown.  -: none."
)


def table(found: Found) -> str:
    """The whole report."""
    usable = [library for library in found.libraries if library.problem is None]
    rows = [row(library, number) for number, library in enumerate(usable, start=1)]
    lines = [*columns([HEAD, *rows]), "", *wrap(LEGEND, 0), ""]
    lines += [line for number, library in enumerate(usable, start=1)
              for line in place(library, number)]  # fmt: skip
    lines += [
        "",
        *(wrap(about_machine(found.machine), 2) if found.machine else []),
        "",
        *speeds(found, usable),
        *only_read(found.libraries),
        *unusable(found.libraries),
        *known_defects(usable),
        *warnings(found, usable),
        *variants(found, usable),
        *cuda(found),
        *ignored(found),
    ]
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def row(library: Library, number: int) -> tuple[str, ...]:
    """One library's cells, in the order of HEAD."""
    return (
        str(number),
        _provider(library),
        _cell(library.version),
        _cell(library.core),
        _cell(library.thread_layer),
        _cell(str(library.int_bits)),
        _affix(library),
        _cell(library.complex_return),
        "".join(_part(library, fact, letter) for fact, letter in PARTS),
        _cell(library.lapack_version),
    )


def _provider(library: Library) -> str:
    """LAPACK's provider and, where it is another, that of the BLAS that it calls."""
    if library.blas_provider in (None, library.provider):
        return library.provider
    return f"{library.provider}+{_cell(library.blas_provider)}"


def _part(library: Library, fact: str, letter: str) -> str:
    """The letter of an interface, small when only a part of it is there."""
    if getattr(library, fact):
        return letter
    return letter.lower() if getattr(library, IN_PART.get(fact, ""), ()) else "-"


def _cell(value: str | None) -> str:
    return "-" if value is None else "?" if value == UNKNOWN else plain(value, 16)


def _affix(library: Library) -> str:
    if library.suffix == UNKNOWN:
        return "?"
    routine = "DGEMM" if library.upper else "*"
    return plain(f"{library.prefix}{routine}{library.suffix}", 16)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def place(library: Library, number: int) -> list[str]:
    """Where the library lies and who brought it."""
    threads = about_threads(library)
    owner = library.source
    if owner == "system" and library.package is not None:
        owner = f"{owner}, {library.package}"
    said = f"{owner}; {threads}" if threads else owner
    return wrap(f"{number:>3}  {library.path}  ({said})", 5)


def only_read(libraries: Sequence[Library]) -> list[str]:
    """Libraries that no build here can use, with what is known of them; the reasons follow."""
    known = [
        one
        for one in libraries
        if one.problem and one.provider != UNKNOWN
        and (one.inferred or any(getattr(one, fact) for fact, _ in PARTS))
    ]  # fmt: skip
    if not known:
        return []
    head = (*HEAD[:3], "made for", *HEAD[4:])
    rows = [_read_row(library, number) for number, library in enumerate(known, start=1)]
    places = [line for number, library in enumerate(known, start=1)
              for line in wrap(f"{f'r{number}':>3}  {library.path}", 5)]  # fmt: skip
    return ["Known, but of no use for a build here:", *columns([head, *rows]), "", *places, ""]


def _read_row(library: Library, number: int) -> tuple[str, ...]:
    """As `row`, with the system and machine in place of the kernel, which only a call tells."""
    cells = row(library, number)
    system = " ".join(filter(None, (library.platform, library.machine)))
    return (f"r{number}", *cells[1:3], plain(system, 20), *cells[4:])


def unusable(libraries: Sequence[Library]) -> list[str]:
    """One entry for each file that cannot be used."""
    lines: list[str] = []
    for library in libraries:
        if library.problem is not None:
            lines += wrap(f"  !  {library.path}: {library.problem}", 5)
    return [*lines, ""] if lines else []


def speeds(found: Found, usable: Sequence[Library]) -> list[str]:
    """What `--bench` measured; nothing without it."""
    if not found.limits:
        return []
    from blas_probe.bench import show

    rows = show.rows(usable)
    lines = [*columns(rows), "", *wrap(show.LEGEND, 0)] if rows else []
    lines += [line for text in show.remarks(usable) for line in wrap(text, 2)]
    lines += [line for text in show.limits(found.limits) for line in wrap(f"Limit, {text}", 2)]
    return [*lines, ""]


def known_defects(usable: Sequence[Library]) -> list[str]:
    """Each known defect once, with the numbers of the libraries that have it."""
    numbers: dict[str, list[str]] = {}
    for number, library in enumerate(usable, start=1):
        for text in library.defects:
            numbers.setdefault(text, []).append(str(number))
    lines: list[str] = []
    for text, having in numbers.items():
        lines += wrap(f"Known defect of {', '.join(having)}: {text}", 2)
    return [*lines, ""] if lines else []


def warnings(found: Found, usable: Sequence[Library]) -> list[str]:
    """Each warning once, with the libraries that it concerns by their numbers, and its cure."""
    numbers = {library.path: str(number) for number, library in enumerate(usable, start=1)}
    subjects: dict[tuple[str, str, str], list[str]] = {}
    for warning in found.warnings:
        said = (warning.text, warning.cure, warning.source)
        subjects.setdefault(said, []).append(numbers.get(warning.subject, warning.subject))
    lines: list[str] = []
    for (text, cure, source), having in subjects.items():
        cured = f" Cure: {cure}." if cure else ""
        lines += wrap(f"Warning for {', '.join(having)}: {text}.{cured} ({source})", 2)
    return [*lines, ""] if lines else []


def variants(found: Found, usable: Sequence[Library]) -> list[str]:
    """Which library each variant would take."""
    numbers = {library.path: str(number) for number, library in enumerate(usable, start=1)}
    lines, missing = [], []
    for variant in found.variants:
        try:
            choice = found.choose(variant.id)
        except NotChosen:
            missing.append(variant.id)
            continue
        pair = [one for one in (choice.lapack, choice.blas) if one is not None]
        lines.append(f"  {variant.id}: " + " + ".join(numbers[one.path] for one in pair))
    head = ["Backends that can be linked (LAPACK library first when it is another):"]
    lines = [*head, *lines] if lines else ["No backend can be linked."]
    if missing:
        lines += wrap("Not possible here (ask --why NAME): " + ", ".join(missing), 2)
    return lines


def cuda(found: Found) -> list[str]:
    """Toolkits, driver and GPUs."""
    texts = section(found.toolkits, found.driver, found.cuda_archs)
    lines = [line for text in texts for line in wrap(text, 6)]
    return ["", *lines] if lines else []


def ignored(found: Found) -> list[str]:
    """Variables that were set, and not shown to the libraries."""
    if not found.ignored_environment:
        return []
    names = ", ".join(sorted(found.ignored_environment))
    return ["", *wrap(f"Set in the environment, ignored while measuring: {names}", 2)]


def wrap(text: str, indent: int) -> list[str]:
    """Lines of at most WIDTH columns; a path may be cut anywhere, text at blanks."""
    lines: list[str] = []
    rest = safe(text)
    while len(rest) > WIDTH:
        cut = rest.rfind(" ", indent + 1, WIDTH)
        cut = cut if cut > WIDTH // 2 else WIDTH
        lines.append(rest[:cut])
        rest = " " * indent + rest[cut:].lstrip()
    return [*lines, rest]


def flow(text: str, indent: int) -> list[str]:
    """Lines of about WIDTH columns that cut no word: a path can be copied as a whole."""
    text = safe(text)
    first = " " * (len(text) - len(text.lstrip()))
    return textwrap.wrap(
        text.strip(), WIDTH, initial_indent=first, subsequent_indent=" " * indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def safe(text: str) -> str:
    """Printable on any terminal or log: control and undecodable characters become escapes."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode()
        for c in text
    )
