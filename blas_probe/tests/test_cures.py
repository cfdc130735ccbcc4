# SPDX-License-Identifier: Apache-2.0
"""Commands that can be typed as they stand."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from blas_probe import cures
from blas_probe.recipe import Recipes


def program(folder: Path, name: str) -> Path:
    """An executable of this name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("")
    path.chmod(0o755)
    return path


def test_python_is_called_as_the_shell_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its short name where PATH leads to this very one, otherwise by its path."""
    mine = program(tmp_path / "my venv", "python3")
    other = program(tmp_path / "other", "python")
    monkeypatch.setattr(sys, "executable", str(mine))

    assert "python3" == cures.own_python({"PATH": str(mine.parent)})
    assert f"'{mine}'" == cures.own_python({"PATH": str(other.parent)})
    assert f"'{mine}'" == cures.own_python({"PATH": ""})


def test_the_package_manager_of_this_machine_is_named(tmp_path: Path, recipes: Recipes) -> None:
    """The first that is there; none where there is none."""
    program(tmp_path, "apk")
    program(tmp_path, "sudo")

    assert "sudo apk add openblas" == cures.install(recipes, {"PATH": str(tmp_path)})
    assert cures.install(recipes, {"PATH": ""}) is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs users")
@pytest.mark.parametrize(
    ("user", "programs", "told"),
    [(0, ["apk"], "apk add openblas"), (0, ["apk", "sudo"], "sudo apk add openblas"),
     (7, ["apk"], "sudo apk add openblas")],
)  # fmt: skip
def test_root_in_a_container_is_told_no_sudo(
    user: int, programs: list[str], told: str, tmp_path: Path, recipes: Recipes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Containers have no `sudo`, and the command is to be typed as it stands."""
    monkeypatch.setattr(os, "geteuid", lambda: user)
    for name in programs:
        program(tmp_path, name)

    assert told == cures.install(recipes, {"PATH": str(tmp_path)})
