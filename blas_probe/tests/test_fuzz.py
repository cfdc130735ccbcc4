# SPDX-License-Identifier: Apache-2.0
"""Damaged inputs; `python -m blas_probe.tests.fuzz` runs as many as one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from blas_probe.tests import fuzz


def test_a_hundred_damaged_inputs_cost_a_row_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No crash, no hang, nothing left; the files made here alone, so that it is quick."""
    monkeypatch.setattr(fuzz, "seed_folders", lambda: [])

    result = fuzz.run(100, seed=7, folder=tmp_path)

    assert () == result.wrong
    assert 108 == result.rows


@pytest.mark.real
@pytest.mark.parametrize("seed", [1, 2])
def test_two_thousand_damaged_inputs_cost_a_row_each(tmp_path: Path, seed: int) -> None:
    """Also with damaged copies of this machine's own libraries, which load and then crash."""
    result = fuzz.run(2000, seed=seed, folder=tmp_path)

    assert () == result.wrong
    assert 2008 == result.rows
