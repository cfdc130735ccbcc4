# SPDX-License-Identifier: Apache-2.0
"""How a supervisor answers: one line of numbers, then what the child told, then what it printed."""

from __future__ import annotations

from typing import NamedTuple

MAGIC = b"reply"
LONGEST_HEAD = 100


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


def decode(data: bytes) -> Ended | None:
    """The reply when all of it is there."""
    head, _, rest = data.partition(b"\n")
    if not data.startswith(MAGIC) or len(head) == len(data):
        return None
    status, in_time, told, printed = (int(word) for word in head.split()[1:])
    if len(rest) < told + printed:
        return None
    return Ended(status, bool(in_time), rest[:told], rest[told:])


def is_strange(data: bytes) -> bool:
    """True when these first bytes can be no reply."""
    return not data.startswith(MAGIC[: len(data)]) or (
        b"\n" not in data and len(data) > LONGEST_HEAD
    )
