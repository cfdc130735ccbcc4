# SPDX-License-Identifier: Apache-2.0
"""A provider with a race is right behind a backend that lets in one caller at a time."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from core.tests.check import building
from core.tests.mutants import provider
from core.tests.mutants.__main__ import chosen
from core.tests.mutants.harness import Harness

pytestmark = [pytest.mark.real, pytest.mark.slow]  # builds two backends and trivet-check


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """One for both."""
    return Harness(tmp_path_factory.mktemp("one-caller"), skip=("xblat", "numpy"))


@pytest.mark.parametrize("alone", [False, True])
def test_callers_that_take_turns_hurt_nobody(
    harness: Harness, tmp_path: Path, *, alone: bool
) -> None:
    """Its buffer is shared by all callers; forks hold as well while others compute."""
    mutant = chosen(["gemm-shared-buffer"])[-1]
    library, variant, _ = harness.plant(mutant, tmp_path)
    facts = dataclasses.replace(provider.look(library), one_caller=alone)
    backend = provider.beside(provider.backend(variant, facts, harness.work), library, mutant)

    run = building.run_check(harness.program, backend, "--behaviour")

    held = {case["case"]: case["ok"] for case in run.cases}
    assert held["fork after threads"]
    assert alone == held["concurrent callers"]
