# SPDX-License-Identifier: Apache-2.0
"""What a recipe may say, how the folder is read, and what is wrong with a recipe."""

from blas_probe.recipe.known_bad import KnownBad
from blas_probe.recipe.load import load_recipe, load_recipes
from blas_probe.recipe.model import (
    Asked,
    Expect,
    Find,
    First,
    Headers,
    Opens,
    Query,
    Recipe,
    Recipes,
    Select,
    Threads,
    Variant,
)

__all__ = [
    "Asked",
    "Expect",
    "Find",
    "First",
    "Headers",
    "KnownBad",
    "Opens",
    "Query",
    "Recipe",
    "Recipes",
    "Select",
    "Threads",
    "Variant",
    "load_recipe",
    "load_recipes",
]
