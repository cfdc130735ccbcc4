# SPDX-License-Identifier: Apache-2.0
"""What a child is asked: marks, spellings and questions of every recipe."""

from __future__ import annotations

from typing import Any

from blas_probe.binary import Host
from blas_probe.library import UNKNOWN
from blas_probe.recipe import Query, Recipe, Recipes

KINDS = ("marks", "import_marks", "byte_marks", "refines")
ROLE_OF_STYLE = {"text": "_text", "buffer": "_buffer", "int": "_int"}


def request(recipes: Recipes, *, host: Host) -> dict[str, Any]:
    """All that a child must know: marks, spellings and questions of every recipe."""
    providers = recipes.providers
    return {
        "machine": host.machine,
        "platform": host.platform,
        "prefixes": list(dict.fromkeys(p for recipe in providers for p in recipe.prefixes)),
        "suffixes": list(dict.fromkeys(s for recipe in providers for s in recipe.suffixes)),
        "marks": {
            recipe.name: {kind: list(getattr(recipe, kind)) for kind in KINDS}
            for recipe in providers
        },
        "questions": {
            f"{recipe.name}.{fact}": {
                "style": query.style, "symbol": query.symbol,
                "argument": query.argument, "names": list(query.names),
            }
            for recipe in providers for fact, query in queries(recipe).items()
        },
        "bytes": {
            f"{recipe.name}.{fact}": query.byte_pattern or list(query.bytes)
            for recipe in providers for fact, query in queries(recipe).items()
            if query.byte_pattern or query.bytes
        },
        "hints": {recipe.name: hints(recipe) for recipe in providers},
        "functions": {
            f"{recipe.name}.{role}": symbol
            for recipe in providers for role, symbol in roles(recipe).items()
        },
        "siblings": {one.name: list(one.find.siblings) for one in providers if one.find.siblings},
        "thread_calls": sorted(recipes.openmp_calls),
        "runtimes": {one.name: [one.marks, one.byte_marks] for one in recipes.runtimes},
    }  # fmt: skip


def hints(recipe: Recipe) -> dict[str, Any]:
    """What its maker documents, for files that cannot be called; {} when nothing."""
    told = recipe.inferred
    said: dict[str, Any] = {
        "complex_return": told.complex_return,
        "f2c": told.f2c,
        "thread_layer": told.thread_layer,
        "width": told.width,
        "int_bits": {suffix: int(width) for suffix, width in told.int_bits.items()},
    }
    said = {name: word for name, word in said.items() if word}
    return {**said, "symbol": recipe.first.symbol if recipe.first else ""} if said else {}


def queries(recipe: Recipe) -> dict[str, Query]:
    """The recipe's questions by the fact that they answer."""
    asked = {
        "version": recipe.version, "core": recipe.core, "layer": recipe.threads.layer,
        "most": recipe.threads.most,
    }  # fmt: skip
    return {fact: query for fact, query in asked.items() if query is not None}


def roles(recipe: Recipe) -> dict[str, str]:
    """Role of a function for the backend -> its symbol, without affixes."""
    found = {"set_threads": recipe.threads.set, "get_threads": recipe.threads.get}
    for fact in ("version", "core"):
        query = queries(recipe).get(fact)
        if query is None or query.style not in ROLE_OF_STYLE:
            continue
        named = bool(query.argument) and not query.argument.lstrip("-").isdigit()
        found[fact + ROLE_OF_STYLE[query.style] + ("_of" if named else "")] = query.symbol
        if named:
            found[f"{fact}_argument"] = query.argument
    layer = recipe.threads.layer
    if layer is not None and layer.style == "int":
        found["thread_layer_int"] = layer.symbol
    if recipe.first is not None:
        found["init"] = recipe.first.symbol
    return {role: symbol for role, symbol in found.items() if symbol}


def words(recipe: Recipe) -> dict[str, dict[str, str]]:
    """Role of a function -> what the recipe says about it, for the backend as well."""
    said: dict[str, dict[str, str]] = {}
    layer = recipe.threads.layer
    if layer is not None and layer.style == "int":
        names = [layer.names.get(str(index), UNKNOWN) for index in range(len(layer.names))]
        said["thread_layer_int"] = {"thread_layer_names": ":".join(names)}
        if layer.argument:
            said["thread_layer_int"]["thread_layer_argument"] = layer.argument
    if recipe.first is not None:
        said["init"] = {"init_argument": str(recipe.first.argument)}
    return said
