# SPDX-License-Identifier: Apache-2.0
"""Texts in a file, those too that a compiler has cut into pieces and put into instructions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from blas_probe.binary.pieces import Bytes

MOST_ANSWERS = 4
# x86: `mov` of a number that is eight or four letters, to a register or to memory.
PIECE = re.compile(
    rb"[\x48\x49][\xb8-\xbf]([\x20-\x7e]{8})|[\xb8-\xbf]([\x20-\x7e]{4})"
    rb"|\xc7(?s:[\x80-\x87]....|\x05....|[\x40-\x47].)([\x20-\x7e]{4})"
)
LARGEST_GAP = 24
FEWEST_PIECES = 2


def answers(data: Bytes, patterns: Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
    """For each pattern all distinct matches of its group; for a list the texts that are there."""
    found: dict[str, list[str]] = {}
    pieced: list[bytes] | None = None
    for key, pattern in patterns.items():
        if not isinstance(pattern, str):
            found[key] = [text for text in pattern if data.find(text.encode()) >= 0]
            continue
        form = re.compile(pattern.encode())
        matches = {match[1] for match in form.finditer(data)}
        if not matches:
            pieced = list(pieced_texts(data)) if pieced is None else pieced
            matches = {match[1] for text in pieced for match in form.finditer(text)}
        texts = sorted(match.decode("utf-8", "replace") for match in matches)
        found[key] = texts[:MOST_ANSWERS]
    return found


def pieced_texts(data: Bytes) -> Iterator[bytes]:
    """Texts of several pieces, joined in the order of the instructions."""
    text, end, count = b"", -1, 0
    for match in PIECE.finditer(data):
        if match.start() - end > LARGEST_GAP:
            if count >= FEWEST_PIECES:
                yield text
            text, count = b"", 0
        text, end, count = text + (match[1] or match[2] or match[3]), match.end(), count + 1
    if count >= FEWEST_PIECES:
        yield text
