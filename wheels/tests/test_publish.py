# SPDX-License-Identifier: Apache-2.0
"""dist/: at no moment a wheel that no certificate describes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from blas_probe.choose import Choice
from wheels import publish
from wheels.errors import DiskFullError, PackError
from wheels.fingerprint import HashCache, sha256
from wheels.libraries import Supply
from wheels.pack import require_proven
from wheels.publish import ship, sweep, sweep_build, withdraw
from wheels.state import MARK, new_folder, read_json_or_none, replacing
from wheels.tests.proof_samples import PROOF, certificate_for
from wheels.tests.source_samples import FAST, LIBRARY

NAME = "trivet_x-1-py3-none-any.whl"


def wheel(folder: Path, content: bytes, name: str = NAME) -> Path:
    """Write something that stands for a wheel."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def put(path: Path, dist: Path, cache: HashCache) -> None:
    """Ship a wheel with a certificate of its own."""
    ship(path, certificate_for(path, "backend-x"), dist, cache)


def test_a_wheel_lies_there_with_its_certificate(tmp_path: Path) -> None:
    """The certificate names the file and its hash."""
    dist, cache = tmp_path / "dist", HashCache()

    put(wheel(tmp_path / "packed", b"1"), dist, cache)

    record = read_json_or_none(dist / "certificates/backend-x.json")
    assert record is not None
    assert record["file"] == NAME
    assert record["sha256"] == cache.of(dist / NAME)


def test_a_wheel_swapped_after_its_proof_does_not_ship(tmp_path: Path) -> None:
    """Not even when its size and its time are those of the proven one."""
    dist, cache = tmp_path / "dist", HashCache()
    path = wheel(tmp_path / "packed", b"right")
    times = path.stat()
    certificate = certificate_for(path, "backend-x")
    assert cache.of(path) == certificate.sha256
    path.write_bytes(b"wrong")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    with pytest.raises(PackError, match="is not the wheel that was proven"):
        ship(path, certificate, dist, cache)
    assert list(dist.glob("*.whl")) == []


def test_a_wheel_swapped_in_dist_is_swept_away(tmp_path: Path) -> None:
    """In place, with the old size and time."""
    dist, cache = tmp_path / "dist", HashCache()
    put(wheel(tmp_path / "packed", b"right"), dist, cache)
    times = (dist / NAME).stat()
    (dist / NAME).write_bytes(b"wrong")
    os.utime(dist / NAME, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert sweep(dist, cache, names=["trivet"]) == [NAME]


def test_a_new_tag_replaces_the_old_file(tmp_path: Path) -> None:
    """Not both lie there afterwards."""
    dist, cache = tmp_path / "dist", HashCache()
    put(wheel(tmp_path / "packed", b"1"), dist, cache)

    other = wheel(tmp_path / "packed", b"2", "trivet_x-1-py3-none-manylinux_2_36_x86_64.whl")
    put(other, dist, cache)

    assert [path.name for path in dist.glob("*.whl")] == [other.name]


def test_killed_between_certificate_and_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the moment, no wheel without a matching certificate is left."""
    dist, cache = tmp_path / "dist", HashCache()
    put(wheel(tmp_path / "packed", b"1"), dist, cache)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publish, "share_or_copy", full)
    with pytest.raises(DiskFullError):
        put(wheel(tmp_path / "packed", b"22"), dist, cache)

    assert list(dist.glob("*.whl")) == []


def test_withdrawing_takes_wheel_and_certificate(tmp_path: Path) -> None:
    """A backend that failed is not in dist/, also when an older one was."""
    dist, cache = tmp_path / "dist", HashCache()
    put(wheel(tmp_path / "packed", b"1"), dist, cache)

    assert withdraw("backend-x", dist)
    assert list(dist.rglob("*.*")) == []
    assert not withdraw("backend-x", dist)


def test_sweep_removes_ours_without_certificate_and_nobody_elses(tmp_path: Path) -> None:
    """Another project's wheel in dist/ is none of our business."""
    dist, cache = tmp_path / "dist", HashCache()
    put(wheel(tmp_path / "packed", b"1"), dist, cache)
    wheel(dist, b"?", "trivet_y-1-py3-none-any.whl")
    wheel(dist, b"?", "numpy-1-py3-none-any.whl")
    wheel(dist, b"half", f".trivet_z.whl{MARK}7-7")
    wheel(dist / "certificates", b"{", f".z.json{MARK}7-7")

    removed = sweep(dist, cache, names=["trivet", "blas_probe"])

    assert removed == ["trivet_y-1-py3-none-any.whl"]
    assert sorted(p.name for p in dist.iterdir()) == [
        "certificates",
        "numpy-1-py3-none-any.whl",
        NAME,
    ]
    assert [path.name for path in (dist / "certificates").iterdir()] == ["backend-x.json"]


def test_sweep_leaves_the_temporary_files_of_others(tmp_path: Path) -> None:
    """Those of another program, and all that lies deeper than we write."""
    dist = tmp_path / "dist"
    kept = [
        wheel(dist, b"?", ".download.part"),
        wheel(dist / "sub", b"?", f".x{MARK}7-7"),
        wheel(dist / ".git", b"?", "index.part"),
    ]

    sweep(dist, HashCache(), names=["trivet"])

    assert all(path.is_file() for path in kept)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"file": "trivet_x-1-py3-none-any.whl"}',
        '{"file": 5, "sha256": []}',
        '{"file": "../kept", "sha256": "0"}',
    ],
)
def test_a_damaged_certificate_describes_nothing(text: str, tmp_path: Path) -> None:
    """Its wheel is swept away, nothing outside dist/ is, and the artefact ships anew."""
    dist, cache = tmp_path / "dist", HashCache()
    (tmp_path / "kept").write_text("mine")
    put(wheel(tmp_path / "packed", b"1"), dist, cache)
    (dist / "certificates/backend-x.json").write_text(text)

    assert sweep(dist, cache, names=["trivet"]) == [NAME]
    assert not withdraw("backend-x", dist)
    assert (tmp_path / "kept").is_file()
    put(tmp_path / "packed" / NAME, dist, cache)
    assert sweep(dist, cache, names=["trivet"]) == []


def test_sweep_of_build_removes_what_a_killed_run_left(tmp_path: Path) -> None:
    """Unfinished folders go, finished ones and the compiler's cache stay."""
    for name in (f"packed/.a{MARK}x1", "packed/a", f"plat/zig/out/.core{MARK}y", "cache"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "plat/zig/out/core").mkdir()
    (tmp_path / f".found.json{MARK}7-7").write_text("{")

    sweep_build(tmp_path)

    left = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*"))
    assert left == [
        "cache",
        "packed",
        "packed/a",
        "plat",
        "plat/zig",
        "plat/zig/out",
        "plat/zig/out/core",
    ]


def test_sweep_of_build_leaves_the_hidden_folders_of_others(tmp_path: Path) -> None:
    """`--build .` in a checkout: what belongs to git, Python and editors is not ours."""
    for name in (".git", ".venv", "packed/.cache"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "film.part").write_text("half")
    before = sorted(tmp_path.rglob("*"))

    sweep_build(tmp_path)

    assert sorted(tmp_path.rglob("*")) == before


def test_sweep_finds_what_our_own_writers_leave(tmp_path: Path) -> None:
    """The names that a kill -9 leaves behind carry the mark."""
    with replacing(tmp_path / "a.json") as file, new_folder(tmp_path / "b") as folder:
        file.write_text("{}")
        assert sorted(tmp_path.iterdir()) == sorted([file, folder])

        sweep_build(tmp_path)

        assert list(tmp_path.iterdir()) == []
        file.write_text("{}")
        folder.mkdir()


@pytest.mark.parametrize("swapped", ["backend", "library"])
def test_what_was_swapped_between_check_and_pack_is_not_packed(
    swapped: str, tmp_path: Path
) -> None:
    """The backend, or the copy of the library that it was run with; times tell nothing."""
    files = {name: tmp_path / name for name in ("backend", "library")}
    for path in files.values():
        path.write_bytes(b"right")
    linked = {"library": sha256(files["library"])}
    proof = replace(PROOF, sha256=sha256(files["backend"]), linked=linked)
    choice = Choice(variant=FAST, blas=LIBRARY, lapack=None, reasons=())
    supply = Supply(choice=choice, linked=(files["library"],), search=(), rpath=())
    require_proven(files["backend"], supply, proof)
    files[swapped].write_bytes(b"wrong")

    with pytest.raises(PackError, match=f"{swapped} is not the file that was checked"):
        require_proven(files["backend"], supply, proof)
