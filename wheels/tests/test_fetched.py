# SPDX-License-Identifier: Apache-2.0
"""A package that was fetched once is kept only while it is what the row asks for."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from wheels import providers
from wheels.fingerprint import HashCache
from wheels.progress import PlainProgress
from wheels.providers import Fetched
from wheels.rows import Platform
from wheels.state import read_json_or_none
from wheels.tests.target_samples import PLATFORMS

PLATFORM = PLATFORMS["manylinux_2_28_aarch64"]
PINNED = "x==1"
LIBRARY = f"x-1/{providers.SITE}/x/libx.so"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The command lines of a pip that always delivers."""
    seen: list[Sequence[str]] = []

    def pip(argv: Sequence[str], **_: object) -> None:
        seen.append(argv[:-1])
        folder = Path(argv[-1])
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / "x-1-py3-none-any.whl", "w") as archive:
            archive.writestr("x/libx.so", b"library " * 1000)

    monkeypatch.setattr(providers, "call", pip)
    return seen


def fetched(
    folder: Path, row: Platform = PLATFORM, *, native: bool = False, offline: bool = False
) -> Fetched:
    """One fetch."""
    return providers.fetch(
        [PINNED], row, folder, logs=folder, progress=PlainProgress(io.StringIO()), native=native,
        offline=offline, cache=HashCache(),
    )  # fmt: skip


def test_what_is_as_it_came_is_kept(tmp_path: Path, asked: list[Sequence[str]]) -> None:
    """Also without a network."""
    first, again = fetched(tmp_path), fetched(tmp_path, offline=True)

    assert first == again
    assert not first.failures
    assert 1 == len(asked)


def test_a_package_for_other_names_of_the_platform_is_fetched_again(
    tmp_path: Path, asked: list[Sequence[str]]
) -> None:
    """A wrong row brings a wrong package, and a corrected one the right package."""
    wrong = dataclasses.replace(PLATFORM, pip_platforms=("win_amd64",))
    for row in (wrong, PLATFORM, PLATFORM):
        assert not fetched(tmp_path, row).failures
    fetched(tmp_path, native=True)

    assert [True, False, False] == ["win_amd64" in words for words in asked]


@pytest.mark.parametrize("damage", ["cut", "empty", "zeros", "gone", "wheel"])
def test_a_damaged_package_is_fetched_again(
    damage: str, tmp_path: Path, asked: list[Sequence[str]]
) -> None:
    """Without a network it is refused."""
    fetched(tmp_path)
    place = tmp_path / PLATFORM.id
    path = place / LIBRARY
    whole = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "wheel":
        next((place / "x-1/wheels").glob("*.whl")).write_bytes(b"")
    else:
        path.write_bytes({"cut": whole[:99], "empty": b"", "zeros": bytes(len(whole))}[damage])

    assert "changed since" in fetched(tmp_path, offline=True).failures[PINNED]
    assert not fetched(tmp_path).failures
    assert whole == path.read_bytes()
    assert 2 == len(asked)


def test_what_was_fetched_is_remembered(tmp_path: Path, asked: list[Sequence[str]]) -> None:
    """By name and hash of each file, and by what pip was told."""
    fetched(tmp_path)
    mark = read_json_or_none(tmp_path / PLATFORM.id / "x-1" / providers.MARK)

    assert mark
    assert list(PLATFORM.pip_platforms) == mark["pip_platforms"]
    assert LIBRARY.removeprefix("x-1/") in mark["files"]
    assert "wheels/x-1-py3-none-any.whl" in mark["files"]
