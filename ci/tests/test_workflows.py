# SPDX-License-Identifier: Apache-2.0
"""What every workflow is held to; check-jsonschema and zizmor do the rest (session `lint`)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / "ci" / "workflows").glob("*.yml"))
USES = re.compile(r"uses:\s*(\S+)")
PINNED = re.compile(r"actions/[\w-]+@v\d+$|[\w-]+/[\w./-]+@[0-9a-f]{40}$")
RUN = re.compile(r"^\s*(?:- )?run: .*\$\{\{.*$", re.M)


def faults(text: str) -> list[str]:
    """Actions without a pin, rights that nobody needs, text that is pasted into a shell."""
    found = [f"not pinned: {name}" for name in USES.findall(text) if not PINNED.match(name)]
    rights = re.findall(r"^ *permissions:\n((?: +[\w-]+: \w+\n)*)", text, re.M)
    if ["  contents: read\n"] != rights:
        found.append(f"permissions: {rights}")
    return found + [f"pasted: {line.strip()}" for line in RUN.findall(text)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_rights_are_few_and_nothing_is_pasted(path: Path) -> None:
    """A matrix value reaches a shell as a variable only."""
    assert [] == faults(path.read_text(encoding="utf-8"))


def test_the_check_can_fail() -> None:
    """One of each."""
    text = (
        "permissions:\n  contents: write\njobs:\n  - uses: a/b@main\n  - run: x ${{ matrix.y }}\n"
    )

    assert ["not pinned", "permissions", "pasted"] == [one.split(":")[0] for one in faults(text)]


def test_the_lint_session_looks_at_every_workflow() -> None:
    """A file that is added is linted."""
    text = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    (line,) = re.findall(r"^WORKFLOWS = .*$", text, re.M)

    assert {path.name for path in WORKFLOWS} == set(re.findall(r"\w+\.yml", line))
