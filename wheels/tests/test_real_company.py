# SPDX-License-Identifier: Apache-2.0
"""A preloaded library that lies is not heard by the installed backend, but by a careless one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from wheels.company import running
from wheels.company.running import Place, make
from wheels.company.visits import PRELOADED, Visit, alone
from wheels.tests.lying import UNPROTECTED, compiled, liar

trivet = pytest.importorskip("trivet")
pytestmark = [pytest.mark.real]


def visit_beside(library: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Visit the installed backend with the library preloaded."""
    monkeypatch.setattr(running, "TRIES", 1)
    name = trivet.backends()[0].name
    place = Place(venv=Path(sys.prefix), env=dict(os.environ), log=None)
    usual = make(alone(name), place).problem
    if "no part of what was installed" in usual:
        pytest.skip("the backend of this Python stands on a library outside of it")
    assert "" == usual
    cases, env = {name: PRELOADED}, {"LD_PRELOAD": str(library)}
    return make(Visit(parties=(name,), cases=cases, env=env, foreign=library), place).problem


def test_a_preloaded_liar_is_not_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The core opens a backend so that its own library comes first."""
    assert "" == visit_beside(compiled(liar(), tmp_path / "libliar.so"), monkeypatch)


def test_an_unprotected_backend_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without RTLD_DEEPBIND the liar computes, and the visit says so."""
    library = compiled(UNPROTECTED + liar(), tmp_path / "libliar.so")

    problem = visit_beside(library, monkeypatch)

    assert "is wrong by" in problem or f"functions of {library}" in problem
