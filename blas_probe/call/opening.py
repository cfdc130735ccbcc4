# SPDX-License-Identifier: Apache-2.0
"""Open a foreign library. Child only."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from typing import Any

from blas_probe.look import is_file

# How the loaders of glibc and of musl name a file that they do not find.
NOT_FOUND = re.compile(
    r"(?:^|: )([^\s:/]+): cannot open shared object file|loading shared library ([^\s:/]+):"
)


def open_library(path: Path | str, mode: int) -> Any:
    """The open library; OSError in the loader's words, whatever bytes they hold."""
    try:
        return ctypes.CDLL(str(path), mode=mode)
    except UnicodeDecodeError as error:  # ctypes expects text, a damaged name is none
        raise OSError(bytes(error.object).decode("utf-8", "replace")) from error
    except ValueError as error:  # a null byte in the path
        raise OSError(str(error)) from error


def open_with_companions(path: Path, mode: int) -> tuple[Any | None, list[str]]:
    """The library, opened after those files that it asks for and that lie beside it unsearched.

    So do programs with copies of their own (wheels, for example): they open one after the other.
    """
    opened: list[str] = []
    waiting = [path]
    while True:
        try:
            library = open_library(waiting[-1], mode)
        except OSError as error:
            beside = _beside(str(error), path.parent)
            if beside is None or beside in waiting or beside.name in opened:
                return None, opened
            waiting.append(beside)
            continue
        last = waiting.pop()
        if not waiting:
            return library, opened
        opened.append(last.name)


def _beside(error: str, folder: Path) -> Path | None:
    match = NOT_FOUND.search(error)
    found = folder / (match[1] or match[2]) if match else None
    return found if found is not None and is_file(found) else None
