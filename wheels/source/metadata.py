# SPDX-License-Identifier: Apache-2.0
"""The dynamic fields of the distribution: extras from the recipes, what a build depends on."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blas_probe.recipe import load_recipes
from wheels.folders import read_project
from wheels.metadata import extras

ROOT = Path(__file__).resolve().parents[2]

_depends: tuple[str, ...] = ()


def set_dependencies(requires: tuple[str, ...]) -> None:
    """Remember what the wheel being built needs at run time (one build per process)."""
    global _depends
    _depends = requires


def pins(root: Path = ROOT) -> dict[str, str]:
    """Requirement by name, from the dependency group `build`."""
    with (root / "pyproject.toml").open("rb") as stream:
        rows = tomllib.load(stream)["dependency-groups"]["build"]
    return {row.split("==")[0]: row for row in rows}


def optional_dependencies(root: Path = ROOT) -> dict[str, list[str]]:
    """One extra per variant that is a wheel of its own: `trivet[mkl]` needs `trivet-mkl`."""
    rows = extras(load_recipes(root / "recipes"), read_project(root))
    return {name: [requirement] for name, requirement in rows.items()}


def dynamic_metadata(settings: Mapping[str, Any], project: Mapping[str, Any]) -> dict[str, Any]:
    """The hook that scikit-build-core calls."""
    del settings, project
    return {"dependencies": list(_depends), "optional-dependencies": optional_dependencies()}


def dynamic_wheel(settings: Mapping[str, Any]) -> dict[str, bool]:
    """Only a build knows its dependencies; the extras are the same everywhere."""
    del settings
    return {"dependencies": True}
