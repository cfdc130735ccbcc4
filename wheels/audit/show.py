# SPDX-License-Identifier: Apache-2.0
"""An audit for people."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from blas_probe.report import safe
from wheels.audit.auditing import Audit
from wheels.audit.finding import LEVELS, Finding, size_text

WIDTH = 100
MOST_ALIKE = {"error": 10, "warning": 5, "remark": 3}


def text(audits: Sequence[Audit], *, remarks: bool) -> str:
    """Every wheel: one line, then what is wrong."""
    return "\n".join(_wheel(one, remarks=remarks) for one in audits)


def _wheel(one: Audit, *, remarks: bool) -> str:
    counts = [f"{len(one.of(level))} {level}{'s' * (len(one.of(level)) != 1)}" for level in LEVELS]
    facts = f"{size_text(one.size)}, {len(one.files)} native files"
    lines = [f"{safe(one.wheel)}: {', '.join(counts)} ({facts})"]
    shown = [finding for finding in one.findings if remarks or finding.level != "remark"]
    seen: dict[tuple[str, str], int] = {}
    for finding in shown:
        key = (finding.level, finding.code)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= MOST_ALIKE[finding.level]:
            lines += _finding(finding)
    lines += [
        f"  {level:8} {code:16} ... and {count - MOST_ALIKE[level]} more of this kind (see --json)"
        for (level, code), count in seen.items()
        if count > MOST_ALIKE[level]
    ]
    return "\n".join(lines) + "\n"


def _finding(one: Finding) -> list[str]:
    head = f"  {one.level:8} {one.code:16} "
    told = f"{one.file}: {one.text}" if one.file else one.text
    lines = textwrap.wrap(safe(told), WIDTH - 11, break_long_words=False, break_on_hyphens=False)
    shown = [f"{head}{lines[0]}", *(f"           {line}" for line in lines[1:])]
    return [*shown, f"           do: {safe(one.cure)}"] if one.cure else shown


def data(audits: Sequence[Audit], refused: Sequence[str] = ()) -> dict[str, Any]:
    """The same for programs; equal wheels give equal bytes."""
    wheels = [{**asdict(one), "good": one.good} for one in audits]
    return {"schema": 1, "wheels": wheels, "refused": list(refused)}
