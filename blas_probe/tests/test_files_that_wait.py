# SPDX-License-Identifier: Apache-2.0
"""What lets a reader wait for ever is never read while libraries are looked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from blas_probe.look import first_bytes

REPOSITORY = Path(__file__).resolve().parents[2]


def test_only_regular_files_with_a_size_are_read(tmp_path: Path) -> None:
    """No FIFO, no device, no folder, no file of /proc, no name that cannot be."""
    (tmp_path / "file").write_bytes(b"abcdef")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo")

    assert b"abcd" == first_bytes(tmp_path / "file", 4)
    for name in ("fifo", "nothing", ".", "a\0b", "/dev/zero", "/proc/self/maps"):
        assert b"" == first_bytes(tmp_path / name, 4)


def test_a_fifo_under_any_name_holds_nobody_up(tmp_path: Path) -> None:
    """Library, header or .pc file; where the loader itself waits, a child's time limit ends it."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs FIFOs")
    for name in ("libblas.so.3", "liblapack.so.3", "libopenblas.so", "cblas.h", "openblas.pc"):
        os.mkfifo(tmp_path / name)
    folder = str(tmp_path)
    environ = {**os.environ, "PKG_CONFIG_PATH": folder, "CPATH": folder}

    done = subprocess.run(
        [sys.executable, "-m", "blas_probe", "--site-packages", folder, folder],
        cwd=REPOSITORY, env=environ, capture_output=True, timeout=100,
    )  # fmt: skip

    assert (0, b"") == (done.returncode, done.stderr)
