# SPDX-License-Identifier: Apache-2.0
"""One foreign library, one child process, one time limit. Knows nothing about BLAS.

The children are forked by supervisors (see there): clean processes that this one starts, one for
each child that runs at the same time, and one kind for each environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Mapping
from errno import EINTR
from pathlib import Path
from typing import Any

from blas_probe.cache import Cache
from blas_probe.call.reply import LONGEST_HEAD, Ended, decode, genuine, is_strange
from blas_probe.record import dataclass

GRACE = 5.0
PAUSE = 0.002
MOST_PRINTED = 400
CHILD = "blas_probe.call.child"
PER_LIBRARY = ("path", "user", "lazy")
"""What differs between the requests of one run."""
TOKEN = "BLAS_PROBE_RUN"
KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
START = (
    "import sys; sys.path.append(sys.argv[1]); from blas_probe.call.supervisor import main; main()"
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came back from a child."""

    findings: Mapping[str, Any]
    """All findings, merged; findings of the same name that are tables are joined."""
    ending: str | None
    """Why it did not finish; None when it did."""
    seconds: float
    repeatable: bool = False
    """It ended by itself, neither killed nor crashed: it will do the same again."""


def child_environment(
    environ: Mapping[str, str], token: str, *, keep: bool = False
) -> dict[str, str]:
    """What a loader needs, or all with `keep`; one OpenMP thread, so that a look spawns nothing."""
    kept = {name: environ[name] for name in (environ if keep else KEPT) if name in environ}
    threads = kept.get("OMP_NUM_THREADS", "1")
    return {**kept, "LC_ALL": "C", "OMP_NUM_THREADS": threads, TOKEN: token}


def new_token() -> str:
    """A word that the environments of one run's processes hold."""
    return os.urandom(16).hex()


class Supervisor:
    """A process that runs one child after the other."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        import subprocess  # slow to import, and not needed when all is remembered

        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", START, _package_parent()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
            cwd="/",
        )

    def ask(self, request: Mapping[str, Any]) -> Ended | str:
        """The end of the child that does `request`, or what the supervisor said instead."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended; what it said tells why
        return self._reply(time.monotonic() + request["timeout"] + GRACE)

    def _reply(self, deadline: float) -> Ended | str:
        assert self.process.stdout is not None
        number, data = self.process.stdout.fileno(), bytearray()
        while (ended := decode(data)) is None:
            ready = select.select([number], [], [], max(0.0, deadline - time.monotonic()))[0]
            more = os.read(number, 1 << 20) if ready else b""
            data += more
            if not more or is_strange(bytes(data[: LONGEST_HEAD + 1])):
                return plain(data.decode("utf-8", "replace"))
        return ended

    def close(self) -> None:
        """End it, and the child that it may watch."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        deadline = time.monotonic() + GRACE
        while self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(PAUSE)
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Pool:
    """The supervisors of this process: idle ones by environment, and all of them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: dict[tuple[tuple[str, str], ...], list[Supervisor]] = {}
        self.all: dict[str, list[Supervisor]] = {}
        self.closed: set[str] = set()

    def take(self, environment: Mapping[str, str]) -> Supervisor:
        """One that nobody uses now."""
        with self.lock:
            waiting = self.idle.get(tuple(sorted(environment.items())))
            if waiting:
                return waiting.pop()
        started, token = Supervisor(environment), environment[TOKEN]
        with self.lock:
            if token not in self.closed:
                self.all.setdefault(token, []).append(started)
                return started
        started.close()
        raise InterruptedError(EINTR, "the run has ended")

    def give_back(self, one: Supervisor, environment: Mapping[str, str]) -> None:
        """It waits for the next child."""
        with self.lock:
            self.idle.setdefault(tuple(sorted(environment.items())), []).append(one)

    def drop(self, one: Supervisor, token: str) -> None:
        """It has failed: end it."""
        with self.lock:
            self.all[token] = [other for other in self.all.get(token, []) if other is not one]
        one.close()

    def close(self, token: str) -> bool:
        """End all supervisors of a run; False when it had none."""
        with self.lock:
            self.closed.add(token)
            ending = self.all.pop(token, None)
            for key in [key for key in self.idle if (TOKEN, token) in key]:
                del self.idle[key]
        for one in ending or ():
            one.close()
        return ending is not None


POOL = Pool()


def run_child(
    request: Mapping[str, Any],
    *,
    environ: Mapping[str, str],
    timeout: float,
    token: str,
    child_module: str = CHILD,
    keep: bool = False,
    cache: Cache | None = None,
) -> Outcome:
    """Do `child_module`'s work in a child of its own; never raises for what it does.

    `keep` leaves the whole environment as it is, not only what a loader needs.
    `sweep(token)` ends everything that was started with this token. What is in `cache` is not
    measured again; a child that tells on which files it `depends` is remembered there.
    """
    environment = child_environment(environ, token, keep=keep)
    question = question_of(request, environ, child_module=child_module, keep=keep) if cache else {}
    old = _outcome(cache.recall(question)) if cache else None
    since = time.time()
    wanted = {**request, "timeout": timeout, "module": child_module}
    outcome = old or _run(wanted, environment)
    depends = outcome.findings.get("depends")
    if cache and outcome.repeatable and depends and isinstance(depends, list):
        cache.behind[str(request.get("path"))] = list(map(str, depends))
        if old is None:
            cache.keep(question, vars(outcome), files=map(str, depends), since=since)
    return outcome


def question_of(
    request: Mapping[str, Any],
    environ: Mapping[str, str],
    *,
    child_module: str = CHILD,
    keep: bool = False,
) -> dict[str, Any]:
    """What a child's answer depends on beside files; `digest` stands for the rest of a request."""
    asked = dict(request)
    if "digest" in request:
        asked = {name: request[name] for name in ("digest", *PER_LIBRARY) if name in request}
    environment = child_environment(environ, "", keep=keep)
    return {**asked, "module": child_module, "environment": environment}


def _outcome(kept: Any) -> Outcome | None:
    """What was remembered, if it is one."""
    try:
        outcome = Outcome(**kept)
    except TypeError:
        return None
    return outcome if isinstance(outcome.findings, dict) else None


def _run(request: Mapping[str, Any], environment: Mapping[str, str]) -> Outcome:
    """One child, and what came back."""
    begin = time.monotonic()
    ended = supervised(request, environment)
    seconds = time.monotonic() - begin
    if isinstance(ended, str):
        return Outcome(findings={}, ending=ended, seconds=seconds)
    findings = merge(ended.told)
    ending = None if findings.get("done") else _ending(ended, findings, request["timeout"])
    return Outcome(
        findings=findings,
        ending=ending,
        seconds=seconds,
        repeatable=ended.in_time and ended.status >= 0,
    )


def supervised(request: Mapping[str, Any], environment: Mapping[str, str]) -> Ended | str:
    """What is left of the child that does `request`, or why there was none."""
    if os.name != "posix":
        return "cannot be measured on this system yet"
    try:
        supervisor = POOL.take(environment)
    except OSError as error:
        return f"no child could be started: {error}"
    secret = new_token()
    ended = supervisor.ask({**request, "secret": secret})
    if isinstance(ended, str):
        POOL.drop(supervisor, environment[TOKEN])
        said = f"it said: {ended}" if ended else "the library ended or stopped it"
        return f"its supervisor failed; {said}"
    POOL.give_back(supervisor, environment)
    return ended._replace(told=genuine(ended.told, secret))


def _package_parent() -> str:
    return str(Path(__file__).resolve().parents[2])


def sweep(token: str) -> list[int]:
    """End the supervisors of this run, and any process that still carries its token (Linux)."""
    if not POOL.close(token):
        return []
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
        except (ValueError, RecursionError):
            continue
        if not isinstance(finding, dict):
            continue
        for name, value in finding.items():
            old = merged.get(name)
            joined = isinstance(old, dict) and isinstance(value, dict)
            merged[name] = {**old, **value} if joined else value  # type: ignore[dict-item]
    return merged


def _ending(ended: Ended, findings: Mapping[str, Any], timeout: float) -> str:
    """One sentence: how the child ended, during which step, and what it printed."""
    step = findings.get("step", "starting")
    said = plain(ended.printed.decode("utf-8", "replace"), MOST_PRINTED)
    what = how_it_ended(ended, timeout)
    return f"{what} while {step}" + (f"; it printed: {said}" if said else "")


def how_it_ended(ended: Ended, timeout: float) -> str:
    """A child's end in words."""
    if not ended.in_time:
        return f"did not answer within {timeout:g} s and was killed"
    if ended.status < 0:
        return f"crashed with {_signal_name(-ended.status)}"
    return f"ended its process with exit code {ended.status}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def plain(text: str, limit: int = 160) -> str:
    """One line without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 3] + "..."
