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
    from blas_probe.process import loaded
    from blas_probe.recipe import Recipe, Recipes, Variant, load_recipes
    from blas_probe.threads.closure import Closure, dependencies
    from blas_probe.threads.facts import MachineFacts
    from blas_probe.threads.machine import machine_facts
    from blas_probe.threads.together import Together, two_openmp

HOMES = {
    "Choice": "choose",
    "Closure": "threads.closure",
    "LinkFacts": "choose",
    "Found": "found",
    "Library": "library",
    "MachineFacts": "threads.facts",
    "Recipe": "recipe",
    "Recipes": "recipe",
    "Together": "threads.together",
    "UNKNOWN": "library",
    "Variant": "recipe",
    "dependencies": "threads.closure",
    "load_recipes": "recipe",
    "loaded": "process",
    "machine_facts": "threads.machine",
    "probe": "probing",
    "two_openmp": "threads.together",
}
__all__ = [
    "UNKNOWN",
    "Choice",
    "Closure",
    "Found",
    "Library",
    "LinkFacts",
    "MachineFacts",
    "Recipe",
    "Recipes",
    "Together",
    "Variant",
    "dependencies",
    "load_recipes",
    "loaded",
    "machine_facts",
    "probe",
    "two_openmp",
]


def __getattr__(name: str) -> Any:
    """Import on first use: a child that measures a library must start fast."""
    if name not in HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
