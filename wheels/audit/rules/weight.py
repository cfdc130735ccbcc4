# SPDX-License-Identifier: Apache-2.0
"""Bytes that nobody needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from wheels.audit.facts import Facts
from wheels.audit.finding import Finding, remark, size_text, some
from wheels.audit.rows import matches

HEADERS = (".h", ".hpp", ".hh", ".hxx", ".cuh", ".inc")
TESTS = ("tests", "test", "testing_data")


def debug(facts: Facts) -> Iterator[Finding]:
    """Sections with debug information."""
    for file in facts.files:
        names = {
            one.name for image in file.images for one in image.sections
            if matches(one.name, facts.rows.weight.debug)
        }  # fmt: skip
        size = sum(image.size_of(names) for image in file.images)
        if names and size:
            yield remark(
                "debug", file.name, f"{size_text(size)} of debug information", "strip --strip-debug"
            )


def symbols(facts: Facts) -> Iterator[Finding]:
    """Symbol tables that stripping removes."""
    for file in facts.files:
        size = sum(image.size_of(facts.rows.weight.symbols) for image in file.images)
        if size > facts.rows.weight.least:
            yield remark(
                "unstripped", file.name,
                f"{size_text(size)} of symbols that are not needed to run it",
                "strip --strip-unneeded (before auditwheel, not after)",
            )  # fmt: skip


def duplicates(facts: Facts) -> Iterator[Finding]:
    """The same bytes under several names."""
    groups: dict[str, list[str]] = {}
    sizes: dict[str, int] = {}
    for member in facts.wheel.members:
        if member.size >= facts.rows.weight.least and member.sha256:
            groups.setdefault(member.sha256, []).append(member.name)
            sizes[member.sha256] = member.size
    for digest, names in sorted(groups.items(), key=lambda item: item[1]):
        if len(set(names)) > 1:
            yield remark(
                "duplicate", names[0],
                f"{size_text(sizes[digest])}, is there {len(names)} times, also as "
                f"{some(sorted({*names} - {names[0]}), 3)}", "keep one: a wheel cannot hold links",
            )  # fmt: skip


def bulk(facts: Facts) -> Iterator[Finding]:
    """Many headers, many tests."""
    for code, told, most, wanted in (
        ("headers", "C and C++ headers", facts.rows.weight.headers, _is_header),
        ("tests", "tests and their data", facts.rows.weight.tests, _is_test),
    ):
        hits = [member for member in facts.wheel.members if wanted(member.name)]
        size = sum(member.size for member in hits)
        if size > most:
            largest = max(hits, key=lambda member: (member.size, member.name))
            yield remark(
                code, largest.name, f"{len(hits)} files of {told}, {size_text(size)} in all (this "
                "is the largest)", "leave them out, or ship them as a distribution of their own",
            )  # fmt: skip


def _is_header(name: str) -> bool:
    return name.lower().endswith(HEADERS)


def _is_test(name: str) -> bool:
    return any(part in TESTS for part in PurePosixPath(name).parts[:-1])
