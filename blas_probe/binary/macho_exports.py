# SPDX-License-Identifier: Apache-2.0
"""The tree of exported names in a macOS library: each edge holds a piece of a name."""

from __future__ import annotations

from collections.abc import Iterator

from blas_probe.errors import BinaryError

LONGEST_NAME = 4096
MOST_TEXT = 1 << 27
ENDLESS = "the file is damaged: its tree of exported names has no end"


def exported(trie: bytes) -> Iterator[str]:
    """All names in the tree; a circle or an edge out of it ends in BinaryError."""
    waiting = [(0, b"")] if trie else []
    nodes, letters = len(trie), MOST_TEXT
    while waiting:
        node, name = waiting.pop()
        size, at = number(trie, node)
        if size:
            yield name.decode("utf-8", "backslashreplace")
        at += size
        if at >= len(trie) or len(name) > LONGEST_NAME:
            break
        for _ in range(trie[at]):
            end = trie.find(b"\0", at + 1)
            if end < 0:
                break
            child, after = number(trie, end + 1)
            nodes, letters = nodes - 1, letters - len(name) - (end - at)
            if nodes < 0 or letters < 0:  # more edges than bytes: some are met again and again
                raise BinaryError(ENDLESS)
            waiting.append((child, name + trie[at + 1 : end]))
            at = after - 1
    else:
        return
    raise BinaryError(ENDLESS)


def number(data: bytes, at: int) -> tuple[int, int]:
    """A number in base 128, low part first, and the place behind it."""
    value = shift = 0
    while shift < 64:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    msg = "the file is damaged: a number without end"
    raise BinaryError(msg)
