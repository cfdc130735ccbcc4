# SPDX-License-Identifier: Apache-2.0
"""Write PUBLISHED.md beside this file from what was said of published wheels.

pip download --no-deps --only-binary :all: --platform ... --dest WHEELS NAME
for wheel in WHEELS/*.whl; do python -m wheels audit --json $wheel > $wheel.json; done
python -m wheels.audit.survey WHEELS
"""

from __future__ import annotations

import datetime
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from blas_probe.recipe.schema import load
from wheels.audit.finding import LEVELS

HERE = Path(__file__).resolve().parent
HEAD = """\
# What the audit says of published wheels

Written by `python -m wheels.audit.survey FOLDER` on {date}; `published.toml` holds the judgements.
Kinds of errors and warnings are told with their number; of remarks only the number.
Wheels were chosen because many use them, and because some were known to be bad.

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


def row(audit: Mapping[str, Any], judged: Sequence[Judged]) -> str:
    """One line of the table."""
    cells = []
    for level in LEVELS:
        counts = Counter(one["code"] for one in audit["findings"] if one["level"] == level)
        told = ", ".join(f"{code} {count}" for code, count in sorted(counts.items()))
        cells.append(told if level != "remark" else str(counts.total()))
    name = str(audit["wheel"])
    verdict = next((one.verdict for one in judged if fnmatchcase(name, one.wheels)), "")
    return f"| {name.removesuffix('.whl')} | {' | '.join(cells)} | {verdict} |\n"


def main(words: Sequence[str]) -> int:
    """Read every JSON file of the folders that are named."""
    if not words:
        sys.stderr.write("usage: python -m wheels.audit.survey FOLDER...\n")
        return 2
    judged = load(Published, HERE / "published.toml").judged
    paths = sorted(path for word in words for path in Path(word).glob("*.json"))
    texts = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    rows = [row(audit, judged) for text in texts for audit in text["wheels"]]
    head = HEAD.format(date=datetime.date.today().isoformat())
    (HERE / "PUBLISHED.md").write_text(head + "".join(rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
