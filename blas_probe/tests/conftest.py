# SPDX-License-Identifier: Apache-2.0
"""What several test files share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from blas_probe.library import Library
from blas_probe.recipe import Recipes, load_recipes
from blas_probe.recipe.cuda import CudaRecipes
from blas_probe.tests.made import Make, maker

REPOSITORY = Path(__file__).resolve().parents[2]

PLAIN: dict[str, Any] = {
    "path": "/lib/libone.so", "names": ("/lib/libone.so",), "source": "system",
    "machine": "x86_64", "soname": "libone.so", "soname_beside": True, "build_id": None,
    "needed": (), "provider": "one", "version": "1.0", "core": None, "thread_layer": "serial",
    "prefix": "", "suffix": "_", "int_bits": 32, "complex_return": "normal", "f2c": "plain",
    "has_blas": True, "has_cblas": True, "has_lapack": True, "has_lapacke": False,
    "cblas_suffix": "", "lapack_version": "3.11.0", "blas_soname": None, "blas_file": None,
    "functions": {}, "variants": (), "defects": (), "notes": (), "problem": None, "seconds": 0.0,
}  # fmt: skip

ONE = """\
name = "one"
summary = "A provider that nobody has"
home = "https://example.org"
provides = ["blas", "lapack"]
platforms = ["*"]
marks = ["one_get_config"]

[find]
files = ["libone*.so*"]

[[variant]]
id = "one"
"""


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for each test, which only those make that need it: a thousand cost seconds."""
    below = tmp_path_factory.mktemp("answers")
    return (below / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def no_answers_of_the_user(monkeypatch: pytest.MonkeyPatch, answers: Iterator[Path]) -> None:
    """Tests neither use nor fill the cache of whoever runs them."""
    monkeypatch.setenv("BLAS_PROBE_CACHE", str(next(answers)))


@pytest.fixture(scope="session")
def recipes() -> Recipes:
    """The repository's own recipes."""
    return load_recipes(REPOSITORY / "recipes")


@pytest.fixture
def library() -> Callable[..., Library]:
    """Make a record; what is not named is plain and right."""
    return lambda **facts: Library(**{**PLAIN, **facts})


@pytest.fixture
def one_recipe(tmp_path: Path) -> Callable[[str], Path]:
    """Write a recipes folder with the single file blas/one.toml."""

    def write(text: str = ONE) -> Path:
        folder = tmp_path / "recipes" / "blas"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "one.toml").write_text(text, encoding="utf-8")
        return folder.parent

    return write


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Compile libraries with BLAS names into the test's folder."""
    return maker(tmp_path)


@pytest.fixture(scope="session")
def cuda(recipes: Recipes) -> CudaRecipes:
    """The repository's recipes of CUDA toolkits."""
    assert recipes.cuda is not None
    return recipes.cuda
