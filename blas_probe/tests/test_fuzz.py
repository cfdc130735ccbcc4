# SPDX-License-Identifier: Apache-2.0
"""Damaged inputs; `python -m blas_probe.tests.fuzz` runs as many as one likes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from blas_probe.tests import fuzz
from blas_probe.tests.fuzz_reads import KINDS, run_reads


def test_a_hundred_damaged_inputs_cost_a_row_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No crash, no hang, nothing left; the files made here alone, so that it is quick."""
    monkeypatch.setattr(fuzz, "seed_folders", lambda: [])

    result = fuzz.run(100, seed=7, folder=tmp_path)

    assert () == result.wrong
    assert 108 == result.rows


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits are set in a forked process")
def test_files_whose_fields_lie_are_read_within_limits(tmp_path: Path) -> None:
    """Each kind of file once: an answer or one clear error, in bounded memory and CPU time."""
    assert [] == run_reads(len(KINDS), seed=3, folder=tmp_path)


@pytest.mark.real
@pytest.mark.parametrize("seed", [1, 2])
def test_two_thousand_damaged_inputs_cost_a_row_each(tmp_path: Path, seed: int) -> None:
    """Also with damaged copies of this machine's own libraries, which load and then crash."""
    result = fuzz.run(2000, seed=seed, folder=tmp_path)

    assert () == result.wrong
    assert 2008 == result.rows
