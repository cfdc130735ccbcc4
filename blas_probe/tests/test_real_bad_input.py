# SPDX-License-Identifier: Apache-2.0
"""All bad inputs at once, beside good libraries, through the command itself. Run with `-m real`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blas_probe.tests.fuzz import strange_files, users_of
from blas_probe.tests.made import maker
from blas_probe.tests.tiny_elf import tiny_elf

pytestmark = pytest.mark.real

REPOSITORY = Path(__file__).resolve().parents[2]
START = "__attribute__((constructor)) void start(void)"
CONSTRUCTORS = {
    "crash": ("*(volatile int *)0 = 1;", "crashed with SIGSEGV while being opened"),
    "abort": ("abort();", "crashed with SIGABRT while being opened"),
    "hang": ("for (;;) pause();", "did not answer within 2 s and was killed while being opened"),
    "exit": ("exit(0);", "ended its process with exit code 0 while being opened"),
    "flood": ('for (;;) write(1, "xxxxxxxx", 8);', "did not answer within 2 s"),
    "bomb": ("while (fork() >= 0) if (getppid() == 1) break; pause();", None),
    "forks": ("if (fork() == 0) { setsid(); for (;;) pause(); }", None),
    "killer": ("kill(getppid(), 9); for (;;) pause();", "the library ended or stopped it"),
    "stopper": ("kill(getppid(), 19); for (;;) pause();", "its supervisor failed"),
    "interrupter": ("kill(getppid(), 2); for (;;) pause();", "its supervisor failed"),
    "noise": ("TELL(5)", None),
    "forger": ("TELL(5) _exit(0);", "ended its process with exit code 0 while being opened"),
}  # fmt: skip
# Lines as the child itself tells them, into whatever descriptor is open.
TELL = (
    "#define TELL(x) for (int i = 3; i < 40; i++) "
    r'dprintf(i, "\n{\"measured\": %d}\n{\"done\": 1}\n", x);'
)
NVCCS = {
    "script": "#!/bin/sh\nexit 3\n",
    "nonsense": "#!/bin/sh\necho 'Cuda compilation tools, release banana, V$$$'\n",
    "hang": "#!/bin/sh\nsleep 60\n",
    "binary": "\0\1\2",
    "flood": "#!/bin/sh\nyes release\n",
}


def bad_constructors(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """A library for each behaviour; a bomb is not let loose on the machine that runs tests."""
    make = maker(folder)
    for name, (body, problem) in CONSTRUCTORS.items():
        if name != "bomb":
            code = f"#include <signal.h>\n{TELL}\n{START} {{ {body} }}"
            yield make(code, file=f"libblas_{name}.so"), problem


def bad_files(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """Files that are no library, and those of another machine."""
    contents = {
        "random": (bytes(range(256)) * 40, "it is no library of any known format"),
        "truncated": (tiny_elf(defined=("dgemm_",))[:300], "cut off"),
        "foreign": (tiny_elf(defined=("dgemm_",), machine=183), "built for aarch64"),
    }
    for name, (data, problem) in contents.items():
        path = folder / f"libblas_{name}.so.3"
        path.write_bytes(data)
        yield path, problem


def run(
    paths: list[Path], home: Path, *more: str, **environ: str
) -> tuple[dict[str, Any], float, str]:
    """The command's answer, its seconds, and what it said beside it."""
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "blas_probe", "--json", "--timeout", "2", *more, *map(str, paths)],
        cwd=REPOSITORY, env={**os.environ, "BLAS_PROBE_CACHE": str(home), **environ},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout), time.monotonic() - begin, done.stderr


def test_every_bad_library_costs_its_row_alone(tmp_path: Path) -> None:
    """The good one among them is described; nothing is printed beside, nothing stays behind."""
    expected = dict([*bad_constructors(tmp_path), *bad_files(tmp_path)])
    good = maker(tmp_path)(file="libblas_good.so")
    strange = strange_files(tmp_path)

    found, seconds, said = run([*expected, good, *strange], tmp_path / "cache")

    rows = {row["path"]: row for row in found["libraries"]}
    for path, problem in expected.items():
        assert (problem or "None") in str(rows[str(path)]["problem"])
    assert (None, 32, "normal") == tuple(
        rows[str(good)][name] for name in ("problem", "int_bits", "complex_return")
    )
    for path in strange:
        named = [row for row in found["libraries"] if str(path) in row["names"]]
        assert 1 == len(named)
        assert named[0]["problem"] or "unreadable" in path.name  # root may read everything
    assert "" == said
    assert [] == users_of(tmp_path)
    assert seconds < 60


def test_every_odd_nvcc_costs_its_own_answer(tmp_path: Path) -> None:
    """It is described as a toolkit that cannot be asked, or not at all; libraries as ever."""
    folders = []
    for name, text in NVCCS.items():
        file = tmp_path / name / "bin/nvcc"
        file.parent.mkdir(parents=True)
        file.write_text(text)
        file.chmod(0o755)
        folders.append(str(file.parent))
    good = maker(tmp_path)(file="libblas_good.so")

    found, seconds, said = run([good], tmp_path / "cache", PATH=":".join(
        [*folders, os.environ["PATH"]]))  # fmt: skip

    assert any(row["path"] == str(good) and row["problem"] is None for row in found["libraries"])
    mine = [row for row in found["toolkits"] if row["root"].startswith(str(tmp_path))]
    assert all(row["compiles"] != "yes" for row in mine)
    assert "" == said
    assert seconds < 60
