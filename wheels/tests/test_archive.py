# SPDX-License-Identifier: Apache-2.0
"""Wheels are byte-identical from the same tree, and their RECORD is right."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import time
import zipfile
from pathlib import Path

import pytest

from wheels.archive import read_member, unpack_wheel, write_wheel
from wheels.errors import PackError

EPOCH = 1_700_000_000


def make_tree(folder: Path, order: list[str]) -> Path:
    """Write a small wheel's files in the given order."""
    files = {
        "m/__init__.py": b"",
        "m/lib.so": b"\x7fELF...",
        "m/a, b.txt": b"comma",
        "m-1.dist-info/METADATA": b"Name: m\nVersion: 1\n\n",
        "m-1.dist-info/WHEEL": b"Wheel-Version: 1.0\n",
    }
    for name in order or list(files):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
    return folder


def test_the_same_tree_gives_the_same_bytes(tmp_path: Path) -> None:
    """Other folder, other order, other time, other umask: nothing shows."""
    first = make_tree(tmp_path / "one", [])
    write_wheel(first, tmp_path / "a" / "m.whl", epoch=EPOCH)
    names = sorted(p.relative_to(first).as_posix() for p in first.rglob("*.*") if p.is_file())
    old = os.umask(0o077)
    try:
        second = make_tree(
            tmp_path / "two", [*names[::-1], "m-1.dist-info/METADATA", "m-1.dist-info/WHEEL"]
        )
        time.sleep(0.01)
        write_wheel(second, tmp_path / "b" / "m.whl", epoch=EPOCH)
    finally:
        os.umask(old)

    assert (tmp_path / "a/m.whl").read_bytes() == (tmp_path / "b/m.whl").read_bytes()


def test_record_lists_every_file_with_its_hash(tmp_path: Path) -> None:
    """RECORD is last, complete, and right, also for names with a comma."""
    write_wheel(make_tree(tmp_path / "t", []), tmp_path / "m.whl", epoch=EPOCH)

    with zipfile.ZipFile(tmp_path / "m.whl") as archive:
        names = archive.namelist()
        rows = list(csv.reader(io.StringIO(archive.read("m-1.dist-info/RECORD").decode())))
        assert names[-1] == "m-1.dist-info/RECORD"
        assert [row[0] for row in rows] == names
        for name, digest, size in rows[:-1]:
            data = archive.read(name)
            right = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={right}", str(len(data)))


def test_libraries_stay_executable(tmp_path: Path) -> None:
    """Permissions go through the archive and back."""
    write_wheel(make_tree(tmp_path / "t", []), tmp_path / "m.whl", epoch=EPOCH)
    unpack_wheel(tmp_path / "m.whl", tmp_path / "out")

    assert os.access(tmp_path / "out/m/lib.so", os.X_OK)
    assert not os.access(tmp_path / "out/m/__init__.py", os.X_OK)


def test_a_tree_without_dist_info_is_refused(tmp_path: Path) -> None:
    """Such a thing is no wheel."""
    (tmp_path / "t").mkdir()

    with pytest.raises(PackError):
        write_wheel(tmp_path / "t", tmp_path / "m.whl", epoch=EPOCH)
    assert not (tmp_path / "m.whl").exists()


def test_a_missing_member_is_told(tmp_path: Path) -> None:
    """The error names the file and what it lacks."""
    write_wheel(make_tree(tmp_path / "t", []), tmp_path / "m.whl", epoch=EPOCH)

    with pytest.raises(PackError, match="holds no entry_points"):
        read_member(tmp_path / "m.whl", "entry_points.txt")
