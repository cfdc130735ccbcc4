# SPDX-License-Identifier: Apache-2.0
"""Words and options: each row of the tables does what it says."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blas_probe.__main__ import main
from blas_probe.cli import program
from blas_probe.cli.options import parser, split
from blas_probe.cli.run import Run, function
from blas_probe.cli.table import COMMANDS, EXTRAS, Extra
from blas_probe.cli.terminal import complain
from blas_probe.errors import UsageError
from blas_probe.found import Found

REPOSITORY = Path(__file__).resolve().parents[2]
HIDDEN = ["--site-packages", "/nonexistent"]
Write = Callable[[], Path]


@pytest.mark.parametrize("row", [*COMMANDS, *EXTRAS], ids=lambda row: row[0])
def test_every_row_names_a_function_and_has_a_line_of_help(row: Any) -> None:
    """A row that leads nowhere would be seen by users first."""
    assert callable(function(row.call))
    assert row.help in " ".join(parser().format_help().replace("%", "%%").split())


def test_a_word_is_a_command_only_in_the_first_place() -> None:
    """Everything after a command's own argument is a path."""
    row, argument, paths = split(["why", "mkl", "/opt/x"])

    assert row is not None
    assert ("why", "mkl", [Path("/opt/x")]) == (row.name, argument, paths)
    assert (None, None, [Path("/opt/x"), Path("why")]) == split(["/opt/x", "why"])
    assert (None, None, []) == split([])
    with pytest.raises(UsageError, match="`why` needs NAME"):
        split(["why"])


@pytest.mark.parametrize(
    "bad",
    [["--jobs", "0"], ["--timeout", "0"], ["--timeout", "nan"], ["--timeout", "x"], ["--jon"]],
)
def test_a_senseless_option_is_refused(bad: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is probed."""
    with pytest.raises(SystemExit) as ended:
        main(bad)

    assert ended.value.code == 2
    assert bad[0] in capsys.readouterr().err


def test_options_and_words_may_be_mixed(
    one_recipe: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """`why NAME`, `why --jobs 1 NAME` and `--why NAME` give the same answer."""
    common = ["--recipes", str(one_recipe()), *HIDDEN]
    said = []
    for words in (["why", "one"], ["why", "--jobs", "1", "one"], ["--why", "one"]):
        assert main([*words, *common]) == 0
        said.append(capsys.readouterr().out)

    assert said[0] == said[1] == said[2]
    assert "no library on this machine can serve `one`" in said[0]


def measure(found: Found, run: Run, value: Any) -> Found:
    """A further measurement for the next test."""
    run.say(f"measured with {value}")
    return found


def write(found: Found, run: Run, value: Any) -> str:
    """A further output for the next test."""
    return f"wrote {value} for {run.use}\n"


def test_further_options_measure_first_and_write_then(
    one_recipe: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values arrive; written words take the place of the table."""
    rows = (
        Extra("--more", None, "x", "measure", f"{__name__}:measure"),
        Extra("--to-file", "FILE", "y", "write", f"{__name__}:write"),
    )
    monkeypatch.setattr(program, "EXTRAS", rows)
    monkeypatch.setattr("blas_probe.cli.options.EXTRAS", rows)
    monkeypatch.setitem(sys.modules, __name__, sys.modules[measure.__module__])
    common = ["--recipes", str(one_recipe()), *HIDDEN]

    code = main(["--more", "--to-file", "x.cmake", "--use", "one", *common])

    told = capsys.readouterr()
    assert (0, "wrote x.cmake for one\n") == (code, told.out)
    assert "measured with True" in told.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_it_in_one_line(tmp_path: Path, number: int) -> None:
    """No traceback, the shell's exit code, and quickly."""
    fifo = tmp_path / "environment.txt"
    code = (
        "import signal, sys, time; sys.path.append(sys.argv.pop(1))\n"
        # whoever runs the tests may ignore some (nohup)
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_DFL)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "import blas_probe.cli.run as run, blas_probe.__main__ as front\n"
        "def found(self): print('started', flush=True); time.sleep(30)\n"
        "run.Run.found = found\n"
        "sys.exit(front.entry())"
    )
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", code, str(REPOSITORY), str(fifo)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    child.stdout.readline()
    begin = time.monotonic()
    child.send_signal(number)
    _, said = child.communicate(timeout=10)

    assert (130, "blas_probe: interrupted; nothing was left running\n") == (child.returncode, said)
    assert time.monotonic() - begin < 3


def test_a_reader_that_goes_away_is_no_error() -> None:
    """`blas_probe | head` ends quietly."""
    code = (
        "import sys; sys.path.append(sys.argv.pop(1))\n"
        "import blas_probe.cli.program as program, blas_probe.__main__ as front\n"
        "program.show = lambda run, as_json: program.Answer('x' * 10000000)\n"
        "sys.exit(front.main([]))"
    )
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", code, str(REPOSITORY)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.read(1)
    child.stdout.close()

    assert (141, b"") == (child.wait(timeout=20), child.stderr.read())
    child.stderr.close()


ODD_STREAMS = [
    ("no_output", ">&-", 0, ""),
    ("no_streams", "<&- >&- 2>&-", 0, ""),
    ("full_disk", ">/dev/full", 10, "standard output: No space left on device"),
    ("nobody_to_complain_to", "why nobody 2>/dev/full", 4, ""),
    ("no_memory_left", "", 11, "raise `ulimit -v`"),
]


@pytest.mark.parametrize(
    ("streams", "code", "said"), [r[1:] for r in ODD_STREAMS], ids=[r[0] for r in ODD_STREAMS]
)
def test_odd_streams_and_limits_end_in_one_line(
    one_recipe: Write, streams: str, code: int, said: str
) -> None:
    """An exit code of its own, no traceback; without a reader the run is as good as any."""
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    start = (
        f"import sys; sys.path.append({str(REPOSITORY)!r})\n"
        "import blas_probe.cli.run as run, blas_probe.__main__ as front\n"
        "def found(self): raise MemoryError\n"
        + ("" if streams else "run.Run.found = found\n")
        + "sys.exit(front.entry())"
    )
    words = ["--recipes", str(one_recipe()), *HIDDEN]

    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {streams}', "sh", sys.executable, "-I", "-c", start, *words],
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip

    assert code == done.returncode
    assert said in done.stderr
    assert done.stderr.count("\n") == (1 if said else 0)


def test_what_is_told_beside_json_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Only other control characters become escapes."""
    complain("one\ntwo\x1b[0m")

    assert "one\ntwo\\x1b[0m\n" == capsys.readouterr().err
