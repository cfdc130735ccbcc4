# SPDX-License-Identifier: Apache-2.0
"""Read what a command prints: not for longer, and not more, than it may."""

from __future__ import annotations

import os
import selectors
import time
from dataclasses import dataclass
from typing import IO, Literal, Protocol

LOOK = 0.5  # seconds between two looks at the command itself
HELD = 2.0  # seconds that a descendant may keep the pipes open after the command has ended
PIECE = 1 << 16


class Child(Protocol):
    """A command that runs, as subprocess.Popen."""

    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def poll(self) -> int | None:
        """Return its exit status once it has ended."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What was printed, and how the reading ended."""

    end: Literal["end", "time", "flood"]
    output: bytes
    errors: bytes


def read_all(child: Child, *, seconds: float, most: int) -> Said:
    """Read both streams until they end, the time is up, or more than `most` bytes came.

    A descendant that keeps a pipe open does not hold up the answer of a command that has ended.
    """
    deadline = time.monotonic() + seconds
    streams = [stream for stream in (child.stdout, child.stderr) if stream]
    kept = {stream.fileno(): bytearray() for stream in streams}
    end: Literal["end", "time", "flood"] = "end"
    with selectors.DefaultSelector() as waiting:
        for number in kept:
            waiting.register(number, selectors.EVENT_READ)
        while waiting.get_map() and end == "end":
            for key, _ in waiting.select(min(LOOK, max(0.0, deadline - time.monotonic()))):
                piece = os.read(key.fd, PIECE)
                kept[key.fd] += piece
                if not piece:
                    waiting.unregister(key.fd)
            if sum(map(len, kept.values())) > most:
                end = "flood"
            elif child.poll() is not None:
                deadline = min(deadline, time.monotonic() + HELD)
            if time.monotonic() >= deadline:
                end = "time" if child.poll() is None else "end"
                break
    texts = [bytes(kept[stream.fileno()]) for stream in streams]
    return Said(end=end, output=texts[0] if texts else b"", errors=texts[1] if texts[1:] else b"")
