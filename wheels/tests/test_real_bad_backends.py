# SPDX-License-Identifier: Apache-2.0
"""trivet-check and backends that misbehave: a failed verdict with its reason, and nothing left."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from core.tests.check.building import build_check
from wheels.folders import CHECKOUT
from wheels.proof.check import Subject, check_backend
from wheels.proof.verdict import Terms, Verdict

pytestmark = [pytest.mark.real, pytest.mark.slow]
SOURCE = Path(__file__).with_name("bad_backend.c")
LIMIT = 20.0  # seconds; a hanging backend costs them all
MARK = "TRIVET_TEST_MARK"  # in the environment of everything that a check starts


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """trivet-check of this checkout; TRIVET_CHECK names one that was built before."""
    given = os.environ.get("TRIVET_CHECK")
    return Path(given) if given else build_check(tmp_path_factory.mktemp("check"))


def compiled(folder: Path, kind: str) -> Path:
    """Build one bad backend."""
    target = folder / "trivet_backend_bad.so"
    command = ["cc", "-O1", "-fPIC", "-shared", f"-DBAD={kind}", f"-I{CHECKOUT / 'core/include'}"]
    subprocess.run([*command, str(SOURCE), "-o", str(target)], check=True)
    return target


def verdict_on(backend: Path, program: Path, mark: str, limit: float = LIMIT) -> Verdict:
    """Check it with a short limit; the mark shows who outlives the check."""
    env = {"PATH": os.environ["PATH"], MARK: mark}
    subject = Subject(program=program, backend=backend, env=env, log=None, limit=limit)
    return check_backend(subject, Terms(kinds=("numeric",)))


def survivors(mark: str) -> list[str]:
    """Processes that still carry the mark."""
    word = f"{MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if word in (folder / "environ").read_bytes().split(b"\0"):
                found.append(folder.name)
        except OSError:
            continue
    return found


KINDS = {
    "MISSING": "cannot be loaded: ",
    "OTHER_VERSION": "has interface version 99",
    "NO_TABLE": "is not a backend",
    "SMALL_TABLE": "(8 bytes)",
    "NO_ENTRY": "is not a backend",
    "CRASHES": "crashed: signal SIGSEGV",
    "CRASHES_AT_LOAD": "load: the provider crashed: segmentation fault",
    "ABORTS": "crashed: signal SIGABRT",
    "HANGS": "hung: no end after 20 s",
    "HANGS_AT_LOAD": "hung: no end after 20 s (before the first numeric case ended)",
    "FORGES": "are not trivet-check's own",
    "FLOODS": "crashed: signal SIGXFSZ",  # standard output is kept in a file, which has a limit
    "EXITS": "ended without its summary line",
    "EXITS_AT_ONCE": "ended without its summary line",
    "NOISE": "are not trivet-check's own",
    "FLEES": "ended without its summary line",
    "WRONG": "gemm ",
    "SPIES": "gemm ",  # and not `exit status 66`, with which it tells that it found the seal
}


@pytest.mark.parametrize(("kind", "expected"), KINDS.items(), ids=KINDS.keys())
def test_a_backend_that_misbehaves_is_refused(
    kind: str, expected: str, program: Path, tmp_path: Path
) -> None:
    """With the reason, within the limit, and with no process left."""
    mark = f"{tmp_path}"
    bad = verdict_on(compiled(tmp_path, kind), program, mark)

    assert any(expected in text for text in bad.failures), bad.failures[:5]
    assert not any("exit status 66" in text for text in bad.failures)
    assert survivors(mark) == []


def no_library(path: Path) -> None:
    path.write_text("this is a text file\n")


def other_machine(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[18:20] = (243).to_bytes(2, "little")  # e_machine: RISC-V
    path.write_bytes(bytes(data))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:2000])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [no_library, other_machine, cut, empty])
def test_a_file_that_is_no_backend_is_refused(
    damage: object, program: Path, tmp_path: Path
) -> None:
    """A text, another architecture, half a file, nothing."""
    path = compiled(tmp_path, "WRONG")
    assert callable(damage)
    damage(path)
    bad = verdict_on(path, program, str(tmp_path))

    assert not bad.green
    assert bad.failures[0].startswith(("cannot be loaded: ", "crashed: ")), bad.failures


def test_a_file_that_is_gone_is_refused(program: Path, tmp_path: Path) -> None:
    """Removed between the build and the check."""
    bad = verdict_on(tmp_path / "none.so", program, str(tmp_path))

    assert bad.failures[0].startswith("cannot be loaded: ")


def test_a_path_with_a_space_and_letters_outside_ascii(program: Path, tmp_path: Path) -> None:
    """It is loaded, and found to be wrong."""
    folder = tmp_path / "Größe und mehr"
    folder.mkdir()
    shutil.move(compiled(tmp_path, "WRONG"), folder / "b.so")
    bad = verdict_on(folder / "b.so", program, str(tmp_path))

    assert any("gemm" in text for text in bad.failures), bad.failures[:3]
