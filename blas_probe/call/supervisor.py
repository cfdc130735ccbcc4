# SPDX-License-Identifier: Apache-2.0
"""A clean process that forks one child for each foreign library, watches it and ends it.

It holds nothing but Python and this package's own modules: a forked child starts at once, and as
clean as a new one. All descendants of a child, whatever group or session they fled to, come back
to this process when their parents die (Linux), and are ended before the next child begins.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import select
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from blas_probe.call import shared_memory
from blas_probe.call.reply import Ended, encode

MOST_OUTPUT = 64 * 1024
MOST_FINDINGS = 8 * 1024 * 1024
LAST_ORPHAN = 2.0
DEATH_SIGNAL, SUBREAPER = 1, 36  # linux/prctl.h
USUAL = "blas_probe.call.child"
REAPED: dict[int, int] = {}
"""Status of the child that has been waited for."""


def main() -> None:
    """Answer the requests on standard input, one a line, until it is closed."""
    import_module(USUAL)  # once, here, for all children
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # from a library: a terminal's does not come here
    woken = _wake_when_a_child_ends()
    prctl(SUBREAPER, 1)
    while line := sys.stdin.buffer.readline():
        _write(1, encode(supervise(json.loads(line), woken)))


def supervise(request: dict[str, Any], woken: int) -> Ended:
    """One child, from its fork to the end of its last descendant."""
    told, telling = os.pipe()
    printed, printing = os.pipe()
    since = time.time()
    pid = os.fork()
    if pid == 0:
        for number in (told, printed, woken):
            os.close(number)
        _become_child(request, telling, printing)
    os.close(telling)
    os.close(printing)
    kept = {told: bytearray(), printed: bytearray()}
    in_time = _collect(pid, kept, woken, time.monotonic() + request["timeout"])
    status = _end(pid)
    shared_memory.give_back(pid, since)
    for number, data in kept.items():
        _drain_all(number, data)
        os.close(number)
    return Ended(status, in_time, bytes(kept[told]), bytes(kept[printed]))


def _become_child(request: dict[str, Any], telling: int, printing: int) -> NoReturn:
    """Leave the supervisor's group and pipes behind, and do the task; never return."""
    code = 1
    try:
        parent = os.getppid()
        os.setsid()
        os.close(signal.set_wakeup_fd(-1))
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        for number, source in ((0, null), (1, printing), (2, printing)):
            os.dup2(source, number)
        os.close(null)
        os.close(printing)
        prctl(DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # it died before the wish was known
        _do(request, telling)
        code = 0
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        raise
    finally:
        os._exit(code)


def _do(request: dict[str, Any], telling: int) -> None:
    """Let the request's module work, as if the request stood on its standard input."""
    sys.stdin = io.StringIO(json.dumps(request))
    import_module(request["module"]).main(telling)


def _collect(pid: int, kept: dict[int, bytearray], woken: int, deadline: float) -> bool:
    """Findings and first output until the child has ended (True) or the time is up (False)."""
    limits = dict(zip(kept, (MOST_FINDINGS, MOST_OUTPUT), strict=True))
    for number in kept:
        os.set_blocking(number, False)
    open_ends = set(kept)
    while not _has_ended(pid):
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        ready = select.select([*open_ends, woken, 0], [], [], min(left, 1.0))[0]
        if 0 in ready:  # nobody waits for the answer any more
            _end(pid)
            os._exit(0)
        _drain(woken, bytearray(), 0)
        for number in open_ends.intersection(ready):
            if not _drain(number, kept[number], limits[number]):
                open_ends.discard(number)
    return True


def _drain(number: int, kept: bytearray, limit: int) -> bool:
    """Read what is there, keep no more than `limit`; False at the end of the stream."""
    try:
        data = os.read(number, 1 << 16)
    except BlockingIOError:
        return True
    kept += data[: max(0, limit - len(kept))]
    return bool(data)


def _drain_all(number: int, kept: bytearray) -> None:
    """Take what is still in the pipe; its writers are dead."""
    while len(kept) < MOST_FINDINGS and select.select([number], [], [], 0)[0]:
        if not _drain(number, kept, MOST_FINDINGS):
            break


def _has_ended(pid: int) -> bool:
    """True when it has ended; it is not reaped yet, so that its group's id stays its own."""
    if not hasattr(os, "waitid"):  # macOS, before Python 3.13
        return pid in REAPED or _reap(pid, os.WNOHANG)
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _reap(pid: int, options: int) -> bool:
    """Take the status of a child that has ended."""
    ended, status = os.waitpid(pid, options)
    if ended:
        REAPED[pid] = status
    return bool(ended)


def _end(pid: int) -> int:
    """Kill the child, its group and all its descendants; its exit code, or minus the signal."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # it may not have its group yet
    if pid not in REAPED:
        _reap(pid, 0)
    end_orphans()
    return os.waitstatus_to_exitcode(REAPED.pop(pid))


def end_orphans() -> None:
    """End those who left the group: they have become children of this process."""
    deadline = time.monotonic() + LAST_ORPHAN
    while time.monotonic() < deadline:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            for orphan in _children():
                with contextlib.suppress(OSError):
                    os.kill(orphan, signal.SIGKILL)
            time.sleep(0.001)


def _children() -> list[int]:
    """Processes whose parent is this one."""
    mine, found = str(os.getpid()), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(errors="replace").rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        if fields[1:2] == [mine]:
            found.append(int(folder.name))
    return found


def _wake_when_a_child_ends() -> int:
    """A descriptor that can be read when a child has ended."""
    woken, waking = os.pipe()
    for number in (woken, waking):
        os.set_blocking(number, False)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    return woken


def prctl(option: int, value: int) -> None:
    """Ask Linux for something about this process; nothing happens elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _write(number: int, data: bytes) -> None:
    while data:
        data = data[os.write(number, data) :]
