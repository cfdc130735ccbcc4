# SPDX-License-Identifier: Apache-2.0
"""Folders below which a build tool finds lib, lib/cmake and lib/pkgconfig."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from blas_probe.recipe import Recipe
from blas_probe.search import conda
from blas_probe.search.places import Machine, recipe_folders, roots


def prefixes(machine: Machine, recipes: Sequence[Recipe]) -> list[Path]:
    """Those of conda, of the Pythons, of the providers' variables, folders and wheels."""
    found = [*conda.prefixes(machine)]
    for site in machine.site_packages:
        found.append(site.parent.parent.parent)
        found += [site / name.replace("-", "_") for one in recipes for name in one.find.wheels]
    for recipe in recipes:
        found += [folder for _, folder in roots(machine.environ, recipe)]
        found += [folder.parent for folder in recipe_folders(machine, recipe)]
    return list(dict.fromkeys(found))
