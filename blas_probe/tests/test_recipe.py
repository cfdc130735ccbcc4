# SPDX-License-Identifier: Apache-2.0
"""Recipes: what is accepted, and how a wrong one is refused."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from blas_probe.errors import RecipeError
from blas_probe.found import Found
from blas_probe.identify import identify
from blas_probe.probing import found_from, probe
from blas_probe.recipe import Recipes, load_recipes
from blas_probe.recipe.docs import documents, rows
from blas_probe.tests.conftest import ONE, REPOSITORY

Write = Callable[[str], Path]


def test_the_repository_has_a_recipe_for_each_provider(recipes: Recipes) -> None:
    """Ten providers are known."""
    names = {recipe.name for recipe in recipes.providers}

    assert names == {
        "openblas", "mkl", "blis", "atlas", "netlib", "accelerate", "nvpl", "armpl", "aocl",
        "flexiblas",
        "gsl",
        "nvblas", "libflame", "essl",
    }  # fmt: skip


def test_fields_stand_in_the_documented_order() -> None:
    """A reader finds each field at the same place of every recipe."""
    order = [row.name for row in rows() if not row.table]

    for file in (REPOSITORY / "recipes/blas").glob("*.toml"):
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        plain = [key for key in table if key in order]
        assert plain == sorted(plain, key=order.index), file.name


def test_generated_documents_are_up_to_date() -> None:
    """`python -m blas_probe.recipe.docs` would change nothing."""
    for path, text in documents(REPOSITORY / "recipes").items():
        assert text == path.read_text(encoding="utf-8"), path.name


WRONG = [
    ("typo", 'marks = ["', 'markz = ["', 6, "markz", "did you mean `marks`?"),
    ("typo_in_variant", 'id = "one"', 'id = "one"\nfloot = 0.1', 13, "variant[0].floot", "`floor`"),
    ("typo_in_table", "[find]", "[finde]", 8, "finde", "did you mean `find`?"),
    ("wrong_type", 'marks = ["one_get_config"]', 'marks = "x"', 6, "marks", "write a list"),
    ("wrong_item", '["one_get_config"]', "[3]", 6, "marks[0]", "write text"),
    ("wrong_choice", '"lapack"]', '"lapac"]', 4, "provides[1]", "did you mean `lapack`?"),
    ("missing", 'home = "https://example.org"\n', "", 1, "home", "add `home = ...`"),
    ("missing_table", '[find]\nfiles = ["libone*.so*"]\n', "", 1, "find", "add `find = ...`"),
    ("wrong_name", 'name = "one"', 'name = "two"', 1, "name", "write `one`"),
    ("short_mark", "one_get_config", "one", 6, "marks[0]", "use at least 6 characters"),
    ("bad_floor", 'id = "one"', 'id = "one"\nfloor = 40', 13, "variant[0].floor", "0 and 1"),
    ("boolean", 'id = "one"', 'id = "one"\ndefault = 1', 13, "variant[0].default", "true or false"),
    ("depend", 'id = "one"', 'id = "one"\nruntime = "depend"', 11, "variant[0].requires", "name"),
    ("unpinned", 'id = "one"', 'id = "one"\nwheel = "x"', 13, "variant[0].wheel", "name==version"),
    ("stranger", 'id = "one"', 'id = "one"\nlapack = "no"', 13, "variant[0].lapack", "known: one"),
    ("twice", 'id = "one"', 'id = "one"\n\n[[variant]]\nid = "one"', 15, "variant[1].id", "choose"),
    ("pattern", "[find]", '[version]\nstyle = "text"\nsymbol = "f"\npattern = "("\n\n[find]',
     11, "version.pattern", "correct it"),
    ("query", "[find]", '[version]\nstyle = "text"\n\n[find]', 8, "version.symbol", "add `symbol`"),
    ("version", '[[variant]]', '[[expect]]\ncase = "*"\nversions = ["0.3"]\noutcome = "fail"\n'
     'reason = "x"\n\n[[variant]]', 13, "expect[0].versions[0]", "write one such as `<0.3.26`"),
    ("syntax", "[find]", "[find", 8, "[find", "correct the line `[find`"),
    ("open_string", 'summary = "', "summary = ", 2, "summary", "TOML syntax"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "fix"),
    [row[1:] for row in WRONG],
    ids=[row[0] for row in WRONG],
)
def test_a_wrong_recipe_names_file_line_field_and_fix(
    one_recipe: Write, old: str, new: str, line: int, field: str, fix: str
) -> None:
    """Each mistake is told with its place and its cure."""
    folder = one_recipe(ONE.replace(old, new))

    with pytest.raises(RecipeError) as caught:
        load_recipes(folder)

    start = f"{folder / 'blas/one.toml'}:{line}: {field}: "
    assert str(caught.value).startswith(start), caught.value
    assert fix in str(caught.value).removeprefix(start)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """No recipe at all is a mistake, not an answer."""
    with pytest.raises(RecipeError, match="no recipe found"):
        load_recipes(tmp_path)


def test_a_file_that_is_not_text_is_refused(one_recipe: Write) -> None:
    """Bytes that are no UTF-8 are told as such."""
    folder = one_recipe(ONE)
    (folder / "blas/one.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(RecipeError, match=r"one\.toml:1: .*cannot be read"):
        load_recipes(folder)


def test_a_dummy_recipe_in_a_temporary_folder_reaches_the_selection(one_recipe: Write) -> None:
    """A provider is one file: no code knows its name."""
    recipes = load_recipes(one_recipe(ONE))

    found = probe(recipes=recipes, environ={"HOME": "/nonexistent"}, site_packages=())

    assert [variant.id for variant in found.variants] == ["one"]
    assert any("no library of one was found" in line for line in found.why_not("one"))


def test_a_library_with_the_dummy_marks_is_chosen(one_recipe: Write) -> None:
    """What the child tells about a library is enough for the dummy recipe to choose it."""
    recipes = load_recipes(one_recipe(ONE))
    findings = {
        "binary": {"machine": "x86_64", "soname": None, "needed": [], "build_id": None},
        "marks": {"one": ["defines:one_get_config"]},
        "complete": {"blas": True, "lapack": True},
        "measured": [
            {"prefix": "", "suffix": "_", "int_bits": 32, "complex_return": "normal",
             "f2c": "plain", "lapack_version": "3.9.0", "cblas": {}, "lapacke": []},
        ],
    }  # fmt: skip
    library = identify(
        findings, recipes, path="/x/libone.so", names=["/x/libone.so"], source="path"
    )

    found = found_from([library], recipes, environ={})

    assert found.choose("one").blas.path == "/x/libone.so"
    assert Found.from_json(found.to_json()) == found


def test_documentation_exists_for_every_field() -> None:
    """No field is without its line."""
    assert all(row.meaning for row in rows())
    assert dataclasses.is_dataclass(Recipes)
