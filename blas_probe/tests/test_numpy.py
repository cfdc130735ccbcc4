# SPDX-License-Identifier: Apache-2.0
"""NumPy from its sdist, pointed only at what --pkg-config wrote. Run with `-m "real and slow"`."""

from __future__ import annotations

from pathlib import Path

import pytest

from blas_probe.tests.prove_numpy import NUMPY, USUAL, prove

pytestmark = [pytest.mark.real, pytest.mark.slow]


def test_numpy_builds_and_passes_its_tests_with_three_providers(tmp_path: Path) -> None:
    """numpy.linalg's own tests pass, and the libraries asked for are those that are loaded."""
    proofs = prove(list(USUAL), tmp_path, NUMPY, most=3)

    assert [] == [proof for proof in proofs if not proof.right]
    assert len({proof.wanted for proof in proofs}) == 3
