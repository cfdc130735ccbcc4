# SPDX-License-Identifier: Apache-2.0
"""Instructions that not every processor of the platform has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from wheels.audit.code import Used
from wheels.audit.facts import Facts, File
from wheels.audit.finding import MAKE, Finding, remark, some
from wheels.audit.rows import Level

FEWEST = 3
"""Fewer may be data among the code that was taken for instructions."""
CHOOSE = "build for the platform's baseline, or choose such code while it runs"


def baseline(facts: Facts, machine: str) -> frozenset[str] | None:
    """Extensions that every machine of every tag has; None when nobody says it."""
    found = []
    for promise in facts.promises:
        rows = [
            row.extensions
            for row in facts.rows.baseline
            if row.machine == machine and any(fnmatchcase(promise.tag, glob) for glob in row.tags)
        ]
        if rows:
            found.append(frozenset(rows[-1]))
    return frozenset.intersection(*found) if found else None


def _beyond(facts: Facts, used: Used) -> dict[str, int]:
    known = baseline(facts, used.machine)
    if known is None:
        return {}
    return {name: count for name, count in used.counts.items() if name not in known}


def _absent(facts: Facts, machine: str) -> set[str]:
    """Extensions that no machine of any tag has: code with them is there, and never used."""
    tags = [promise.tag for promise in facts.promises]
    rows = [row for row in facts.rows.baseline if row.machine == machine and row.absent]
    found = [
        {name for row in rows for name in row.absent
         if any(fnmatchcase(tag, glob) for glob in row.tags)}
        for tag in tags
    ]  # fmt: skip
    return set.intersection(*found) if found else set()


def _level(facts: Facts, names: Mapping[str, int] | list[str]) -> tuple[Level, str]:
    """How bad it is, and the highest level of the extensions."""
    order: tuple[Level, ...] = ("remark", "warning", "error")
    levels = {facts.rows.x86.get(name, name) for name in names}
    worst = max((facts.rows.severity.get(level, "error") for level in levels), key=order.index)
    hit = sorted(level for level in levels if facts.rows.severity.get(level, "error") == worst)
    return worst, some(hit)


def at_load(facts: Facts) -> Iterator[Finding]:
    """Code that runs when the file is loaded, before anything can choose."""
    for file in facts.files:
        for used in file.used:
            known = baseline(facts, used.machine)
            hits = [one for one in used.at_load if known is not None and one.extension not in known]
            if not hits or _is_variant(facts, file):
                continue
            level, _ = _level(facts, [one.extension for one in hits])
            names = [one.extension for one in hits]
            first = next(one for one in hits if _level(facts, [one.extension])[0] == level)
            yield MAKE[level](
                "isa-at-load", file.name,
                f"{some(names)} ({used.machine}) is used by {first.why}, which runs when the file "
                f"is loaded, without asking the processor (at {first.address:#x})",
                "compile what runs at load for the platform's baseline",
            )  # fmt: skip


def never_asks(facts: Facts) -> Iterator[Finding]:
    """Files that need more than the baseline and never ask the processor."""
    for file in facts.files:
        for used in file.used:
            beyond = _beyond(facts, used)
            for name in _absent(facts, used.machine):
                beyond.pop(name, None)
            worst = {name: count for name, count in beyond.items()
                     if _level(facts, [name])[0] == "error"}  # fmt: skip
            if sum(worst.values()) < FEWEST:
                beyond = {name: count for name, count in beyond.items() if name not in worst}
            if used.asks or sum(beyond.values()) < FEWEST:
                continue
            level, _ = _level(facts, beyond)
            counts = some([f"{name} ({count} times)" for name, count in sorted(
                beyond.items(), key=lambda item: -item[1])])  # fmt: skip
            chooser = _is_variant(facts, file) or _is_run_time(file, used)
            if chooser and level != "remark":
                yield remark("isa-variant", file.name, f"uses {counts}; {chooser}")
            else:
                yield MAKE[level](
                    "isa-above-baseline", file.name,
                    f"uses {counts}, which the tag's oldest {used.machine} processors lack, and "
                    "never asks the processor", CHOOSE,
                )  # fmt: skip


def noted(facts: Facts) -> Iterator[Finding]:
    """The linker noted that a newer processor is needed."""
    for file, image in facts.images():
        if image.isa and image.isa != "x86-64" and baseline(facts, image.machine) is not None:
            level = facts.rows.severity.get(image.isa, "error")
            yield MAKE[level](
                "isa-noted", file.name, f"says itself that it needs {image.isa}: loaders refuse "
                "it on older processors", CHOOSE,
            )  # fmt: skip


def _is_run_time(file: File, used: Used) -> str:
    """Windows: the C run-time that is linked in has a memcpy that looks at a variable."""
    if used.users == 1 and file.images[0].format == "pe":
        return "in one function only, as the C run-time that is linked in has one that chooses"
    return ""


def _is_variant(facts: Facts, file: File) -> str:
    """Is it one of several files that another one chooses from? In words; empty when it is not."""
    words = re.split(r"[-_.]", re.sub(r"\.(?:so|pyd|dll|dylib).*|\.cp.*|\.abi3.*", "", file.base))
    named = [
        word for word in words
        if any(fnmatchcase(word.lower(), glob) for glob in facts.rows.asking.variants)
    ]  # fmt: skip
    needed = {name.rpartition("/")[2] for _, image in facts.images() for name in image.needed}
    alone = file.base not in needed and not any(
        image.soname in needed for image in file.images if image.soname
    )
    return (
        f"its name says so ({', '.join(named)}), so that others choose it"
        if named and alone
        else ""
    )
