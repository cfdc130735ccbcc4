# SPDX-License-Identifier: Apache-2.0
"""NumPy from its sdist, pointed only at what --pkg-config wrote. Run with `-m "real and slow"`."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.real, pytest.mark.slow]
SCRIPT = Path(__file__).with_name("prove_numpy.py")


def script() -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("prove_numpy", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_numpy_builds_and_passes_its_tests_with_three_providers(tmp_path: Path) -> None:
    """numpy.linalg's own tests pass, and the libraries asked for are those that are loaded."""
    made = script()

    proofs = made.prove(list(made.USUAL), tmp_path, made.NUMPY, most=3)

    assert [] == [proof for proof in proofs if not proof.right]
    assert len({proof.wanted for proof in proofs}) == 3
