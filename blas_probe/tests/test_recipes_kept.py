# SPDX-License-Identifier: Apache-2.0
"""Recipes of an earlier run: the same as those that are read, and only while no file changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from blas_probe import cache as cached
from blas_probe.cache import Cache
from blas_probe.errors import ProbeError, RecipeError
from blas_probe.recipe import Recipes, kept, load_recipes
from blas_probe.recipe.kept import recipes_kept, to_plain, to_recipe
from blas_probe.recipe.load import default_folder


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's recipes, in a folder that may be changed."""
    monkeypatch.setattr(cached, "settled", lambda one, since: True)
    shutil.copytree(default_folder(), tmp_path / "recipes")
    return tmp_path / "recipes"


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    """Where answers are kept."""
    return tmp_path / "memory"


def none_is_read(folder: Path | str | None) -> Recipes:
    """In place of `load_recipes`."""
    msg = f"{folder} was read"
    raise AssertionError(msg)


def test_what_is_kept_is_what_was_read() -> None:
    """Down to every field and type, for all recipes of this project."""
    read = load_recipes()

    again = to_recipe(json.loads(json.dumps(to_plain(read))))

    assert (read, repr(read)) == (again, repr(again))


def test_a_second_run_reads_no_file(
    root: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one of them is opened as TOML."""
    first = recipes_kept(root, Cache(memory))
    monkeypatch.setattr(kept, "load_recipes", none_is_read)

    assert first == recipes_kept(root, Cache(memory))
    with pytest.raises(AssertionError, match="was read"):
        recipes_kept(root, Cache(memory, refresh=True))


def one_is_changed(root: Path) -> None:
    """Another text of the same length."""
    file = root / "blas" / "openblas.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("openblas", "openblaz"), "utf-8")


def one_is_added(root: Path) -> None:
    """No other file changes."""
    (root / "blas" / "other.toml").write_text("name = 1\n", encoding="utf-8")


def one_is_gone(root: Path) -> None:
    """A file on which others depend."""
    (root / "blas" / "openblas.toml").unlink()


def a_folder_is_a_link(root: Path) -> None:
    """To a folder of broken recipes elsewhere."""
    (root.parent / "elsewhere").mkdir()
    (root.parent / "elsewhere" / "x.toml").write_text("name = 1\n", encoding="utf-8")
    shutil.rmtree(root / "blas")
    (root / "blas").symlink_to(root.parent / "elsewhere")


@pytest.mark.parametrize(
    "change",
    [one_is_changed, one_is_added, one_is_gone, a_folder_is_a_link],
    ids=lambda one: one.__name__,
)
def test_a_change_is_seen_at_once(change: Callable[[Path], None], root: Path, memory: Path) -> None:
    """The error of the new files comes, each time."""
    recipes_kept(root, Cache(memory))
    change(root)

    for _ in range(2):
        with pytest.raises(ProbeError):
            recipes_kept(root, Cache(memory))


@pytest.mark.parametrize(
    "entry",
    [
        {"record": "model.Nothing", "fields": []},
        {"record": "os.system", "fields": ["true"]},
        {"record": "model.Recipes", "fields": [1]},
        {"record": 3},
        {"table": 3},
        {},
        [[]],
        "text",
    ],
    ids=str,
)
def test_an_entry_that_is_no_recipe_is_replaced(
    entry: object, root: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it holds; only classes of recipes are made from it."""
    with monkeypatch.context() as patched:
        patched.setattr(kept, "to_plain", lambda recipes: entry)
        recipes_kept(root, Cache(memory))

    read = recipes_kept(root, Cache(memory))

    assert load_recipes(root) == read
    monkeypatch.setattr(kept, "load_recipes", none_is_read)
    assert read == recipes_kept(root, Cache(memory))


def test_a_folder_without_recipes_is_told(tmp_path: Path, memory: Path) -> None:
    """As without a memory."""
    with pytest.raises(RecipeError, match="no recipe found"):
        recipes_kept(tmp_path / "none", Cache(memory))
