# SPDX-License-Identifier: Apache-2.0
"""Recipes of run-times: what is accepted, how a wrong one is refused, and that data is enough."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from blas_probe.errors import RecipeError
from blas_probe.recipe import Recipes, load_recipes
from blas_probe.recipe.runtime import Runtime, in_order, load_runtimes
from blas_probe.tests.tiny_elf import tiny_elf
from blas_probe.threads.together import two_openmp

Write = Callable[[str], Path]

MINE = """\
name = "mine"
summary = "A run-time that nobody has"
api = "openmp"
files = ["libmine.so*"]
marks = ["mine_parallel"]
"""


@pytest.fixture
def write(one_recipe: Callable[[], Path]) -> Write:
    """Write the file threads/mine.toml beside a provider's recipe; the folder of both."""

    def write_it(text: str = MINE) -> Path:
        folder = one_recipe() / "threads"
        folder.mkdir(exist_ok=True)
        (folder / "mine.toml").write_text(text, encoding="utf-8")
        return folder.parent

    return write_it


def test_a_run_time_is_one_file_and_no_code(write: Write, tmp_path: Path) -> None:
    """Two copies of a run-time that only a recipe knows are predicted to clash."""
    recipes = load_recipes(write(MINE))
    for name in ("libmine.so.1", "libmine-2.so"):
        (tmp_path / name).write_bytes(tiny_elf(defined=["mine_parallel"], soname=name, needed=()))

    found = two_openmp(sorted(tmp_path.glob("*.so*")), recipes=recipes, root=tmp_path)

    assert [used.name for used in found.runtimes] == ["mine", "mine"]
    assert len(found.warnings) == 1


CLASH = '\n[[clash]]\nother = "{}"\ntext = "x"\n'
WRONG = [
    ("name", MINE.replace('"mine"', '"yours"'), "mine.toml:1: name:", "write `mine`"),
    ("no_marks", MINE.replace('["mine_parallel"]', "[]"), "mine.toml:5: marks:", "name a function"),
    ("api", MINE.replace('"openmp"', '"opnmp"'), "mine.toml:3: api:", "did you mean `openmp`?"),
    ("typo", MINE + "markz = []\n", "mine.toml:6: markz:", "did you mean `marks`?"),
    ("after", MINE + 'after = ["no"]\n', "mine.toml:6: after[0]:", "known: mine"),
    (
        "clash_with_nobody", MINE + CLASH.format("no") + 'link = "x"\n',
        "mine.toml:8: clash[0].other:", "known: mine",
    ),
    ("no_thread", MINE + CLASH.format("mine"), "mine.toml:7: clash[0].link:", "add `link"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "place", "fix"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_a_wrong_one_is_refused_with_the_fix(
    write: Write, text: str, place: str, fix: str
) -> None:  # fmt: skip
    """File, line, field and what to write instead."""
    with pytest.raises(RecipeError) as error:
        load_runtimes(write(text))

    assert place in str(error.value)
    assert fix in str(error.value)


def runtime(name: str, *after: str) -> Runtime:
    """A run-time with nothing but its place."""
    return Runtime(name=name, summary="", api="openmp", files=(), marks=("x",), after=after)


def test_those_that_are_to_be_tried_first_come_first() -> None:
    """A circle of wishes is cut; each stands once."""
    made = [runtime("a", "b", "c"), runtime("b", "c"), runtime("c", "a")]

    ordered = in_order({one.name: one for one in made})

    assert [one.name for one in ordered] == ["c", "b", "a"]


def test_every_pair_that_is_told_of_has_its_thread(recipes: Recipes) -> None:
    """Nothing is claimed without an address."""
    links = [row.link for one in recipes.runtimes for row in one.clash]
    links += [one.fork.link for one in recipes.runtimes if one.fork]

    assert len(links) >= 7
    assert all(link.startswith("https://") for link in links)


def test_no_folder_of_run_times_is_none(one_recipe: Callable[[], Path]) -> None:
    """A folder of somebody's own recipes may have providers alone."""
    assert load_recipes(one_recipe()).runtimes == ()
