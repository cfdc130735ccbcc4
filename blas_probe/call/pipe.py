# SPDX-License-Identifier: Apache-2.0
"""A child's side of the talk: one request comes in, findings go out as lines of JSON.

Each line begins with a secret of this child: what a library writes into every descriptor that it
finds is not taken for a finding.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SPARE_PROCESSES = 1000


class Pipe:
    """The way back to the parent."""

    def __init__(self, number: int, secret: str) -> None:
        self.number = number
        self.secret = secret

    def tell(self, **finding: Any) -> None:
        data = f"\n{self.secret}{json.dumps(finding)}\n".encode()
        while data:
            data = data[os.write(self.number, data) :]

    def step(self, text: str) -> None:
        self.tell(step=text)


def serve(number: int, work: Callable[[dict[str, Any], Pipe], None]) -> None:
    """Be a child: read the request, do `work`, say that it is done, and end at once."""
    request = json.load(sys.stdin)
    pipe = Pipe(number, request["secret"])
    _calm_down(request["timeout"])
    pipe.step("reading the file")
    work(request, pipe)
    pipe.tell(done=True)
    os._exit(0)  # the library's own exit handlers are not asked


def _calm_down(timeout: float) -> None:
    """No core file, no second life after the parent's death, no harm to the machine."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError, LookupError):  # where there is no /proc
        Path("/proc/self/oom_score_adj").write_text("1000")  # who eats all memory is ended first
        many = int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
        many += SPARE_PROCESSES + (os.cpu_count() or 1) ** 2  # threads of all children are counted
        _lower(resource.RLIMIT_NPROC, many)
    signal.alarm(int(timeout) + 5)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


def _lower(kind: int, most: int) -> None:
    """Set a limit, unless it is lower already."""
    import resource

    limits = [one for one in resource.getrlimit(kind) if one != resource.RLIM_INFINITY]
    resource.setrlimit(kind, (min([most, *limits]),) * 2)
