# SPDX-License-Identifier: Apache-2.0
"""A folder that the user names: environments, prefixes and folders of packages are opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from blas_probe.recipe import Recipes
from blas_probe.search.inside import explicit, nothing_inside, opened, sites

TRIPLET = "x86_64-linux-gnu"
GLOBS = ("libopenblas.so*",)


def given(recipes: Recipes, path: Path) -> list[str]:
    """What the folder stands for, below it."""
    found = explicit([path], recipes.providers, GLOBS, TRIPLET)
    return [str(one.path.relative_to(path)) for one in found]


@pytest.mark.parametrize("inner", ["lib", "lib64", f"lib/{TRIPLET}", "Library/bin", "bin"])
def test_a_prefix_stands_for_its_libraries(tmp_path: Path, recipes: Recipes, inner: str) -> None:
    """Where ./configure --prefix, distributions, conda and Windows put them."""
    (tmp_path / inner).mkdir(parents=True)
    (tmp_path / inner / "libopenblas.so.0").touch()

    assert given(recipes, tmp_path) == [f"{inner}/libopenblas.so.0"]


def test_a_folder_with_libraries_is_not_taken_for_a_prefix(
    tmp_path: Path, recipes: Recipes
) -> None:
    """What lies in the folder itself is meant."""
    (tmp_path / "lib").mkdir()
    for path in (tmp_path / "libopenblas.so.0", tmp_path / "lib" / "libopenblas.so.0"):
        path.touch()

    assert given(recipes, tmp_path) == ["libopenblas.so.0"]


def test_any_other_folder_is_told_itself(tmp_path: Path, recipes: Recipes) -> None:
    """So that its row says that it is none."""
    (tmp_path / "anything").mkdir()

    assert given(recipes, tmp_path) == ["."]


@pytest.mark.parametrize("inner", ["lib/python3.13/site-packages", "Lib/site-packages"])
def test_an_environment_leads_to_its_packages(tmp_path: Path, inner: str) -> None:
    """As Python lays it out on Unix and on Windows."""
    (tmp_path / inner).mkdir(parents=True)

    assert sites(tmp_path) == [tmp_path / inner]
    assert opened([tmp_path, tmp_path / "none"], TRIPLET) == [tmp_path]


def test_a_folder_of_packages_is_known_by_what_pip_leaves(tmp_path: Path) -> None:
    """One .dist-info is enough."""
    (tmp_path / "numpy-2.0.dist-info").mkdir()

    assert sites(tmp_path) == [tmp_path]


def test_only_folders_in_which_nothing_was_found_are_told(tmp_path: Path) -> None:
    """A neighbour whose name begins alike does not count."""
    assert nothing_inside(tmp_path, [f"{tmp_path}/lib/libblas.so.3"]) is None
    told = nothing_inside(tmp_path, [f"{tmp_path}-other/lib/libblas.so.3"])

    assert told is not None and told.subject == str(tmp_path)
