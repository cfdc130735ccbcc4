# SPDX-License-Identifier: Apache-2.0
"""`python -m blas_probe`: which BLAS and LAPACK libraries and CUDA toolkits are here?

The program itself (cli/program.py) is imported when signals and streams are in hand.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence

INTERRUPTED = 130
ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP")
          if hasattr(signal, name)]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, or that of the error (errors.py)."""
    try:
        from blas_probe.cli.program import run

        return run(arguments)
    except KeyboardInterrupt:
        from blas_probe.cli.terminal import complain

        complain("blas_probe: interrupted; nothing was left running")
        return INTERRUPTED


def end_by(signals: Sequence[int]) -> None:
    """Let each of these signals end the command as Ctrl-C does: no child stays behind."""
    for number in signals:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup, a shell's background
            signal.signal(number, _interrupt)


def _interrupt(number: int, _: object) -> None:
    for other in ENDING:  # once: what is being ended is ended in seconds
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def _have_streams() -> None:
    """Closed standard streams lead nowhere, so that no other file gets their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")


def entry() -> int:
    """The program `blas-probe`."""
    end_by(ENDING)
    gc.disable()  # it ends soon: collecting costs more than it frees
    _have_streams()
    code = main()
    for number in ENDING:  # nothing is left to be cleared up
        signal.signal(number, signal.SIG_DFL)
    return code


if __name__ == "__main__":
    sys.exit(entry())
