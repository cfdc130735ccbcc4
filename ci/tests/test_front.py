# SPDX-License-Identifier: Apache-2.0
"""The front door opens on any Python: it parses everywhere, and says what it needs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OLD = (3, 6)
SESSIONS = re.compile(r"noxfile\.py -s (\w+)")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", ".ci/run", "ci/workflows/wheels.yml", "ci/README.md")


def tree() -> ast.Module:
    """The parsed noxfile, as an old Python would see it."""
    return ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"), feature_version=OLD)


def test_noxfile_parses_on_an_old_python() -> None:
    """A Python that is too old must reach the line that says so."""
    assert tree().body


def test_the_version_is_checked_before_anything_else_runs() -> None:
    """Only plain imports and a constant stand before the check."""
    kinds = [type(node).__name__ for node in tree().body]
    first = kinds.index("If")

    assert {"Expr", "Import", "Assign"} >= set(kinds[:first])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_session_that_is_told_of_exists(document: str) -> None:
    """A command in a document must work as it stands."""
    told = set(SESSIONS.findall((ROOT / document).read_text(encoding="utf-8")))
    there = {node.name for node in tree().body if isinstance(node, ast.FunctionDef)}

    assert set() == told - there
