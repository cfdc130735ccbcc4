# SPDX-License-Identifier: Apache-2.0
"""The only place that starts processes: prints the command first, logs, limits, cleans up."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wheels.errors import (
    CommandError,
    CommandFloodError,
    CommandTimeoutError,
    InterruptedRunError,
    ToolchainError,
    errno_in,
    from_os_error,
)
from wheels.reading import read_all

DEFAULT_TIMEOUT = 1800.0  # seconds
GRACE = 2.0  # seconds between SIGTERM and SIGKILL
TAIL_LINES = 25
LOGGED_LINES = 1000  # of a command that was ended
MOST_OUTPUT = 64 << 20  # bytes; a command that prints more is ended

_running: set[subprocess.Popen[bytes]] = set()
_running_lock = threading.Lock()
_shown: list[Callable[[str], None]] = []
_stopping = threading.Event()
_inherited: set[int] = set()  # descriptors that children keep open (the lock of this run)


@dataclass(frozen=True, kw_only=True)
class Completed:
    """What a command left: its exit status, its output and how long it took (seconds)."""

    argv: tuple[str, ...]
    returncode: int
    output: str
    errors: str
    """Standard error, when it was asked for apart; else it is part of `output`."""
    seconds: float


class Log:
    """A readable file for one cell or artefact: commands, their output, the end state."""

    def __init__(self, path: Path, title: str) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {title}\n", encoding="utf-8")

    def write(self, text: str) -> None:
        """Append one paragraph."""
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(text.rstrip("\n") + "\n")


@contextmanager
def commands_shown(show: Callable[[str], None] | None) -> Iterator[None]:
    """Let `show` print each command before it runs (it is in the log in any case)."""
    before = _shown[:]
    _shown[:] = [show] if show else []
    try:
        yield
    finally:
        _shown[:] = before


def inherit(descriptor: int) -> None:
    """Let every later child keep `descriptor` open: it then shows who belongs to this run."""
    _inherited.add(descriptor)


def disinherit(descriptor: int) -> None:
    """Undo `inherit`."""
    _inherited.discard(descriptor)


def call(
    argv: Sequence[str | Path],
    *,
    log: Log | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    check: bool = True,
    errors_apart: bool = False,
) -> Completed:
    """Run a command, echo it into `log` first, and return its output (stdout and stderr together).

    `env` is the whole environment of the child (none: this process's own).
    Raises CommandError on a non-zero exit when `check`, CommandTimeoutError after `timeout`
    seconds, CommandFloodError after MOST_OUTPUT bytes.
    """
    words = [str(word) for word in argv]
    line = shlex.join(words)
    if log:
        log.write(f"$ {f'cd {shlex.quote(str(cwd))} && ' if cwd else ''}{line}")
    for show in _shown:
        show(f"$ {line}")
    started = time.monotonic()
    if _stopping.is_set():
        raise InterruptedRunError(f"not started, the run is ending: {line}")
    child = _start(words, env, cwd, errors_apart=errors_apart)
    try:
        text, errors = _collect(child, words, timeout, log)
    finally:
        _forget(child)
    seconds = time.monotonic() - started
    if log:
        shown = f"{text.rstrip()}\n{errors.rstrip()}".strip()
        log.write(f"{shown}\n= exit {child.returncode} after {seconds:.1f} s".lstrip())
    if child.returncode != 0 and errno_in(text + errors) == errno.ENOSPC:
        raise from_os_error(OSError(errno.ENOSPC, "", ""), f"the disk filled up during: {line}")
    if check and child.returncode != 0:
        raise CommandError(
            f"command failed with {describe_status(child.returncode)}: {line}\n{tail(text)}",
            why="the last lines of its output are above",
            then=f"read {log.path}" if log else "run it by hand",
        )
    return Completed(
        argv=tuple(words),
        returncode=child.returncode,
        output=text,
        errors=errors,
        seconds=seconds,
    )


def _start(
    words: Sequence[str],
    env: Mapping[str, str] | None,
    cwd: Path | None,
    *,
    errors_apart: bool,
) -> subprocess.Popen[bytes]:
    try:
        child = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if errors_apart else subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
            pass_fds=tuple(_inherited),
        )
    except FileNotFoundError as error:
        raise ToolchainError(
            f"program not found: {error.filename}",
            why="it is not installed, or not on PATH",
            then="python3 noxfile.py -s wheels (installs what is missing)",
        ) from error
    except PermissionError as error:
        raise ToolchainError(
            f"cannot start {error.filename or words[0]}",
            why="it is a folder, or this user may not execute it",
            then="correct the command, or install the program again",
        ) from error
    except OSError as error:
        raise from_os_error(error, f"cannot start {words[0]}") from error
    with _running_lock:
        _running.add(child)
    if _stopping.is_set():
        kill_group(child)
    return child


def _collect(
    child: subprocess.Popen[bytes], words: Sequence[str], timeout: float, log: Log | None
) -> tuple[str, str]:
    started = time.monotonic()
    try:
        said = read_all(child, seconds=timeout, most=MOST_OUTPUT)
        if said.end == "end":
            child.wait(max(GRACE, started + timeout - time.monotonic()))
    except subprocess.TimeoutExpired:  # it closed its streams, and lives on
        said = dataclasses.replace(said, end="time")
    except BaseException:
        kill_group(child)
        raise
    output, errors = (data.decode("utf-8", "replace") for data in (said.output, said.errors))
    if said.end == "end":
        return output, errors
    kill_group(child)
    if log:
        log.write(
            f"{tail(output + errors, 1000)}\n= killed after {time.monotonic() - started:.0f} s"
        )
    line, then = shlex.join(words), f"read {log.path}" if log else "run it by hand"
    if said.end == "flood":
        what = f"printed more than {MOST_OUTPUT >> 20} MiB and was ended: {line}"
        raise CommandFloodError(what, why="it repeats itself without end", then=then)
    error = CommandTimeoutError(
        f"no end after {timeout:.0f} s: {line}",
        why="it hangs, or this machine is slower than the limit allows",
        then=then,
    )
    error.output = output
    raise error


def _forget(child: subprocess.Popen[bytes]) -> None:
    with _running_lock:
        _running.discard(child)
    for stream in (child.stdout, child.stderr):
        if stream:
            stream.close()


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """End a child and everything it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except (ProcessLookupError, PermissionError):
            break
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            continue
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)  # grandchildren that outlived the leader
    child.wait()


def kill_all() -> None:
    """End every process that `call` has running in any thread (Ctrl-C)."""
    _stopping.set()
    with _running_lock:
        children = list(_running)
    for child in children:
        kill_group(child)


def start_again() -> None:
    """Allow commands again after `kill_all`."""
    _stopping.clear()


def tail(text: str, lines: int = TAIL_LINES) -> str:
    """Return the last lines of an output, indented."""
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines()[-lines:])


def describe_status(status: int) -> str:
    """Say an exit status in words."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"
