# SPDX-License-Identifier: Apache-2.0
"""Files between stages appear whole or not at all; fingerprints see every change."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ci.acting import read_plan
from ci.errors import CiError
from wheels import build, pack
from wheels.build import Workshop
from wheels.errors import DiskFullError, ReadOnlyError, StateError, WheelsError
from wheels.finding import read_found
from wheels.fingerprint import HashCache, fingerprint
from wheels.pack import Bench
from wheels.plan import Plan
from wheels.state import (
    new_folder,
    read_json,
    read_json_or_none,
    replacing,
    require_writable,
    write_if_changed,
    write_json,
)


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


@pytest.mark.parametrize("entry", ["short", [], ["stamp"], 5, None, [1, 2], {"a": 1}])
def test_the_hash_cache_forgets_what_is_no_entry(tmp_path: Path, entry: object) -> None:
    """The file is hashed anew."""
    path = tmp_path / "x"
    path.write_bytes(b"x")
    (tmp_path / "cache.json").write_text(json.dumps({str(path): entry}))

    assert HashCache(tmp_path / "cache.json").of(path) == HashCache().of(path)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"files": []},
        {"files": {}},
        {"files": {"a": 5}},
        {"files": {"a": "0"}},
    ],
)
def test_a_unit_whose_record_is_damaged_is_built_anew(
    tmp_path: Path, record: dict[str, object]
) -> None:
    """The fingerprint alone proves nothing."""
    (tmp_path / "a").write_bytes(b"a")
    write_json(tmp_path / build.RECORD, {"fingerprint": "1", **record})
    shop = cast(Workshop, SimpleNamespace(out=lambda _: tmp_path, cache=HashCache()))

    assert build.finished(shop, "core", "1") is None


@pytest.mark.parametrize(
    "lost", [{"file": 5}, {"sha256": None}, {"tag": []}, {"grafted": "x"}, {"notes": {}}]
)
def test_a_wheel_whose_record_is_damaged_is_packed_anew(
    tmp_path: Path, lost: dict[str, object]
) -> None:
    """A field is missing or of another kind."""
    (tmp_path / "a.whl").write_bytes(b"a")
    digest = HashCache().of(tmp_path / "a.whl")
    whole: dict[str, Any] = {"fingerprint": "1", "file": "a.whl", "sha256": digest, "tag": "t"}
    whole |= {"grafted": [], "notes": []}
    bench = cast(Bench, SimpleNamespace(shop=SimpleNamespace(cache=HashCache())))

    write_json(tmp_path / pack.RECORD, whole)
    assert pack.finished(tmp_path, "x", "1", bench)
    write_json(tmp_path / pack.RECORD, whole | lost)
    assert pack.finished(tmp_path, "x", "1", bench) is None
    write_json(tmp_path / pack.RECORD, {"fingerprint": "1"})
    assert pack.finished(tmp_path, "x", "1", bench) is None


def test_a_file_in_no_known_letters_is_written_anew(tmp_path: Path) -> None:
    """Whatever lies there, it is not the text."""
    (tmp_path / "x.json").write_bytes(b"\xff\xfe")

    write_if_changed(tmp_path / "x.json", "{}")

    assert (tmp_path / "x.json").read_text() == "{}"


def test_trying_a_folder_leaves_nothing_there(tmp_path: Path) -> None:
    """Neither the folder that is still missing nor a file in the one above it."""
    require_writable(tmp_path / "deep" / "dist", "--dist")

    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    """The error names the option, the path and the way out."""
    (tmp_path / "file").write_text("mine")

    for path in (tmp_path / "file", tmp_path / "file" / "dist"):
        with pytest.raises(StateError, match=r"--dist: .*file(?s:.)*lies where a folder must be"):
            require_writable(path, "--dist")


@pytest.mark.skipif(not Path("/proc/sys").is_dir(), reason="a folder that nobody may write to")
def test_a_folder_that_may_not_be_written_is_told() -> None:
    """Found out by trying, so that it holds for root and for read-only mounts too."""
    with pytest.raises(WheelsError, match="cannot write to the folder of --dist"):
        require_writable(Path("/proc/sys/dist"), "--dist")


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
