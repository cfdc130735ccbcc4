# SPDX-License-Identifier: Apache-2.0
"""What a release refuses before it works, and what it leaves alone in build/ and dist/."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from wheels import release
from wheels.archive import NEWEST, OLDEST
from wheels.cli import main, parser
from wheels.errors import StateError, UnknownSelectionError, UsageError
from wheels.fingerprint import HashCache
from wheels.folders import Folders, folders_of
from wheels.plan import Artefact, Plan
from wheels.prepare import Prepared, Request, source_date
from wheels.progress import PlainProgress
from wheels.publish import ship
from wheels.release import Stage, run
from wheels.state import MARK
from wheels.tests.plan_samples import PLATFORM
from wheels.tests.proof_samples import certificate_for

OTHER = "win_amd64"


def folders(folder: Path, **changes: Path) -> Folders:
    """All folders of a release below one."""
    places = {name: folder / name for name in ("build", "dist", "index")}
    return folders_of(**{**places, **changes})


class Reached(Exception):
    """The work began."""


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop where the work begins."""

    def stop(*_: object) -> None:
        raise Reached

    monkeypatch.setattr(release, "prepare", stop)


def start(place: Folders, until: Stage = "release") -> None:
    """Run a release that `no_work` stops."""
    run(Request(folders=place), PlainProgress(io.StringIO()), until=until)


def test_a_command_that_is_refused_removes_nothing(tmp_path: Path) -> None:
    """Neither the hidden folders of others nor what a killed run left."""
    kept = [tmp_path / name for name in (".git", ".venv", "packed", f"packed/.a{MARK}x")]
    for path in kept:
        path.mkdir()

    code = main(["build", "--build", str(tmp_path), "--platform", "nonsense"])

    assert code == UnknownSelectionError.exit_code
    assert all(path.is_dir() for path in kept)


@pytest.mark.usefixtures("no_work")
def test_folders_that_can_be_written_let_the_work_begin(tmp_path: Path) -> None:
    """And nothing is made before."""
    with pytest.raises(Reached):
        start(folders(tmp_path))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_work")
def test_a_place_that_cannot_be_filled_is_told_before_the_work(tmp_path: Path) -> None:
    """Not after hours of compiling; a stage that does not write there does not ask."""
    (tmp_path / "file").write_text("mine")

    with pytest.raises(StateError, match="--dist"):
        start(folders(tmp_path, dist=tmp_path / "file"))
    with pytest.raises(UsageError, match="is no index of ours"):
        start(folders(tmp_path, index=tmp_path / "file"))
    with pytest.raises(StateError, match="--index"):
        start(folders(tmp_path, index=tmp_path / "file" / "index"))
    with pytest.raises(UsageError, match="cannot be the index"):
        start(folders(tmp_path, index=tmp_path / "build"))
    with pytest.raises(Reached):
        start(folders(tmp_path, dist=tmp_path / "file"), until="pack")


def filled(folder: Path) -> Folders:
    """A dist/ with one wheel of each of two platforms, one of each is planned no more."""
    place, cache = folders(folder), HashCache()
    for platform in (PLATFORM, OTHER):
        for kind in ("old", "new"):
            path = folder / f"trivet_{kind}-1-py3-none-{platform}.whl"
            path.write_bytes(b"wheel")
            ship(path, certificate_for(path, f"{kind}-{platform}"), place.dist, cache)
    return place


def left(
    place: Folders,
    *platforms: str,
    barren: Mapping[str, tuple[str, ...]],
    monkey: pytest.MonkeyPatch,
) -> tuple[list[str], str]:
    """What stays in dist/ after a plan that holds `new` alone, and what was said."""
    rows = [row for row in (PLATFORM, OTHER) if not platforms or row in platforms]
    artefacts = tuple(
        Artefact(id=f"new-{row}", kind="backend", distribution="trivet", platform=row)
        for row in rows
        if row not in barren
    )
    ready = SimpleNamespace(
        request=Request(folders=place, platforms=platforms),
        plan=Plan(cells=(), artefacts=artefacts, exclusions=()),
        rows=SimpleNamespace(platforms=[SimpleNamespace(id=row) for row in rows]),
    )
    monkey.setattr(release, "barren_platforms", lambda _: barren)
    said = io.StringIO()
    release._withdraw_unplanned(cast(Prepared, ready), PlainProgress(said))
    return sorted(path.stem for path in place.shipped_certificates.iterdir()), said.getvalue()


def test_a_whole_release_takes_out_what_is_not_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And names it."""
    names, said = left(filled(tmp_path), barren={}, monkey=monkeypatch)

    assert names == [f"new-{PLATFORM}", f"new-{OTHER}"]
    assert f"taken out of dist/: old-{PLATFORM}" in said
    assert f"taken out of dist/: old-{OTHER}" in said


def test_a_release_of_one_platform_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--platform decides about its own wheels."""
    names, said = left(filled(tmp_path), OTHER, barren={}, monkey=monkeypatch)

    assert names == [f"new-{PLATFORM}", f"new-{OTHER}", f"old-{PLATFORM}"]
    assert PLATFORM not in said


@pytest.mark.parametrize("platforms", [(), (OTHER,)])
def test_a_platform_that_cannot_be_made_now_keeps_its_wheels(
    platforms: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing compiler or provider is no reason to take out what is proven."""
    barren = {OTHER: ("no provider",)}

    names, _ = left(filled(tmp_path), *platforms, barren=barren, monkey=monkeypatch)

    assert {f"new-{OTHER}", f"old-{OTHER}", f"new-{PLATFORM}"} <= set(names)


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", str(NEWEST + 1), "9" * 17])
def test_a_time_that_no_wheel_can_carry_is_refused(text: str, tmp_path: Path) -> None:
    """The error names the value and the range."""
    with pytest.raises(UsageError, match=f"SOURCE_DATE_EPOCH={text} (?s:.)*1980 to 2107"):
        source_date(tmp_path, {"SOURCE_DATE_EPOCH": text})


@pytest.mark.parametrize("seconds", [0, 1, OLDEST, NEWEST])
def test_times_before_zip_count_as_its_first_second(seconds: int, tmp_path: Path) -> None:
    """Distributions set 0 or 1."""
    taken = source_date(tmp_path, {"SOURCE_DATE_EPOCH": str(seconds)})

    assert taken == max(seconds, OLDEST)


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", ""])
def test_jobs_are_at_least_one(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused with the command line."""
    with pytest.raises(SystemExit):
        parser().parse_args(["build", "--jobs", text])

    assert "is no whole number from 1 on" in capsys.readouterr().err
    assert parser().parse_args(["build", "--jobs", "3"]).jobs == 3
