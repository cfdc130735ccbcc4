# SPDX-License-Identifier: Apache-2.0
"""A release on a machine whose provider is defective ships nothing that stands on it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from core.tests.mutants.fetch import Missing
from core.tests.mutants.harness import Harness
from core.tests.mutants.rows import read
from wheels.tests.e2e.release_runs import CHECK_FAILED, Place

pytestmark = [pytest.mark.real, pytest.mark.slow]
MUTANT = "gemm-k-beyond-384"


def test_release_refuses_a_mutant(tmp_path: Path) -> None:
    """The exit code says so, the report names the case, and no wheel holds the backend."""
    row = next(row for row in read() if row.id == MUTANT)
    harness = Harness(tmp_path / "mutants", skip=("numpy",))
    try:
        library, _, true = harness.plant(row, tmp_path / "lib")
    except Missing as error:
        pytest.skip(str(error))
    variant = true.variants[-1]  # the narrowest: other files of the machine do not serve it better
    kept = os.environ.get("TRIVET_E2E_FOLDER")
    place = Place(folder=Path(kept) / MUTANT if kept else tmp_path / "release")

    done = place.run("release", "--variant", variant, "--library", str(library))

    assert CHECK_FAILED == done.returncode, done.stdout + done.stderr
    assert re.search(r"backend-\S+.*[sdcz]gemm \d+x\d+x\d+", done.stdout + done.stderr, re.DOTALL)
    names = {name.split("-")[0] for name in place.wheels()}
    assert "blas_probe" in names
    assert f"trivet_{variant.replace('-', '_')}" not in names
    assert [] == place.unsound()
