# SPDX-License-Identifier: Apache-2.0
"""Files between stages appear whole or not at all; fingerprints see every change."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ci.acting import read_plan
from ci.errors import CiError
from wheels.errors import DiskFullError, ReadOnlyError, StateError
from wheels.finding import read_found
from wheels.fingerprint import HashCache, fingerprint
from wheels.plan import Plan
from wheels.state import new_folder, read_json, read_json_or_none, replacing, write_json


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    """Whoever reads finds the old content, and no temporary file stays."""
    path = tmp_path / "state.json"
    write_json(path, {"a": 1})

    with pytest.raises(KeyboardInterrupt), replacing(path) as temporary:
        temporary.write_text("{half")
        raise KeyboardInterrupt

    assert read_json_or_none(path) == {"a": 1}
    assert [item.name for item in tmp_path.iterdir()] == ["state.json"]


def test_a_full_disk_is_told_and_the_old_file_stays(tmp_path: Path) -> None:
    """ENOSPC becomes an error of its own."""
    path = tmp_path / "state.json"
    write_json(path, 1)

    with pytest.raises(DiskFullError), replacing(path):
        raise OSError(errno.ENOSPC, "No space left on device")

    assert read_json_or_none(path) == 1


def test_a_read_only_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the path and how to choose another."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(tmp_path))

    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(ReadOnlyError, match="--build FOLDER"):
        write_json(tmp_path / "deep" / "state.json", 1)


def test_an_interrupted_folder_leaves_the_old_one(tmp_path: Path) -> None:
    """A folder is replaced as a whole."""
    with new_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("old")

    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("new")
        raise KeyboardInterrupt

    assert (tmp_path / "out" / "a").read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["out"]


def test_reading_names_the_command_that_writes(tmp_path: Path) -> None:
    """Missing and damaged files both say what to run."""
    (tmp_path / "bad.json").write_text("{")

    with pytest.raises(StateError, match="python -m wheels plan"):
        read_json(tmp_path / "none.json", made_by="python -m wheels plan")
    with pytest.raises(StateError, match="python -m wheels plan"):
        read_json(tmp_path / "bad.json", made_by="python -m wheels plan")


def test_a_fingerprint_sees_content_names_and_facts(tmp_path: Path) -> None:
    """Each kind of change gives another value; asking twice gives the same."""
    source = tmp_path / "src"
    source.mkdir()
    (source / "a.cpp").write_text("1")

    def now(*facts: object) -> str:
        return fingerprint(HashCache(), tmp_path, [source], *facts)

    first = now("x")
    assert first == now("x")
    assert first != now("y")
    (source / "a.cpp").write_text("2")
    second = now("x")
    assert first != second
    (source / "a.cpp").rename(source / "b.cpp")
    assert now("x") not in (first, second)


def test_the_hash_cache_notices_a_replaced_file(tmp_path: Path) -> None:
    """Same size, same time, other file: the inode gives it away."""
    cache, path = HashCache(tmp_path / "cache.json"), tmp_path / "lib.so"
    path.write_bytes(b"aaaa")
    os.utime(path, ns=(10**18, 10**18))
    old = cache.of(path)
    other = tmp_path / "other"
    other.write_bytes(b"bbbb")
    os.utime(other, ns=(10**18, 10**18))
    other.replace(path)

    assert cache.of(path) != old


def test_the_hash_cache_forgets_files_that_are_gone(tmp_path: Path) -> None:
    """The file does not grow for ever."""
    cache, path = HashCache(tmp_path / "cache.json"), tmp_path / "x"
    path.write_bytes(b"x")
    cache.of(path)
    path.unlink()
    cache.save()

    assert read_json_or_none(tmp_path / "cache.json") == {}


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[" * 100_000, b'{"schema": 3', b"null", b""])
def test_damaged_documents_are_one_error_each(tmp_path: Path, data: bytes) -> None:
    """No traceback; the probe's answer is simply asked for again."""
    path = tmp_path / "damaged.json"
    path.write_bytes(data)

    assert read_found(path) is None
    with pytest.raises((StateError, CiError)):
        read_plan(path)
    with pytest.raises(StateError):
        Plan.from_json(data.decode("latin-1"))
    if data != b"null":
        assert read_json_or_none(path) is None
        with pytest.raises(StateError, match="cannot be read"):
            read_json(path, made_by="x")
