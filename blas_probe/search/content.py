# SPDX-License-Identifier: Apache-2.0
"""Does a file define BLAS or LAPACK functions? By its content, whatever its name."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path

from blas_probe.binary import read
from blas_probe.binary.affix import find_affixes
from blas_probe.errors import BinaryError
from blas_probe.look import first_bytes, open_regular
from blas_probe.recipe import Recipe

ANCHORS = (b"dgemm", b"dpotrf", b"DGEMM")
MAGIC = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
MOST_BYTES = 1 << 30


def holds_blas(file: Path, recipes: Sequence[Recipe]) -> bool:
    """Read, never run; what cannot be read holds none."""
    try:
        head = first_bytes(file, 4)
        if head not in MAGIC and not (head[:2] == b"MZ" and file.suffix.lower() == ".dll"):
            return False
        with open_regular(file) as opened:
            if opened.seek(0, 2) > MOST_BYTES:
                return False
            with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
                if not any(data.find(anchor) >= 0 for anchor in ANCHORS):
                    return False
        defined = read(file).defined
    except (OSError, ValueError, BinaryError):
        return False
    prefixes = dict.fromkeys(text for recipe in recipes for text in recipe.prefixes)
    suffixes = dict.fromkeys(text for recipe in recipes for text in recipe.suffixes)
    affixes = find_affixes(defined, prefixes=list(prefixes), suffixes=list(suffixes))
    return bool(affixes) or any("cblas_dgemm" in name for name in defined)
