# SPDX-License-Identifier: Apache-2.0
"""Run a foreign program so that nothing which it starts outlives it (Linux).

    python -I -S contain.py FOLDER-OF-blas_probe PROGRAM ARGUMENT ...

Ends as the program ended: with its exit status, or by the same signal. All descendants, whatever
group or session they fled to, come back to this process when their parents die, and are ended.
The program alone is told the seal: what runs in it may read this process's environment.
"""

import ctypes
import os
import resource
import signal
import sys
from types import FrameType
from typing import NoReturn

sys.path.append(sys.argv[1])

from blas_probe.call.supervisor import DEATH_SIGNAL, SUBREAPER, end_orphans, prctl

CANNOT_START = 127
SEAL = "TRIVET_CHECK_SEAL"  # core/check/seal.h
FIXED = (signal.SIGKILL, signal.SIGSTOP)


def main(argv: list[str]) -> NoReturn:
    """Start the program, wait for it, end its rests, end alike."""
    environment = dict(os.environ)
    _wipe(SEAL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    prctl(SUBREAPER, 1)
    prctl(DEATH_SIGNAL, signal.SIGTERM)
    signal.signal(signal.SIGTERM, _told_to_end)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _become(argv, environment)
    ended, status = os.waitpid(-1, 0)
    while ended != child:  # an orphan that came back
        ended, status = os.waitpid(-1, 0)
    end_orphans()
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code not in FIXED:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _wipe(name: str) -> None:
    """Overwrite a variable where /proc shows it: in the block that this process started with."""
    library = ctypes.CDLL(None)
    library.getenv.restype = ctypes.c_void_p
    place = library.getenv(name.encode())
    if place:
        ctypes.memset(place, ord("x"), len(os.environ[name].encode()))


def _become(argv: list[str], environment: dict[str, str]) -> NoReturn:
    try:
        os.execvpe(argv[0], argv, environment)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
    os._exit(CANNOT_START)


def _told_to_end(number: int, frame: FrameType | None) -> NoReturn:
    end_orphans()
    os._exit(128 + number)


if __name__ == "__main__":
    main(sys.argv[2:])
