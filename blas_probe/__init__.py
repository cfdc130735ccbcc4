# SPDX-License-Identifier: Apache-2.0
"""Which BLAS and LAPACK libraries are on this machine, proven by calling them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from blas_probe.choose import Choice, LinkFacts
    from blas_probe.found import Found
    from blas_probe.library import UNKNOWN, Library
    from blas_probe.probing import probe
    from blas_probe.recipe import Recipe, Recipes, Variant, load_recipes

HOMES = {
    "Choice": "choose",
    "LinkFacts": "choose",
    "Found": "found",
    "Library": "library",
    "Recipe": "recipe",
    "Recipes": "recipe",
    "UNKNOWN": "library",
    "Variant": "recipe",
    "load_recipes": "recipe",
    "probe": "probing",
}
__all__ = [
    "UNKNOWN",
    "Choice",
    "Found",
    "Library",
    "LinkFacts",
    "Recipe",
    "Recipes",
    "Variant",
    "load_recipes",
    "probe",
]


def __getattr__(name: str) -> Any:
    """Import on first use: a child that measures a library must start fast."""
    if name not in HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
