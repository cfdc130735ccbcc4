# SPDX-License-Identifier: Apache-2.0
"""Files that do not belong into a wheel."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wheels.audit.facts import Facts
from wheels.audit.finding import MAKE, Finding, remark, size_text
from wheels.audit.rows import matches

BYTECODE = re.compile(r"\.(?P<python>[a-z]+-?\d+)(?:\.opt-\d)?\.pyc\Z")


def files(facts: Facts) -> Iterator[Finding]:
    """By their names."""
    for row in facts.rows.stray:
        hits = [member for member in facts.wheel.members if matches(member.name, row.globs)]
        if row.grouped and hits:
            size = size_text(sum(member.size for member in hits))
            more = f" ({len(hits)} such files, {size})" if len(hits) > 1 else f" ({size})"
            yield MAKE[row.level]("stray", hits[0].name, row.what + more)
        elif hits:
            for member in hits:
                yield MAKE[row.level](
                    "stray", member.name, f"{row.what} ({size_text(member.size)})"
                )


def top(facts: Facts) -> Iterator[Finding]:
    """Names at the top that other distributions take as well."""
    tops = {member.name.split("/")[0] for member in facts.wheel.members if "/" in member.name}
    for name in sorted(tops):
        if name in facts.rows.top.names:
            yield remark(
                "top-level", name, "is installed at the top of site-packages, where other "
                "distributions put a folder of this name, too",
                "leave it out, or move it below yours",
            )  # fmt: skip


def bytecode(facts: Facts) -> Iterator[Finding]:
    """Compiled Python is for one version, and installers make it."""
    hits = [member for member in facts.wheel.members if member.name.endswith(".pyc")]
    if hits:
        kinds = sorted({match["python"] for one in hits if (match := BYTECODE.search(one.name))})
        told = f" of {', '.join(kinds)}" if kinds else ""
        yield remark(
            "bytecode", hits[0].name,
            f"{len(hits)} files of bytecode{told}: installers make their own",
            "leave out *.pyc and __pycache__",
        )  # fmt: skip
