# SPDX-License-Identifier: Apache-2.0
"""How a supervisor answers: one line of numbers, then what the child told, then what it printed."""

from __future__ import annotations

import re
from typing import NamedTuple

MAGIC = b"reply"
LONGEST_HEAD = 100
HEAD = re.compile(MAGIC + rb" (-?\d{1,4}) ([01]) (\d{1,9}) (\d{1,9})\n")


class Ended(NamedTuple):
    """What is left of a child."""

    status: int
    """Exit code, or minus the signal."""
    in_time: bool
    told: bytes
    printed: bytes


def encode(ended: Ended) -> bytes:
    """The bytes of a reply."""
    numbers = (ended.status, int(ended.in_time), len(ended.told), len(ended.printed))
    return b"%s %d %d %d %d\n%s%s" % (MAGIC, *numbers, ended.told, ended.printed)


def genuine(told: bytes, secret: str) -> bytes:
    """Those lines of what came through a child's pipe that begin with its secret."""
    mark = secret.encode()
    return b"\n".join(
        line.removeprefix(mark) for line in told.split(b"\n") if line.startswith(mark)
    )


def decode(data: bytearray) -> Ended | None:
    """The reply when all of it is there."""
    head = HEAD.match(data)
    if head is None:
        return None
    status, in_time, told, printed = map(int, head.groups())
    begin, middle = head.end(), head.end() + told
    if len(data) < middle + printed:
        return None
    return Ended(status, bool(in_time), bytes(data[begin:middle]), bytes(data[middle:]))


def is_strange(data: bytes) -> bool:
    """True when these first bytes can be no reply."""
    if b"\n" in data:
        return HEAD.match(data) is None
    return not data.startswith(MAGIC[: len(data)]) or len(data) > LONGEST_HEAD
