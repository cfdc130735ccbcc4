# SPDX-License-Identifier: Apache-2.0
"""Open a foreign library. Child only."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any


def open_library(path: Path | str, mode: int) -> Any:
    """The open library; OSError in the loader's words, whatever bytes they hold."""
    try:
        return ctypes.CDLL(str(path), mode=mode)
    except UnicodeDecodeError as error:  # ctypes expects text, a damaged name is none
        raise OSError(bytes(error.object).decode("utf-8", "replace")) from error
    except ValueError as error:  # a null byte in the path
        raise OSError(str(error)) from error
