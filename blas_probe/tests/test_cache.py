# SPDX-License-Identifier: Apache-2.0
"""Remembered answers: used while nothing changed, never afterwards, and never in the way."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from blas_probe import cache as module
from blas_probe.cache import Cache, prune, sample, settled, usual_folder
from blas_probe.call import worker
from blas_probe.library import Library
from blas_probe.probing import measure
from blas_probe.recipe import Recipes
from blas_probe.search.find import File
from blas_probe.search.owners import owners
from blas_probe.search.places import Machine
from blas_probe.tests.tiny_elf import tiny_elf

QUESTION = {"path": "/lib/x", "n": 1}
LATER = 1e12
"""A time so late that every file counts as settled."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the answers go."""
    return tmp_path / "cache"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """What the answer came from."""
    path = tmp_path / "libx.so"
    path.write_bytes(b"x" * 10000)
    return path


def kept(folder: Path, *files: Path) -> None:
    """Keep the answer 42."""
    Cache(folder).keep(QUESTION, 42, files=map(str, files), since=LATER)


def test_an_answer_is_remembered(folder: Path, file: Path) -> None:
    """By another run as well; another question has no answer."""
    kept(folder, file)

    assert 42 == Cache(folder).recall(QUESTION)
    assert Cache(folder).recall({**QUESTION, "n": 2}) is None
    assert Cache(None).recall(QUESTION) is None
    assert Cache(folder, refresh=True).recall(QUESTION) is None


def rewrite_in_place(file: Path) -> None:
    """New bytes of the same number, with the old times."""
    times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    with file.open("r+b") as opened:
        opened.write(b"y")
    os.utime(file, ns=times)


def replace(file: Path) -> None:
    """Another file takes the name, as installers do it."""
    new = file.with_suffix(".new")
    new.write_bytes(file.read_bytes())
    os.utime(new, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    new.replace(file)


def append(file: Path) -> None:
    """It grows."""
    with file.open("ab") as opened:
        opened.write(b"x")


CHANGES: list[Callable[[Path], object]] = [
    rewrite_in_place, replace, append, Path.touch, Path.unlink, lambda file: file.chmod(0o600),
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_file_makes_the_answer_stale(
    folder: Path, file: Path, change: Callable[[Path], object]
) -> None:
    """Whatever changed, and however it tries to look as before."""
    kept(folder, file)

    change(file)

    assert Cache(folder).recall(QUESTION) is None


def test_a_link_that_leads_elsewhere_makes_the_answer_stale(folder: Path, file: Path) -> None:
    """As when a system's alternatives are switched: no file changed, only the link."""
    other = file.with_name("liby.so")
    other.write_bytes(file.read_bytes())
    link = file.with_name("link.so")
    link.symlink_to(file)
    kept(folder, link)
    assert 42 == Cache(folder).recall(QUESTION)

    link.unlink()
    link.symlink_to(other)

    assert Cache(folder).recall(QUESTION) is None


def test_what_was_absent_must_stay_absent(folder: Path, file: Path) -> None:
    """A library that appears earlier on the loader's way wins; so does one in a folder."""
    kept(folder, file.parent / "earlier.so", file.parent / "sub")
    assert 42 == Cache(folder).recall(QUESTION)

    (file.parent / "sub").mkdir()

    assert Cache(folder).recall(QUESTION) is None


@pytest.mark.parametrize("place", [0, 5000, 9999])
def test_times_that_are_all_alike_do_not_hide_other_bytes(file: Path, place: int) -> None:
    """On an image whose files all have one time, the bytes decide."""
    before = sample(str(file), 10000)
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)

    assert before != sample(str(file), 10000)


def test_another_setting_has_its_own_answers(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new version of this program, or another processor, asks anew."""
    kept(folder, file)

    monkeypatch.setattr(module, "_cpu", lambda: ["another one"])

    assert Cache(folder).recall(QUESTION) is None


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux tells the processors")
def test_other_processors_have_their_own_answers(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as before, but maybe of another kind: a library then takes another kernel."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    kept(folder, file)
    assert Cache(folder).recall(QUESTION) is not None

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1})

    assert Cache(folder).recall(QUESTION) is None


def test_a_file_that_has_just_changed_is_not_remembered(folder: Path, file: Path) -> None:
    """A second change could leave its times as they are."""
    Cache(folder).keep(QUESTION, 42, files=[str(file)], since=time.time())

    assert Cache(folder).recall(QUESTION) is None


def test_coarse_times_need_more_rest() -> None:
    """A file system that counts whole seconds hides changes within one."""
    second = 1_000_000_000
    fine, coarse = [0, 1, 2, 3, 5 * second + 1, 0], [0, 1, 2, 3, 5 * second, 0]

    assert (True, False) == (settled(fine, 5.2), settled(fine, 5.05))
    assert (True, False) == (settled(coarse, 8.0), settled(coarse, 7.0))
    assert settled(None, 0.0)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 100000, b'{"setting": 1}', b"\0" * 10,
     b'{"setting": "", "files": [], "answer": 1}'],
    ids=range(9),
)  # fmt: skip
def test_a_damaged_entry_counts_as_none(folder: Path, file: Path, data: bytes) -> None:
    """It is replaced by the next answer."""
    kept(folder, file)
    (entry,) = folder.iterdir()
    entry.write_bytes(data)

    assert Cache(folder).recall(QUESTION) is None
    kept(folder, file)
    assert 42 == Cache(folder).recall(QUESTION)


def test_every_cut_of_an_entry_counts_as_none(folder: Path, file: Path) -> None:
    """A disk that was full leaves half of a file."""
    kept(folder, file)
    (entry,) = folder.iterdir()
    whole = entry.read_bytes()

    for size in range(0, len(whole), 7):
        entry.write_bytes(whole[:size])
        assert Cache(folder).recall(QUESTION) is None


def test_an_entry_that_still_reads_well_but_was_changed_counts_as_none(
    folder: Path, file: Path
) -> None:
    """One digit of the answer is another one."""
    kept(folder, file)
    (entry,) = folder.iterdir()
    entry.write_bytes(entry.read_bytes().replace(b'"answer": 42', b'"answer": 43'))

    assert Cache(folder).recall(QUESTION) is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, file: Path) -> None:
    """The answers are measured each time, and the reason can be told."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    one, below = Cache(blocked), Cache(blocked / "below")

    for cache in (one, below):
        cache.keep(QUESTION, 42, files=[str(file)], since=LATER)
        assert cache.recall(QUESTION) is None
    assert "is no folder" in str(one.problem)
    assert str(blocked) in str(below.problem)


def test_a_folder_that_others_may_write_to_is_not_trusted(folder: Path, file: Path) -> None:
    """Somebody else's answer could be anything."""
    kept(folder, file)
    folder.chmod(0o777)

    cache = Cache(folder)

    assert cache.recall(QUESTION) is None
    assert "others may write" in str(cache.problem)


def test_many_writers_leave_whole_entries(folder: Path, file: Path) -> None:
    """Several runs at once, the same question and others."""
    caches = [Cache(folder) for _ in range(4)]

    def write(index: int) -> None:
        question = {**QUESTION, "n": index % 5}
        caches[index % 4].keep(question, index % 5, files=[str(file)], since=LATER)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(200)))

    assert [0, 1, 2, 3, 4] == [Cache(folder).recall({**QUESTION, "n": n}) for n in range(5)]
    assert 5 == len(list(folder.iterdir()))


def test_the_folder_stays_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older half goes when there are too many; so do rests of runs that were killed."""
    folder.mkdir()
    for index in range(12):
        path = folder / (f"{index}.part" if index < 2 else f"{index}")
        path.write_text("")
        os.utime(path, (index, index))
    monkeypatch.setattr(module, "MOST_ENTRIES", 9)

    prune(folder, now=3600.5)

    assert sorted(["1.part", "7", "8", "9", "10", "11"]) == sorted(
        path.name for path in folder.iterdir()
    )


def test_the_folder_is_the_users_own_place() -> None:
    """The usual one of each system; none when nothing says where home is."""
    home = {"HOME": "/home/me"}

    assert Path("/home/me/.cache/blas-probe") == usual_folder(home, "linux")
    assert Path("/home/me/Library/Caches/blas-probe") == usual_folder(home, "darwin")
    assert Path("/x/blas-probe") == usual_folder({**home, "XDG_CACHE_HOME": "/x"}, "linux")
    assert Path("/y") == usual_folder({**home, "BLAS_PROBE_CACHE": "/y"}, "linux")
    assert usual_folder({}, "linux") is None
    assert usual_folder({}, "win32") is None


def test_a_second_look_starts_no_child(
    folder: Path, recipes: Recipes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record is the same; after a change the file is read again."""
    path = tmp_path / "libblas.so"
    path.write_bytes(tiny_elf(defined=("printf",)))
    os.utime(path, (1, 1))
    monkeypatch.setattr(module, "settled", lambda one, since: True)

    def look() -> list[Library]:
        files = [File(path=str(path), names=(str(path),), source="path", problem=None)]
        cache = Cache(folder)
        return measure(files, recipes, environ={}, jobs=1, timeout=9.0, cache=cache)

    first = look()
    with monkeypatch.context() as patched:
        patched.setattr(worker, "supervised", lambda request, environment: "not allowed")
        assert first == look()
    path.write_bytes(b"")

    assert "the file is empty" in str(look()[0].problem)


def test_packages_are_looked_up_until_their_manager_changes_something(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new version of a package is told at once."""
    monkeypatch.setattr(module, "settled", lambda one, since: True)
    root = tmp_path / "root"
    (root / "var/lib/dpkg/info").mkdir(parents=True)
    (root / "var/lib/dpkg/info/libx.list").write_text("/usr/lib/libx.so\n")
    machine = Machine(root=root, triplet="x", environ={}, site_packages=())

    def told(version: str) -> dict[str, str]:
        status = root / "var/lib/dpkg/status"
        status.write_text(f"Package: libx\nVersion: {version}\n\n")
        return owners(machine, [f"{root}/usr/lib/libx.so"], Cache(folder))

    assert ["libx 1"] == list(told("1").values())
    assert ["libx 22"] == list(told("22").values())
    with monkeypatch.context() as patched:
        patched.setattr("blas_probe.search.owners.dpkg", lambda *given: 1 / 0)
        cached = owners(machine, [f"{root}/usr/lib/libx.so"], Cache(folder))
    assert ["libx 22"] == list(cached.values())
