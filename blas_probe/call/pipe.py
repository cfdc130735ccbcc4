# SPDX-License-Identifier: Apache-2.0
"""A child's side of the talk: one request comes in, findings go out as lines of JSON."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any


class Pipe:
    """The way back to the parent."""

    def __init__(self, number: int) -> None:
        self.number = number

    def tell(self, **finding: Any) -> None:
        data = json.dumps(finding).encode() + b"\n"
        while data:
            data = data[os.write(self.number, data) :]

    def step(self, text: str) -> None:
        self.tell(step=text)


def serve(number: int, work: Callable[[dict[str, Any], Pipe], None]) -> None:
    """Be a child: read the request, do `work`, say that it is done, and end at once."""
    request = json.load(sys.stdin)
    pipe = Pipe(number)
    _calm_down(request["timeout"])
    pipe.step("reading the file")
    work(request, pipe)
    pipe.tell(done=True)
    os._exit(0)  # the library's own exit handlers are not asked


def _calm_down(timeout: float) -> None:
    """No core file, no second life after the parent's death."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(int(timeout) + 5)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
