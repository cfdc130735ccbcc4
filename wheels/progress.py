# SPDX-License-Identifier: Apache-2.0
"""What a person sees while work goes on: bars on a terminal, plain lines everywhere else."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol, TextIO

SHOWN_BARS = 8  # a line of many platforms has more stages than a screen has rows


class Progress(Protocol):
    """Where stages report to."""

    def say(self, line: str) -> None:
        """Print one line."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` items."""

    def done(self, item: str, note: str, seconds: float) -> None:
        """Count one item of the stage as finished."""

    def close(self) -> None:
        """End all drawing."""


class PlainProgress:
    """One line per event, no control characters: for CI, logs and NO_COLOR."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._stage, self._total, self._count = "", 0, 0

    def say(self, line: str) -> None:
        """Print one line."""
        with self._lock:
            print(line, file=self._stream, flush=True)

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` items."""
        self._stage, self._total, self._count = name, total, 0

    def done(self, item: str, note: str, seconds: float) -> None:
        """Print one line for a finished item."""
        with self._lock:
            self._count += 1
            text = f"{self._stage} [{self._count}/{self._total}] {item}: {note} ({seconds:.1f} s)"
            print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """End all drawing."""


class BarProgress:
    """One bar per stage, drawn by rich."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        self._bars = Bars(
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(file=stream, highlight=False),
        )
        self._bars.start()
        self._task = None if not self._bars.tasks else self._bars.tasks[0].id

    def say(self, line: str) -> None:
        """Print one line above the bars."""
        self._bars.console.print(line, markup=False)

    def stage(self, name: str, total: int) -> None:
        """Add a bar for the stage; the oldest ones give way."""
        for old in self._bars.tasks[: 1 - SHOWN_BARS]:
            self._bars.update(old.id, visible=False)
        self._task = self._bars.add_task(name, total=total, note="")

    def done(self, item: str, note: str, seconds: float) -> None:
        """Advance the bar of the stage."""
        if self._task is not None:
            self._bars.update(self._task, advance=1, note=f"{item}: {note} ({seconds:.1f} s)")

    def close(self) -> None:
        """End all drawing."""
        self._bars.stop()


def wants_bars(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Say whether `stream` is a terminal that a person looks at."""
    plain = environ.get("CI") or environ.get("NO_COLOR") or environ.get("TERM") == "dumb"
    return stream.isatty() and not plain


@contextmanager
def progress_on(stream: TextIO | None = None, *, bars: bool) -> Iterator[Progress]:
    """Open the right kind of progress for `stream` (standard error by default)."""
    out = stream or sys.stderr
    shown: Progress = BarProgress(out) if bars else PlainProgress(out)
    try:
        yield shown
    finally:
        shown.close()


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return time.monotonic() - self._started
