# SPDX-License-Identifier: Apache-2.0
"""Text files that stand in a library's place and name the real one to the linker."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from blas_probe.look import exists, first_bytes

LARGEST = 16384
COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
COMMAND = re.compile(r"\b(?:INPUT|GROUP)\s*\(((?:[^()]|\([^()]*\))*)\)")
WORD = re.compile(r"[^\s,()]+")


def named_by_script(path: Path) -> list[Path]:
    """The libraries that a linker script at `path` names; none when it is no such script."""
    if not path.name.endswith((".so", ".a")):
        return []
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= LARGEST:
            return []
        text = COMMENT.sub(" ", first_bytes(path, LARGEST).decode("utf-8"))
    except (OSError, ValueError):
        return []
    words = [word for told in COMMAND.findall(text) for word in WORD.findall(told)]
    return [found for word in words if (found := _file(word, path.parent)) is not None]


def _file(word: str, folder: Path) -> Path | None:
    if word.startswith("-l"):
        return next((p for p in (folder / f"lib{word[2:]}.so",) if exists(p)), None)
    if "." not in word:  # AS_NEEDED
        return None
    return Path(word) if word.startswith("/") else folder / word
