# SPDX-License-Identifier: Apache-2.0
"""Recipes as text, rows and recorded libraries for the tests of the toolkit."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from blas_probe.found import Found
from blas_probe.library import Library
from blas_probe.recipe import Recipes
from wheels.folders import CHECKOUT
from wheels.plan import Options, Plan, plan
from wheels.rows import Rows, load_rows

PLATFORM = "manylinux_2_28_x86_64"
DUMMY = """\
# SPDX-License-Identifier: Apache-2.0
name = "dummy"
summary = "a provider that only this test knows"
home = "https://example.org"
provides = ["blas", "lapack"]
platforms = ["*"]
marks = ["dummy_get_config"]

[find]
files = ["libdummy.so*"]

[[variant]]
id = "dummy-fast"
wheel = "dummy-blas==1.0"

[variant.select]
int_bits = 64
"""


def recipe_folder(folder: Path, **files: str) -> Path:
    """Copy the real recipes and add provider files given as text."""
    target = folder / "recipes"
    shutil.copytree(CHECKOUT / "recipes", target)
    for name, text in files.items():
        (target / "blas" / f"{name}.toml").write_text(text, encoding="utf-8")
    return target


def real_rows() -> Rows:
    """Return the rows of the checkout."""
    return load_rows(CHECKOUT / "recipes")


def library(provider: str, **changes: object) -> Library:
    """Return a usable 32-bit library of `provider`; facts that do not matter here are empty."""
    path = f"/usr/lib/{provider}/lib{provider}.so.0"
    facts = {
        "path": path,
        "names": (path,),
        "source": "path",
        "machine": "x86_64",
        "soname": f"lib{provider}.so.0",
        "provider": provider,
        "version": "1.0",
        "core": "zen",
        "thread_layer": "serial",
        "prefix": "",
        "suffix": "_",
        "int_bits": 32,
        "complex_return": "normal",
        "f2c": "plain",
        "has_blas": True,
        "has_lapack": True,
        "soname_beside": True,
        "functions": {},
        "problem": None,
        "seconds": 0.1,
        **changes,
    }
    empty: dict[str, object] = {
        field.name: () if "tuple" in str(field.type) else None
        for field in dataclasses.fields(Library)
    }
    return Library(**{**empty, **facts})  # type: ignore[arg-type]


def make_plan(recipes: Recipes, *libraries: Library, options: Options | None = None) -> Plan:
    """Plan the real rows with recorded libraries."""
    rows = real_rows()
    found = Found(libraries=libraries, variants=recipes.variants, ignored_environment={})
    asked = options or Options()
    platforms = [row for row in rows.platforms if row.id == PLATFORM]
    return plan(recipes, {PLATFORM: found}, platforms, rows.pythons, rows.toolchains, asked)
