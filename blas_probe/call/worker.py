# SPDX-License-Identifier: Apache-2.0
"""One foreign library, one child process, one time limit. Knows nothing about BLAS."""

from __future__ import annotations

import contextlib
import json
import os
import select
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_OUTPUT = 64 * 1024
MOST_FINDINGS = 8 * 1024 * 1024
POLL = 0.02
TOKEN = "BLAS_PROBE_RUN"
KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
START = (
    "import sys; sys.path.append(sys.argv[1]); from importlib import import_module; "
    "import_module(sys.argv[2]).main({})"
)
CHILD = "blas_probe.call.child"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came back from a child."""

    findings: Mapping[str, Any]
    """All findings, merged; findings of the same name that are tables are joined."""
    ending: str | None
    """Why it did not finish; None when it did."""
    seconds: float


def child_environment(environ: Mapping[str, str], token: str) -> dict[str, str]:
    """Only what a loader needs; one OpenMP thread, so that nothing is spawned for a look."""
    kept = {name: environ[name] for name in KEPT if name in environ}
    return {**kept, "LC_ALL": "C", "OMP_NUM_THREADS": "1", TOKEN: token}


def run_child(
    request: Mapping[str, Any],
    *,
    environ: Mapping[str, str],
    timeout: float,
    token: str,
    child_module: str = CHILD,
) -> Outcome:
    """Do `child_module`'s work in a process group of its own; never raises for what it does."""
    if os.name != "posix":
        return Outcome(findings={}, ending="cannot be measured on this system yet", seconds=0.0)
    begin = time.monotonic()
    read_end, write_end = os.pipe()
    python = [sys.executable, "-I", "-S", "-c"]
    try:
        child = subprocess.Popen(
            [*python, START.format(write_end), _package_parent(), child_module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=child_environment(environ, token),
            pass_fds=(write_end,),
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        os.close(read_end)
        return Outcome(findings={}, ending=f"no child could be started: {error}", seconds=0.0)
    finally:
        os.close(write_end)
    _send(child, {**request, "timeout": timeout})
    assert child.stdout is not None
    output = child.stdout.fileno()
    limits = {read_end: MOST_FINDINGS, output: MOST_OUTPUT}
    got, in_time = collect(child, limits, begin + timeout)
    os.close(read_end)
    child.stdout.close()
    kill_group(child)
    findings = merge(got[read_end])
    ending = None
    if not findings.get("done"):
        ending = _ending(child, findings, got[output], in_time, timeout)
    return Outcome(findings=findings, ending=ending, seconds=time.monotonic() - begin)


def _package_parent() -> str:
    return str(Path(__file__).resolve().parents[2])


def _send(child: subprocess.Popen[bytes], request: Mapping[str, Any]) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write(json.dumps(request).encode())
        child.stdin.close()
    except BrokenPipeError:
        pass  # it died at once; its exit status tells


def collect(
    child: subprocess.Popen[bytes], limits: Mapping[int, int], deadline: float
) -> tuple[dict[int, bytes], bool]:
    """What each descriptor gave, to its limit, until the child has ended; did it end in time?"""
    kept = {number: bytearray() for number in limits}
    with selectors.DefaultSelector() as selector:
        for number in kept:
            os.set_blocking(number, False)
            selector.register(number, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0 and not _has_ended(child):
            for key, _ in selector.select(min(POLL, left)):
                if not _drain(key.fd, kept[key.fd], limits[key.fd]):
                    selector.unregister(key.fd)
            if not selector.get_map():
                time.sleep(min(POLL, left) / 10)
        in_time = _has_ended(child)
    # A grandchild may hold the pipes open for ever: take what is there now.
    for number, found in kept.items():
        while len(found) < limits[number] and _drain(number, found, limits[number]):
            if not select.select([number], [], [], 0)[0]:
                break
    return {number: bytes(found) for number, found in kept.items()}, in_time


def _drain(number: int, kept: bytearray, limit: int) -> bool:
    """Read what is there, keep no more than `limit`; False at the end of the stream."""
    try:
        data = os.read(number, 1 << 16)
    except BlockingIOError:
        return True
    kept += data[: max(0, limit - len(kept))]
    return bool(data)


def _has_ended(child: subprocess.Popen[bytes]) -> bool:
    """True when it has ended; it is not reaped yet, so that its group's id stays its own."""
    if not hasattr(os, "waitid"):
        return child.poll() is not None
    return os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """The child and all that it started, dead and waited for."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def sweep(token: str) -> list[int]:
    """Kill processes of this run that left their group (they carry its token); Linux only."""
    mark = f"{TOKEN}={token}".encode()
    killed = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            if mark in environment.split(b"\0") and int(folder.name) != os.getpid():
                os.kill(int(folder.name), signal.SIGKILL)
                killed.append(int(folder.name))
        except OSError:
            continue
    return killed


def merge(told: bytes) -> dict[str, Any]:
    """Join the lines told; a line that is no JSON table (cut off, or not ours) is left out."""
    merged: dict[str, Any] = {}
    for line in told.split(b"\n"):
        try:
            finding = json.loads(line)
        except ValueError:
            continue
        if not isinstance(finding, dict):
            continue
        for name, value in finding.items():
            old = merged.get(name)
            joined = isinstance(old, dict) and isinstance(value, dict)
            merged[name] = {**old, **value} if joined else value  # type: ignore[dict-item]
    return merged


def _ending(
    child: subprocess.Popen[bytes],
    findings: Mapping[str, Any],
    printed: bytes,
    in_time: bool,
    timeout: float,
) -> str:
    """One sentence: how the child ended, during which step, and what it printed."""
    step = findings.get("step", "starting")
    said = plain(printed.decode("utf-8", "replace"))
    what = how_it_ended(child.returncode, in_time=in_time, timeout=timeout)
    return f"{what} while {step}" + (f"; it printed: {said}" if said else "")


def how_it_ended(code: int, *, in_time: bool, timeout: float) -> str:
    """A process's end in words; `code` is as subprocess gives it."""
    if not in_time:
        return f"did not answer within {timeout:g} s and was killed"
    if code < 0:
        return f"crashed with {_signal_name(-code)}"
    return f"ended its process with exit code {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def plain(text: str, limit: int = 160) -> str:
    """One line without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 3] + "..."
