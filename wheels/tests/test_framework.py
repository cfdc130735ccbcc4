# SPDX-License-Identifier: Apache-2.0
"""Stubs of libraries that are part of another system."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from blas_probe import load_recipes
from blas_probe.recipe import Recipe
from wheels.errors import BuildError
from wheels.folders import CHECKOUT
from wheels.proof.routines import HEADER, routines
from wheels.target.framework import framework_stub, stub_text, stub_values
from wheels.tests.target_samples import PLATFORMS

MAC = PLATFORMS["macosx_14_0_arm64"]


def accelerate() -> Recipe:
    """The one recipe with a stub."""
    return load_recipes(CHECKOUT / "recipes").provider("accelerate")


def test_a_stub_names_what_a_backend_calls_and_nothing_else(tmp_path: Path) -> None:
    """By the names with integers of the variant's width; the loader asks for the install name."""
    recipe = accelerate()
    path = framework_stub(recipe, recipe.variant[0], MAC, tmp_path, root=CHECKOUT)
    text = path.read_text(encoding="utf-8")
    called = routines((CHECKOUT / HEADER).read_text(encoding="utf-8"))

    assert "Accelerate.tbd" == path.name
    assert {f"_{name}$NEWLAPACK" for name in called} == set(re.findall(r"'(_[^']+)'", text))
    assert "install-name:    '/System/Library/Frameworks/Accelerate.framework/Ver" in text
    assert "targets:         [ arm64-macos ]" in text


def test_a_stub_is_for_the_machine_of_the_platform() -> None:
    """A linker refuses one of another machine."""
    stub = accelerate().stub
    assert stub is not None

    assert "[ x86_64-macos ]" in stub_text(stub, ["f"], PLATFORMS["macosx_11_0_x86_64"])


def test_a_backend_gets_the_facts_that_the_maker_documents() -> None:
    """Nothing of such a library can be measured here."""
    recipe = accelerate()
    values = stub_values(recipe, recipe.variant[0], Path("/x/Accelerate.tbd"))

    assert "$NEWLAPACK" == values["TRIVET_BLAS_SUFFIX"]
    assert ("normal", "plain", "32") == (
        values["TRIVET_BLAS_COMPLEX_RETURN"],
        values["TRIVET_BLAS_F2C"],
        values["TRIVET_BLAS_INT_BITS"],
    )


def test_a_provider_without_a_stub_is_refused(tmp_path: Path) -> None:
    """With the recipe that has none."""
    recipe = dataclasses.replace(accelerate(), stub=None)

    with pytest.raises(BuildError, match=r"accelerate\.toml has no \[stub\]"):
        framework_stub(recipe, recipe.variant[0], MAC, tmp_path, root=CHECKOUT)
