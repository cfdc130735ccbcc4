# SPDX-License-Identifier: Apache-2.0
"""Foreign programs: whatever they do, one sentence comes back in time."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from blas_probe.call.tool import Said, run_tool
from blas_probe.call.worker import sweep

TOKEN = f"test-tool-{os.getpid()}"

PROGRAMS = [
    ("answers", "print('13.0')", 0, None),
    ("fails", "import sys; sys.exit('no licence')", 1,
     "ended its process with exit code 1; it printed: no licence"),
    ("crashes", "import os; os.kill(os.getpid(), 11)", -11, "crashed with SIGSEGV"),
    ("hangs", "import time; time.sleep(60)", None, "did not answer within 0.5 s and was killed"),
    ("floods", "import os\nwhile True: os.write(1, b'x' * 65536)", None,
     "did not answer within 0.5 s and was killed; it printed: xxx"),
    ("leaves_a_child_with_its_output",
     "import os, time\nif not os.fork(): time.sleep(60)", 0, None),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def no_supervisor_stays() -> Iterator[None]:
    """The tests share one supervisor."""
    yield
    sweep(TOKEN)


def run(*command: str, timeout: float = 5.0, **more: str) -> Said:
    """Run `command` with nothing but `more` in the environment."""
    return run_tool(command, environ=more, timeout=timeout, token=TOKEN, keep=("KEPT",))


@pytest.mark.parametrize(
    ("program", "code", "problem"), [row[1:] for row in PROGRAMS], ids=[row[0] for row in PROGRAMS]
)
def test_every_end_of_a_program_is_told(
    program: str, code: int | None, problem: str | None
) -> None:
    """Exit code and one sentence; in time even when a grandchild holds the output open."""
    begin = time.monotonic()
    limit = 0.5 if code is None else 5.0

    said = run(sys.executable, "-I", "-S", "-c", program, timeout=limit)

    assert code == said.code
    assert (said.problem or "").startswith(problem or "")
    assert (said.problem is None) == (problem is None)
    assert time.monotonic() - begin < 3


def test_what_cannot_start_is_told(tmp_path: Path) -> None:
    """A folder, text that is no program, and nothing at all."""
    text = tmp_path / "nvcc"
    text.write_bytes(b"\x00\x01nonsense")
    text.chmod(0o755)

    assert "Permission denied" in str(run(str(tmp_path)).problem)
    assert "Exec format error" in str(run(str(text)).problem)
    assert "No such file" in str(run(str(tmp_path / "none")).problem)
    assert "null" in str(run("a\0b").problem)


def test_only_the_named_variables_reach_the_program() -> None:
    """The rest of the environment stays out."""
    show = "import os; print(sorted(os.environ))"

    said = run(sys.executable, "-I", "-S", "-c", show, KEPT="1", SECRET="2")

    assert "KEPT" in said.output
    assert "SECRET" not in said.output
