# SPDX-License-Identifier: Apache-2.0
"""Which compilers made a file? They leave their name and version in its comment section."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A plain text that the pattern begins with or contains -> the pattern, with the version as group 1.
SAYINGS: dict[bytes, tuple[str, re.Pattern[bytes]]] = {
    b"GCC: (": ("gcc", re.compile(rb"GCC: \([^)]{1,80}\) (\d+(?:\.\d+)+)")),
    b"clang version ": ("clang", re.compile(rb"clang version (\d+(?:\.\d+)+)")),
    b"flang version ": ("flang", re.compile(rb"flang version (\d+(?:\.\d+)+)")),
    b"Intel(R) C": ("icc", re.compile(rb"Intel\(R\) C[^\0]{0,100}?Version (\d+(?:\.\d+)+)")),
    b"NVC++ ": ("nvhpc", re.compile(rb"NVC\+\+ (\d+(?:\.\d+)+)")),
}
MOST = 8


def compilers(data: bytes) -> list[str]:
    """Name and version of each compiler that the bytes tell of, sorted: `gcc 12.2.0`."""
    found = {
        f"{name} {version}"
        for text, (name, pattern) in SAYINGS.items()
        for version in _versions(data, text, pattern)
    }
    return sorted(found)[:MOST]


def _versions(data: bytes, text: bytes, pattern: re.Pattern[bytes]) -> Iterator[str]:
    """Plain searches are many times faster than a pattern over the whole file."""
    place = data.find(text)
    for _ in range(MOST):
        if place < 0:
            return
        match = pattern.match(data, place)
        if match:
            yield match[1].decode("ascii")
        place = data.find(text, place + 1)
