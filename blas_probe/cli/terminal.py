# SPDX-License-Identifier: Apache-2.0
"""What a terminal adds: colours, and a line that shows what is being done, complaints."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import TextIO

from blas_probe.report import safe

CLEAR = "\r\x1b[K"


def colourful(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """A terminal that nobody asked to stay plain (no-color.org), or what force-color.org says."""
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or (stream.isatty() and environ.get("TERM") != "dumb")


def progress_line(stream: TextIO, environ: Mapping[str, str]) -> Callable[[str], None] | None:
    """A function that shows one line and wipes the line before; None when nobody looks.

    An empty text wipes the line and shows nothing.
    """
    if not stream.isatty() or environ.get("TERM") == "dumb":
        return None

    def show(text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        plain = "".join(c if c.isprintable() else "?" for c in text)
        try:
            stream.write(CLEAR + plain[:width])
            stream.flush()
        except OSError:
            pass  # the terminal has gone

    return show


def complain(text: str) -> None:
    """Tell the user something beside the answer; nobody may be there to read it."""
    try:
        print("\n".join(map(safe, text.split("\n"))), file=sys.stderr, flush=True)
    except OSError:
        put_aside(sys.stderr)


def put_aside(stream: TextIO) -> None:
    """Nobody reads the stream any more: Python must not complain when it closes it."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
