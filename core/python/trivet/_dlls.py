# SPDX-License-Identifier: Apache-2.0
"""Where Windows' loader finds the libraries that another distribution brings."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def add_folders(distribution: str) -> None:
    """Let the loader look in the folders where the requirements of a backend put their DLLs.

    A library of Windows cannot name a folder, as a search path ($ORIGIN) does elsewhere.
    """
    if sys.platform == "win32":
        for folder in folders(distribution):
            os.add_dll_directory(str(folder))  # for good: a provider opens more in its first call


def folders(distribution: str) -> list[Path]:
    """The folders with DLLs of what an installed distribution requires, apart from extras."""
    from importlib.metadata import PackageNotFoundError, files, requires

    found: dict[Path, None] = {}
    try:
        texts = requires(distribution) or ()
    except PackageNotFoundError:
        return []  # a folder of files, which nobody installed
    for text in texts:
        match = NAME.match(text)
        if match is None or "extra ==" in text:
            continue
        try:
            there = files(match[0]) or ()
        except PackageNotFoundError:
            continue  # the loader says what is missing
        for file in there:
            if file.suffix.lower() == ".dll":
                found[Path(str(file.locate())).resolve().parent] = None
    return list(found)
