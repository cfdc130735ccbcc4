# SPDX-License-Identifier: Apache-2.0
"""Mounts that do not answer cost a row and a moment, not the search."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from blas_probe.recipe import Recipes
from blas_probe.search import find as search
from blas_probe.search import places
from blas_probe.search.find import find
from blas_probe.search.mounts import (
    Mount,
    folders_named,
    mount_of,
    patiently,
    remote_mounts,
    silent,
    without,
)
from blas_probe.search.places import Candidate, Machine

DEAD = Mount("/net/dead", "nfs4")
MOUNTS = (
    "22 1 0:21 / / rw - ext4 /dev/vda rw\n"
    "40 22 0:50 / /net/dead rw,relatime shared:9 - nfs4 server:/x rw\n"
    "41 22 0:51 / /home/my\\040files rw - fuse.sshfs me@there rw\n"
    "42 22 0:52 / / rw - 9p all rw\n"
    "nonsense\n"
)


def test_file_systems_of_others_are_known_by_their_kind(tmp_path: Path) -> None:
    """Local ones are never tried, nor is the root: without it nothing works anyway."""
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(MOUNTS)

    assert remote_mounts(tmp_path) == [DEAD, Mount("/home/my files", "fuse.sshfs")]
    assert remote_mounts(tmp_path / "nothing") == []


def test_who_does_not_answer_is_found_in_one_moment() -> None:
    """All are asked at once; an error is an answer."""
    never, well, refusing = Mount("/a", "nfs"), Mount("/b", "nfs"), Mount("/c", "nfs")
    stop = threading.Event()

    def look(path: str) -> None:
        if path.startswith("/a"):
            stop.wait(60)
        if path.startswith("/c"):
            raise PermissionError

    begin = time.monotonic()
    found = silent([never, well, refusing], ["/a/lib", "/a/lib2", "/b/x", "/d"], seconds=0.2,
                   look=look)  # fmt: skip
    stop.set()

    assert found == [never]
    assert time.monotonic() - begin < 10


def test_the_innermost_mount_counts() -> None:
    """By the text of the path alone: nobody looks at it."""
    inner = Mount("/net/dead/well", "nfs")

    assert mount_of("/net/dead/x/../y", [DEAD, inner]) == DEAD
    assert mount_of("/net/dead/well/lib", [DEAD, inner]) == inner
    assert mount_of("/net/deadly/lib", [DEAD]) is None


def test_variables_lose_the_paths_that_nobody_answers_for() -> None:
    """The others stay in their order; other values stay as they are."""
    environ = {"LD_LIBRARY_PATH": "/a:/net/dead/lib:/b", "MKLROOT": "/net/dead/mkl", "X": "a;b"}

    assert without(environ, [DEAD]) == {"LD_LIBRARY_PATH": "/a::/b", "MKLROOT": "", "X": "a;b"}
    assert folders_named(environ) == ["/a", "/net/dead/lib", "/b", "/net/dead/mkl"]


def test_a_source_that_hangs_gives_what_it_had() -> None:
    """Nobody waits for the rest."""
    stop = threading.Event()

    def source() -> Iterator[int]:
        yield 1
        stop.wait(60)
        yield 2

    assert patiently(source, seconds=0.2) == [1]
    stop.set()


def test_a_silent_mount_is_a_row_beside_all_that_is_found(
    tmp_path: Path, recipes: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One source hangs there; the others' libraries are found."""
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "usr/lib/libopenblas.so.0").touch()
    stop = threading.Event()

    def hangs(*_: object) -> Iterator[Candidate]:
        stop.wait(60)
        return iter(())

    monkeypatch.setattr(places, "local", hangs)
    monkeypatch.setattr(search, "patiently", lambda source: patiently(source, seconds=0.5))
    machine = Machine(root=tmp_path, triplet="x", environ={}, site_packages=(), silent=(DEAD,))

    library, mount = find(recipes, machine)
    stop.set()

    assert library.path == str(tmp_path / "usr/lib/libopenblas.so.0")
    assert (mount.path, "does not answer" in str(mount.problem)) == ("/net/dead", True)
