# SPDX-License-Identifier: Apache-2.0
"""What lets a reader wait for ever is never read while libraries are looked for."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from blas_probe.binary import read
from blas_probe.binary.host import made_for
from blas_probe.cache import read_entry
from blas_probe.cuda.glibc import clashes
from blas_probe.cuda.host import read_rules
from blas_probe.cuda.includes import missing_headers
from blas_probe.cuda.memory import whose_answer
from blas_probe.cuda.origin import origin_of
from blas_probe.cuda.pieces import header_version, pins_of, text_version, version_file
from blas_probe.cuda.preprocess import HeaderError
from blas_probe.errors import ProbeError
from blas_probe.headers.remember import included
from blas_probe.look import first_bytes
from blas_probe.recipe import load_recipes
from blas_probe.recipe.cuda import GlibcRow
from blas_probe.recipe.load import load_recipe
from blas_probe.search.mounts import remote_mounts
from blas_probe.threads.cgroup import cpu_quota
from blas_probe.threads.loader import loader_of
from blas_probe.threads.runtimes import hidden_copy
from blas_probe.write.files import written_by

REPOSITORY = Path(__file__).resolve().parents[2]


def test_only_regular_files_with_a_size_are_read(tmp_path: Path) -> None:
    """No FIFO, no device, no folder, no file of /proc, no name that cannot be."""
    (tmp_path / "file").write_bytes(b"abcdef")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo")

    assert b"abcd" == first_bytes(tmp_path / "file", 4)
    for name in ("fifo", "nothing", ".", "a\0b", "/dev/zero", "/proc/self/maps"):
        assert b"" == first_bytes(tmp_path / name, 4)


def test_a_fifo_under_any_name_holds_nobody_up(tmp_path: Path) -> None:
    """Library, header or .pc file; where the loader itself waits, a child's time limit ends it."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs FIFOs")
    for name in ("libblas.so.3", "liblapack.so.3", "libopenblas.so", "cblas.h", "openblas.pc"):
        os.mkfifo(tmp_path / name)
    folder = str(tmp_path)
    environ = {**os.environ, "PKG_CONFIG_PATH": folder, "CPATH": folder}

    done = subprocess.run(
        [sys.executable, "-m", "blas_probe", "--site-packages", folder, folder],
        cwd=REPOSITORY, env=environ, capture_output=True, timeout=100,
    )  # fmt: skip

    assert (0, b"") == (done.returncode, done.stderr)


READS: dict[str, Callable[[Path], object]] = {
    "read_rules": lambda path: read_rules(path),
    "header_version": lambda path: header_version(path, ["CUDA_VERSION"]),
    "text_version": lambda path: text_version(path, r"V(\d+)"),
    "made_for": made_for,
    "missing_headers": lambda path: missing_headers(path.name, [path.parent], {}),
    "clashes": lambda path: clashes(path, "99.0", [GlibcRow(since="2.0", functions=("f",))]),
    "read": read,
    "runtime": lambda path: hidden_copy(path, load_recipes().runtimes),
    "cache": read_entry,
    "recipe": lambda path: load_recipe(path),
    "rule": included,
    "written_by": lambda path: written_by(path, "# "),
    "whose_answer": lambda path: whose_answer([str(path)], {}),
}
BELOW: dict[str, Callable[[Path], object]] = {
    "version.json": lambda root: version_file([root]),
    "METADATA": pins_of,
    ".made-by-blas-probe": origin_of,
    "etc/ld.so.cache": loader_of,
    "etc/ld.so.conf": loader_of,
    "proc/self/mountinfo": lambda root: (remote_mounts(root), cpu_quota(root)),
    "proc/self/cgroup": cpu_quota,
}


def strange(path: Path) -> Iterator[str]:
    """One after the other stands at `path`: a FIFO, a device without end, a folder, 200 GB."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    yield "FIFO"
    path.unlink()
    path.symlink_to("/dev/zero")
    yield "/dev/zero"
    path.unlink()
    path.mkdir()
    yield "folder"
    path.rmdir()
    with path.open("wb") as file:
        file.write(b"\x7fELF")
        try:
            file.truncate(200 << 30)
        except OSError:  # not on every file system
            return
    yield "200 GB"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
@pytest.mark.parametrize("name", [*READS, *BELOW])
def test_no_reader_waits_for_what_stands_at_its_path(name: str, tmp_path: Path) -> None:
    """The alarm ends a reader that waits; SIGALRM's own action would end the whole run."""

    def give_up(*_: object) -> None:
        pytest.fail("it waits")

    path = tmp_path / (name if name in BELOW else "libfile.so")
    before = signal.signal(signal.SIGALRM, give_up)
    try:
        for _ in strange(path):
            signal.alarm(30)
            with contextlib.suppress(ProbeError, HeaderError):
                BELOW[name](tmp_path) if name in BELOW else READS[name](path)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
