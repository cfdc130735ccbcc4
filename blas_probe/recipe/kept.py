# SPDX-License-Identifier: Apache-2.0
"""Recipes that were read before, taken from the answers of earlier runs.

Reading and checking the files takes about a sixth of a run in which everything else is known.
Any change below the folder, a new file included, and the files are read again.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from blas_probe.cache import Cache
from blas_probe.look import is_folder
from blas_probe.recipe.load import default_folder, load_recipes
from blas_probe.recipe.model import Recipes

OWN = "blas_probe.recipe."


def recipes_kept(folder: Path | str | None, cache: Cache) -> Recipes:
    """What `load_recipes(folder)` gives, errors included, from `cache` where nothing changed."""
    root = default_folder() if folder is None else Path(folder)
    question = {"recipes": os.path.abspath(root)}  # noqa: PTH100
    try:
        kept = to_recipe(cache.recall(question))
        if isinstance(kept, Recipes):
            return kept
    except (AttributeError, KeyError, TypeError, ValueError):  # whatever an entry may hold
        pass
    since = time.time()
    recipes = load_recipes(folder)
    cache.keep(question, to_plain(recipes), files=everything(root), since=since)
    return recipes


def everything(root: Path) -> list[str]:
    """The recipes' folder, those in it, and their TOML files; what a new file would change."""
    folders = [root, *(one for one in root.iterdir() if is_folder(one))]
    return [str(one) for folder in folders for one in (folder, *folder.glob("*.toml"))]


def to_plain(value: Any) -> Any:
    """Tuples as lists; records and tables as tables that say what they are."""
    if isinstance(value, tuple):
        return [to_plain(one) for one in value]
    if isinstance(value, dict):
        return {"table": {key: to_plain(one) for key, one in value.items()}}
    module = type(value).__module__
    if module.startswith(OWN):
        name = f"{module.removeprefix(OWN)}.{type(value).__qualname__}"
        return {"record": name, "fields": [to_plain(one) for one in vars(value).values()]}
    return value


def to_recipe(value: Any) -> Any:
    """What `to_plain` was given."""
    if isinstance(value, list):
        return tuple([to_recipe(one) for one in value])
    if not isinstance(value, dict):
        return value
    if "table" in value:
        return {key: to_recipe(one) for key, one in value["table"].items()}
    module, _, name = value["record"].rpartition(".")
    record = object.__new__(vars(sys.modules[OWN + module])[name])
    fields = map(to_recipe, value["fields"])
    record.__dict__.update(zip(record._record_names, fields, strict=True))
    return record
