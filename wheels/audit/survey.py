# SPDX-License-Identifier: Apache-2.0
"""Audit a folder of published wheels and write PUBLISHED.md beside this file.

    pip download --no-deps --only-binary :all: --platform ... --dest FOLDER NAME
    python -m wheels.audit.survey FOLDER
"""

from __future__ import annotations

import datetime
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from blas_probe.recipe.schema import load
from wheels.audit.auditing import Audit, Auditor
from wheels.audit.finding import LEVELS

HERE = Path(__file__).resolve().parent
HEAD = """\
# What the audit says of published wheels

Written by `python -m wheels.audit.survey FOLDER` on {date}; the judgements are those of `published.toml`.
Kinds of errors and warnings are told with their number; of remarks only the number.

| wheel | errors | warnings | remarks | looked at by hand |
|---|---|---|---|---|
"""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What somebody who looked at the findings says of them."""

    wheels: Annotated[str, "glob of file names"]
    verdict: Annotated[str, "real or false alarm, and why"]


@dataclass(frozen=True, kw_only=True)
class Published:
    """The whole file."""

    judged: Annotated[tuple[Judged, ...], "one for each group of wheels"] = ()


def row(audit: Audit, judged: Sequence[Judged]) -> str:
    """One line of the table."""
    cells = []
    for level in LEVELS:
        counts = Counter(one.code for one in audit.of(level))
        told = ", ".join(f"{code} {count}" for code, count in sorted(counts.items()))
        cells.append(told if level != "remark" else str(counts.total()))
    verdict = next((one.verdict for one in judged if fnmatchcase(audit.wheel, one.wheels)), "")
    return f"| {audit.wheel.removesuffix('.whl')} | {' | '.join(cells)} | {verdict} |\n"


def main(words: Sequence[str]) -> int:
    """Audit every wheel of the folders that are named."""
    if not words:
        sys.stderr.write("usage: python -m wheels.audit.survey FOLDER...\n")
        return 2
    judged = load(Published, HERE / "published.toml").judged
    paths = sorted(path for word in words for path in Path(word).glob("*.whl"))
    auditor, rows = Auditor(), []
    for path in paths:
        rows.append(row(auditor.audit(path), judged))
        sys.stderr.write(rows[-1])
    head = HEAD.format(date=datetime.date.today().isoformat())
    (HERE / "PUBLISHED.md").write_text(head + "".join(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
