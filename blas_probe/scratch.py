# SPDX-License-Identifier: Apache-2.0
"""A folder for what is made on the way, and gone afterwards."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

NOWHERE = Path(os.devnull, "no-temporary-folder")


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder; NOWHERE, in which nothing can be made, on a machine that allows none."""
    try:
        made = TemporaryDirectory(prefix="blas_probe_", ignore_cleanup_errors=True)
    except OSError:
        yield NOWHERE
        return
    with made as name:
        yield Path(name)
