# SPDX-License-Identifier: Apache-2.0
"""Two releases do not collide; a killed one is recognised, and its children are ended."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wheels.errors import LockedError
from wheels.folders import CHECKOUT
from wheels.lock import locked

HOLDER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from wheels.command import call
from wheels.lock import locked
with locked(Path(sys.argv[2])):
    call([sys.executable, "-c", "print(1, flush=True); import time; time.sleep(60)"], timeout=60)
"""


def start_holder(build: Path) -> subprocess.Popen[bytes]:
    """Start a release in another process and wait until it and its child hold the lock."""
    child = subprocess.Popen([sys.executable, "-c", HOLDER, str(CHECKOUT), str(build)])
    from wheels.lock import holders

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if (build / "release.lock").exists() and len(holders(build / "release.lock")) == 2:
            return child
        time.sleep(0.05)
    raise AssertionError("the holder did not start")


def test_a_second_release_is_refused_with_the_first_ones_number(tmp_path: Path) -> None:
    """The error says who, why and what to do."""
    holder = start_holder(tmp_path)
    try:
        with pytest.raises(LockedError) as error, locked(tmp_path):
            pass
        assert f"process {holder.pid}" in str(error.value)
    finally:
        holder.send_signal(signal.SIGINT)
        holder.wait()


def test_a_killed_release_leaves_a_lock_that_the_next_one_takes(tmp_path: Path) -> None:
    """kill -9: its child still runs and holds the lock; it is ended, and the lock is ours."""
    holder = start_holder(tmp_path)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()

    with locked(tmp_path):
        text = (tmp_path / "release.lock").read_text()

    assert text == f"{os.getpid()}\n"


def test_a_lock_that_no_release_took_is_told_and_nobody_is_ended(tmp_path: Path) -> None:
    """Another program holds the file, and what is in it is no number."""
    path = tmp_path / "release.lock"
    path.write_text("mine, keep out\n")
    with path.open() as stream, pytest.raises(LockedError) as error:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with locked(tmp_path):
            pass

    assert "another process holds it" in str(error.value)
    assert "--build FOLDER" in str(error.value)


def test_the_lock_is_free_afterwards(tmp_path: Path) -> None:
    """One after the other works."""
    with locked(tmp_path):
        pass
    with locked(tmp_path):
        pass
