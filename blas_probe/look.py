# SPDX-License-Identifier: Apache-2.0
"""Is something there? Never an error: what may not be looked at counts as absent.

The methods of Path raise for folders that one may not enter and for names that are too long.
"""

from __future__ import annotations

import os
from pathlib import Path


def is_folder(path: Path) -> bool:
    """A folder, or a link to one."""
    return os.path.isdir(path)  # noqa: PTH112 (this one does not raise)


def is_file(path: Path) -> bool:
    """A regular file, or a link to one."""
    return os.path.isfile(path)  # noqa: PTH113


def exists(path: Path) -> bool:
    """Anything at all."""
    return os.path.exists(path)  # noqa: PTH110
