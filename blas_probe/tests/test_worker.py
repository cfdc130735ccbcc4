# SPDX-License-Identifier: Apache-2.0
"""The child process: whatever it does, one outcome comes back in time and nothing stays behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from blas_probe.call import worker
from blas_probe.call.reply import decode, is_strange
from blas_probe.call.worker import Outcome, child_environment, merge, plain, run_child, sweep

TOKEN = f"test-{os.getpid()}"
LIMIT = 5.0

# Each program is given to the child instead of its task, with the pipe's descriptor and `tell`.
START = (
    "import sys; sys.path.append(sys.argv[1]); from blas_probe.call import pipe, supervisor\n"
    "def do(request, number):\n"
    "  tell = pipe.Pipe(number, request['secret']).tell\n"
    "  exec(request['program'], {'number': number, 'tell': tell})\n"
    "supervisor._do = do\n"
    "supervisor.main()"
)
BEHAVIOURS = [
    ("ends_well", "tell(done=True)", None),
    ("exits", "import os; os._exit(3)", "ended its process with exit code 3 while starting"),
    ("exits_quietly", "pass", "ended its process with exit code 0 while starting"),
    ("aborts", "import os; os.abort()", "crashed with SIGABRT while starting"),
    ("segfaults", "import os; os.kill(os.getpid(), 11)", "crashed with SIGSEGV while starting"),
    (
        "tells_its_step",
        "import os; tell(step='being opened'); os.abort()",
        "crashed with SIGABRT while being opened",
    ),
    (
        "prints_before_it_dies",
        "import os; os.write(1, b'FATAL: \\x1b[31mno layer\\n\\n'); os._exit(2)",
        "exit code 2 while starting; it printed: FATAL: [31mno layer",
    ),
    (
        "writes_nonsense",
        "import os; os.write(number, b'\\xff\\n[1]\\n{\"cut'); os._exit(0)",
        "ended its process with exit code 0",
    ),
    (
        "forges",
        'import os; os.write(number, b\'\\n{"done": true}\\n{"step": "x"}\\n\'); os._exit(0)',
        "ended its process with exit code 0 while starting",
    ),
    (
        "raises",
        "raise OSError(24, 'Too many open files')",
        "exit code 1 while starting; it printed: OSError: [Errno 24] Too many open files",
    ),
    (
        "floods",
        "import os\nfor _ in range(400): os.write(1, b'x' * 65536)\nos._exit(4)",
        "ended its process with exit code 4 while starting; it printed: xxx",
    ),
]


def run(program: str, monkeypatch: pytest.MonkeyPatch, limit: float = LIMIT) -> Outcome:
    """One child that runs `program`."""
    monkeypatch.setattr(worker, "START", START)
    return run_child({"program": program}, environ={}, timeout=limit, token=TOKEN)


@pytest.fixture(scope="module", autouse=True)
def no_supervisor_stays() -> Iterator[None]:
    """The tests share one supervisor, as the libraries of a run do."""
    yield
    sweep(TOKEN)
    assert worker.POOL.all == {}


@pytest.mark.parametrize(
    ("program", "ending"), [row[1:] for row in BEHAVIOURS], ids=[row[0] for row in BEHAVIOURS]
)
def test_every_ending_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, program: str, ending: str | None
) -> None:
    """Signal or exit code, the step, and the first output in one plain line."""
    outcome = run(program, monkeypatch)

    if ending is None:
        assert outcome.ending is None
    else:
        assert outcome.ending is not None
        assert ending in outcome.ending
        assert outcome.ending.isprintable()


def test_a_hang_is_ended_by_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child is killed, and what it had told is kept."""
    program = "import time; tell(elf=1); time.sleep(60)"

    outcome = run(program, monkeypatch, limit=0.5)

    assert outcome.ending == "did not answer within 0.5 s and was killed while starting"
    assert outcome.findings == {"elf": 1}
    assert outcome.seconds < 3


def test_an_endless_flood_is_ended_by_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Output is read and thrown away, so neither memory nor the clock runs out."""
    outcome = run("import os\nwhile True: os.write(1, b'x' * 65536)", monkeypatch, limit=0.5)

    assert outcome.ending is not None
    assert "did not answer within 0.5 s" in outcome.ending
    assert outcome.seconds < 3


def test_grandchildren_neither_delay_nor_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork that keeps the pipes open is not waited for, and dies with its group."""
    program = (
        "import os,time\npid = os.fork()\nif pid == 0: time.sleep(60)\ntell(pid=pid, done=True)"
    )

    outcome = run(program, monkeypatch)

    assert outcome.ending is None
    assert outcome.seconds < 3
    assert gone(outcome.findings["pid"])


# How a process flees: `flee` tells its number, `stay` also waits for ever.
FLIGHTS = [
    ("new_session", "if os.fork() == 0: os.setsid(); stay()"),
    ("daemon", "if os.fork() == 0:\n  os.setsid()\n  if os.fork(): os._exit(0)\n  stay()"),
    (
        "bare_environment",
        "if os.fork() == 0:\n  os.setsid(); flee()\n  os.execve('/bin/sleep', ['sleep', '60'], {})",
    ),
    ("many", "for _ in range(20):\n  if os.fork() == 0: os.setsid(); stay()"),
]


@pytest.mark.parametrize("flight", [row[1] for row in FLIGHTS], ids=[row[0] for row in FLIGHTS])
def test_whoever_flees_is_ended(monkeypatch: pytest.MonkeyPatch, flight: str) -> None:
    """Neither a session of its own nor another environment hides a process."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    program = (
        "import os, time\n"
        "def flee(): tell(pids={str(os.getpid()): 1})\n"
        "def stay(): flee(); time.sleep(60)\n" + flight + "\ntime.sleep(0.2)\ntell(done=True)"
    )

    outcome = run(program, monkeypatch)

    assert outcome.ending is None
    assert outcome.findings["pids"]
    assert all(gone(int(pid)) for pid in outcome.findings["pids"])


def test_the_token_finds_who_has_lost_its_supervisor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library may even kill its supervisor: that costs its row, and nothing stays."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    monkeypatch.setattr(worker, "START", START)
    program = (
        "import os, signal, time\n"
        "if os.fork() == 0: os.setsid(); time.sleep(60)\n"
        "os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)"
    )
    token = f"{TOKEN}-killer"

    outcome = run_child({"program": program}, environ={}, timeout=LIMIT, token=token)
    swept = sweep(token)

    assert outcome.ending == "its supervisor failed; the library ended or stopped it"
    assert swept
    assert all(gone(pid) for pid in swept)


def test_shared_memory_of_a_killed_child_is_given_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A run-time names it after its process and would remove it at exit; others' files stay."""
    monkeypatch.setattr(worker, "START", START.replace("supervisor.main()", (
        f"from blas_probe.call import shared_memory\nfrom pathlib import Path\n"
        f"shared_memory.FOLDER = Path({str(tmp_path)!r})\nsupervisor.main()"
    )))  # fmt: skip
    program = (
        "import os\n"
        f"def leave(name): open({str(tmp_path)!r} + '/' + name, 'x').close(); return name\n"
        "pid = os.getpid()\n"
        "tell(mine=leave(f'__REGISTERED_{pid}_0'), other=leave(f'x_1{pid}_0'), done=True)"
    )
    token = f"{TOKEN}-shared"

    told = run_child({"program": program}, environ={}, timeout=LIMIT, token=token).findings
    sweep(token)

    assert [told["other"]] == [path.name for path in tmp_path.iterdir()]


def test_a_child_is_the_first_to_go_and_no_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who eats all memory is ended before others, and processes are bounded (root excepted)."""
    if not Path("/proc/self/oom_score_adj").exists():
        pytest.skip("needs /proc")
    program = (
        "import resource\nfrom blas_probe.call import pipe\npipe._calm_down(5)\n"
        "tell(most=resource.getrlimit(resource.RLIMIT_NPROC)[0], done=True,\n"
        "     score=int(open('/proc/self/oom_score_adj').read()))"
    )

    told = run(program, monkeypatch).findings

    assert 1000 == told["score"]
    assert 0 < told["most"] < 1_000_000


@pytest.mark.parametrize(
    "said", [b"reply x\n", b"reply 0 1 5\n", b"reply 0 1 -5 0\n", b"no", b"reply" + b"1" * 200]
)
def test_what_is_no_reply_of_a_supervisor_is_seen(said: bytes) -> None:
    """A library may write even there."""
    assert is_strange(said)
    assert decode(bytearray(said)) is None


def gone(pid: int) -> bool:
    """True when the process has ended (it may wait to be reaped by init)."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False


def test_no_descriptor_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of candidates must not use up the descriptors."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc")
    run("pass", monkeypatch)
    before = len(list(Path("/proc/self/fd").iterdir()))

    for program in ("pass", "import os; os.abort()"):
        run(program, monkeypatch)

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_missing_interpreter_is_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even this is told, not raised."""
    monkeypatch.setattr("sys.executable", "/nonexistent/python")

    outcome = run_child({}, environ={}, timeout=LIMIT, token=f"{TOKEN}-none")

    assert outcome.ending is not None
    assert outcome.ending.startswith("no child could be started")


def test_the_environment_holds_only_what_a_loader_needs() -> None:
    """Switches of any vendor, preloads and Python's own variables stay outside."""
    environ = {
        "PATH": "/bin", "LD_LIBRARY_PATH": "/x", "LD_PRELOAD": "/evil.so", "PYTHONPATH": "/y",
        "SOME_VENDOR_LAYER": "ILP64", "OMP_NUM_THREADS": "64",
    }  # fmt: skip

    assert child_environment(environ, "t") == {
        "PATH": "/bin", "LD_LIBRARY_PATH": "/x", "LC_ALL": "C", "OMP_NUM_THREADS": "1",
        "BLAS_PROBE_RUN": "t",
    }  # fmt: skip


def test_findings_are_joined() -> None:
    """Tables of one name grow; later values replace earlier ones."""
    told = b'{"a": {"x": 1}, "step": "one"}\nnoise\n{"a": {"y": 2}, "step": "two"}\n'

    assert merge(told) == {"a": {"x": 1, "y": 2}, "step": "two"}


def test_text_becomes_one_plain_line() -> None:
    """No control character, no line break, a limit."""
    assert plain("a\x1b[0m\n\tb\0" + "c" * 300, limit=10) == "a [0m b..."


def test_a_child_holds_nothing_of_its_supervisor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its own three streams and the pipe are open; the session is its own."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc")
    program = (
        "import os\nfds = sorted(int(n) for n in os.listdir('/proc/self/fd'))\n"
        "open_ = [n for n in fds if os.path.exists('/proc/self/fd/%d' % n)]\n"
        "tell(done=True, fds=open_, number=number, leads=os.getsid(0) == os.getpid())"
    )

    told = run(program, monkeypatch).findings

    assert ([0, 1, 2, told["number"]], True) == (told["fds"], told["leads"])


def test_a_supervisor_that_cannot_start_is_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it said is told."""
    monkeypatch.setattr(worker, "START", "raise SystemExit('no memory')")
    token = f"{TOKEN}-broken"

    outcome = run_child({}, environ={}, timeout=LIMIT, token=token)
    sweep(token)

    assert outcome.ending == "its supervisor failed; it said: no memory"


@pytest.mark.parametrize("told", [b"[" * 100000, b'{"a":' * 50000, b"1" * 5000])
def test_hostile_findings_are_left_out(told: bytes) -> None:
    """Text nested without end is no reason to fall."""
    assert merge(told + b'\n{"a": 1}\n') == {"a": 1}
