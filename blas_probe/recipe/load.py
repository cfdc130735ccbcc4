# SPDX-License-Identifier: Apache-2.0
"""How the recipes' folder is read, and the rules that span its files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from blas_probe.errors import RecipeError
from blas_probe.recipe.cuda import load_cuda_recipes
from blas_probe.recipe.known_bad import KnownBadFile
from blas_probe.recipe.model import Recipe, Recipes
from blas_probe.recipe.runtime import load_runtimes
from blas_probe.recipe.schema import Where, build, load, read
from blas_probe.recipe.speed import load_speed


def default_folder() -> Path:
    """The recipes inside the installed package, or those of the checkout."""
    here = Path(__file__).resolve().parents[1]
    packaged = here / "recipes"
    return packaged if packaged.is_dir() else here.parent / "recipes"


def load_recipes(folder: Path | str | None = None) -> Recipes:
    """Read `folder/blas/*.toml`; RecipeError names file, line, field and the fix."""
    root = default_folder() if folder is None else Path(folder)
    files = sorted((root / "blas").glob("*.toml"))
    if not files:
        msg = f"{root}: no recipe found; give a folder that holds blas/<provider>.toml files"
        raise RecipeError(msg)
    loaded = [(_with_known_bad(recipe, root), where) for recipe, where in map(load_recipe, files)]
    recipes = Recipes(
        providers=tuple(recipe for recipe, _ in loaded),
        runtimes=load_runtimes(root),
        speed=load_speed(root / "speed.toml"),
        cuda=load_cuda_recipes(root),
    )
    for file in sorted((root / "known_bad").glob("*.toml")):
        recipes.provider(file.stem)
    _check_together(loaded, {recipe.name for recipe in recipes.providers})
    return recipes


def load_recipe(file: Path) -> tuple[Recipe, Where]:
    """Read one recipe file."""
    table, where = read(file)
    recipe = build(Recipe, table, where)
    variants = tuple(
        replace(variant, provider=recipe.name, platforms=variant.platforms or recipe.platforms)
        for variant in recipe.variant
    )
    return replace(recipe, variant=variants), where


def _with_known_bad(recipe: Recipe, root: Path) -> Recipe:
    """Add the rows of the provider's file of reported defects, when there is one."""
    file = root / "known_bad" / f"{recipe.name}.toml"
    if not file.is_file():
        return recipe
    return replace(recipe, known_bad=recipe.known_bad + load(KnownBadFile, file).known_bad)


def _check_together(loaded: list[tuple[Recipe, Where]], names: set[str]) -> None:
    """Rules that span files: unique ids, one default per platform list, known providers."""
    known = ", ".join(sorted(names))
    owners: dict[str, Where] = {}
    for recipe, where in loaded:
        for index, name in enumerate(recipe.refines):
            if name not in names:
                raise where.at("refines", index).fail(f"no provider `{name}`", f"known: {known}")
        for index, variant in enumerate(recipe.variant):
            place = where.at("variant", index)
            if variant.id in owners:
                raise place.at("id").fail(
                    f"`{variant.id}` is taken by {owners[variant.id].file}", "choose another id"
                )
            owners[variant.id] = where
            if variant.lapack and variant.lapack not in names:
                raise place.at("lapack").fail(f"no provider `{variant.lapack}`", f"known: {known}")
