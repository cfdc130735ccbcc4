# SPDX-License-Identifier: Apache-2.0
"""The guard: a test that every job skips proves nothing, so it fails the pipeline."""

from __future__ import annotations

import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from ci.errors import CiError


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One test in one job."""

    test: str
    """`path::name` as pytest says it."""
    skipped: bool
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """Tests that may be skipped everywhere, and why."""

    test: str
    reason: str


def read_report(path: Path) -> tuple[Outcome, ...]:
    """The outcomes in one JUnit file written by pytest; CiError when it is something else."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as error:
        msg = f"{path}: not a JUnit report ({error})\n  next: pytest --junitxml={path}"
        raise CiError(msg) from error
    return tuple(_outcome(case) for case in root.iter("testcase"))


def _outcome(case: ElementTree.Element) -> Outcome:
    test = f"{case.get('classname', '')}::{case.get('name', '')}"
    skip = case.find("skipped")
    # pytest reports an expected failure as skipped, too; that test did run.
    if skip is None or skip.get("type") == "pytest.xfail":
        return Outcome(test=test, skipped=False)
    return Outcome(test=test, skipped=True, reason=skip.get("message", ""))


def skipped_everywhere(reports: Iterable[Iterable[Outcome]]) -> dict[str, str]:
    """Tests that no report shows as run, with the last reason given."""
    ran: set[str] = set()
    skipped: dict[str, str] = {}
    for report in reports:
        for outcome in report:
            if outcome.skipped:
                skipped[outcome.test] = outcome.reason
            else:
                ran.add(outcome.test)
    return {test: reason for test, reason in sorted(skipped.items()) if test not in ran}


def read_allowed(path: Path) -> tuple[Allowed, ...]:
    """The short list of `[[allowed]]` rows; each needs `test` (a glob) and `reason`."""
    with path.open("rb") as stream:
        rows = tomllib.load(stream).get("allowed", [])
    for number, row in enumerate(rows, start=1):
        if set(row) != {"test", "reason"} or not row["reason"].strip():
            msg = f"{path}: row {number} needs exactly `test` and a `reason`; got {sorted(row)}"
            raise CiError(msg)
    return tuple(Allowed(test=row["test"], reason=row["reason"]) for row in rows)


def complaints(
    skipped: Mapping[str, str], allowed: Iterable[Allowed], *, ran_somewhere: bool = True
) -> list[str]:
    """One line per test that is skipped everywhere without permission, and per idle permission."""
    rows = tuple(allowed)
    lines = [
        f"{test}: skipped in every job ({reason})"
        for test, reason in skipped.items()
        if not any(fnmatchcase(test, row.test) for row in rows)
    ]
    if not ran_somewhere:
        lines.append("no test was found in any report")
    return lines
