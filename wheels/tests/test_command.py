# SPDX-License-Identifier: Apache-2.0
"""Starting processes: echoed, logged, limited, and ended with all their children."""

from __future__ import annotations

import os
import shlex
import sys
import threading
import time
from pathlib import Path

import pytest

from wheels import command
from wheels.command import Log, call, commands_shown, kill_all, start_again
from wheels.errors import (
    CommandError,
    CommandFloodError,
    CommandTimeoutError,
    DiskFullError,
    InterruptedRunError,
    ToolchainError,
    WheelsError,
)
from wheels.folders import CHECKOUT
from wheels.lock import holders

GRANDCHILD = (
    "import subprocess, sys, time; "
    "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    "open(sys.argv[1], 'w').write(str(p.pid)); time.sleep(60)"
)


def is_alive(process: int) -> bool:
    """Say whether a process exists and is no zombie."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
    return "State:\tZ" not in text


def ends_soon(process: int) -> bool:
    """Wait a moment for the kernel to finish what a signal began."""
    for _ in range(100):
        if not is_alive(process):
            return True
        time.sleep(0.05)
    return False


def test_the_log_has_command_output_and_end(tmp_path: Path) -> None:
    """A person can read what was run, what it said and how it ended."""
    log = Log(tmp_path / "x.log", "a title")

    call([sys.executable, "-c", "print('said')"], log=log)

    lines = log.path.read_text().splitlines()
    assert lines[0] == "# a title"
    assert lines[1].startswith(f"$ {sys.executable} -c")
    assert lines[2] == "said"
    assert lines[3].startswith("= exit 0 after")


def test_commands_are_shown_only_as_long_as_the_run_that_asked_for_it() -> None:
    """Whoever calls a command later prints nothing to a stream that may be closed."""
    told: list[str] = []
    with commands_shown(told.append):
        call([sys.executable, "-c", "1"])
    call([sys.executable, "-c", "2"])

    assert [f"$ {shlex.join([sys.executable, '-c', '1'])}"] == told


def test_a_failure_shows_the_last_lines_and_the_log(tmp_path: Path) -> None:
    """The error alone is often enough to act on."""
    log = Log(tmp_path / "x.log", "t")

    with pytest.raises(CommandError) as error:
        call([sys.executable, "-c", "print('why it failed'); raise SystemExit(3)"], log=log)

    assert "exit status 3" in str(error.value)
    assert "why it failed" in str(error.value)
    assert str(log.path) in str(error.value)


def test_a_time_limit_ends_grandchildren_too(tmp_path: Path) -> None:
    """Nothing goes on in the background after a limit."""
    note = tmp_path / "pid"

    with pytest.raises(CommandTimeoutError):
        call([sys.executable, "-c", GRANDCHILD, note], timeout=1.5)

    assert ends_soon(int(note.read_text()))


def test_kill_all_ends_what_other_threads_run(tmp_path: Path) -> None:
    """Ctrl-C reaches commands that worker threads wait for, and no new one starts."""
    note, caught = tmp_path / "pid", list[WheelsError]()

    def work() -> None:
        try:
            call([sys.executable, "-c", GRANDCHILD, note])
        except WheelsError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not note.exists() or not note.read_text():
        time.sleep(0.02)
    try:
        kill_all()
        thread.join(10)
        with pytest.raises(InterruptedRunError):
            call([sys.executable, "-c", "pass"])
    finally:
        start_again()

    assert isinstance(caught[0], CommandError)
    assert ends_soon(int(note.read_text()))


def test_a_missing_program_is_named() -> None:
    """The usual mistake has its own text."""
    with pytest.raises(ToolchainError, match="no-such-program-anywhere"):
        call(["no-such-program-anywhere"])


def test_a_disk_that_fills_up_in_a_child_is_told_as_such() -> None:
    """Whichever tool met it, the error is the same one."""
    code = "raise OSError(28, 'No space left on device')"

    with pytest.raises(DiskFullError, match="free some space"):
        call([sys.executable, "-c", code])


def test_children_see_only_the_environment_given() -> None:
    """Nothing leaks into a build."""
    done = call([sys.executable, "-c", "import os; print(sorted(os.environ))"], env={"A": "1"})

    assert "'A'" in done.output
    assert "HOME" not in done.output


def test_a_command_that_prints_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it fills the memory, and long before its time is up."""
    monkeypatch.setattr(command, "MOST_OUTPUT", 1 << 20)

    with pytest.raises(CommandFloodError, match="printed more than 1 MiB"):
        call(["yes", "without end"], timeout=600)


def test_what_was_printed_before_the_time_was_up_is_kept() -> None:
    """It tells where the command was."""
    code = "import time; print('so far', flush=True); time.sleep(60)"

    with pytest.raises(CommandTimeoutError) as caught:
        call([sys.executable, "-c", code], timeout=1)
    assert caught.value.output == "so far\n"


def test_a_descendant_that_keeps_the_pipe_open_holds_nobody_up() -> None:
    """The command has ended: its answer is there."""
    begin = time.monotonic()
    done = call(["sh", "-c", "sleep 20 & echo done"], timeout=50)

    assert done.output == "done\n"
    assert time.monotonic() - begin < 15


def test_only_command_starts_processes() -> None:
    """No other file of the toolkit imports subprocess."""
    folder = CHECKOUT / "wheels"
    for path in (*folder.glob("*.py"), *folder.glob("proof/*.py"), *folder.glob("source/*.py")):
        words = path.read_text(encoding="utf-8")
        if path.name not in ("command.py", "install.py"):  # install.py quotes a child's program
            assert "import subprocess" not in words, path.name
        assert "os.system" not in words, path.name


def test_holders_lists_this_process(tmp_path: Path) -> None:
    """Who has a file open is found through /proc."""
    path = tmp_path / "held"
    with path.open("w"):
        assert holders(path) == [os.getpid()]
