# SPDX-License-Identifier: Apache-2.0
"""Name the kind of a file that is no library of any format."""

from __future__ import annotations


def describe(head: bytes) -> str:
    """Why a file that begins with `head` is no library."""
    if not head.strip(b"\0"):
        return "the file holds only zeros"
    if b"\0" in head:
        return "it is no library of any known format"
    text = head.decode("utf-8", "replace")
    if text.startswith("--- !tapi-tbd"):
        return "it is a text stub of a macOS library, made to link with; the library lies elsewhere"
    if text.startswith("version https://git-lfs"):
        return "it is a pointer of Git LFS, not the library itself; fetch it with `git lfs pull`"
    if "INPUT" in text or "GROUP" in text:
        line = " ".join(line for line in text.split("\n") if "INPUT" in line or "GROUP" in line)
        return f"it is a linker script, not a library: {line.strip()[:120]}"
    return "it is a text file, not a library"
