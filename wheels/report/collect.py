# SPDX-License-Identifier: Apache-2.0
"""Read certificates from folders and files; a bad one costs its own row, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from blas_probe.errors import FoundFileError
from blas_probe.rebuild import rebuild
from wheels.errors import CertificateError
from wheels.proof.certificate import Certificate, parse

FOLDER = "certificates"
DIGITS = 20  # of a whole number; more is no size and no rate
PACK = "certificates"
"""Field of what `report --json` prints, for a later --before: every certificate."""


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What a release made of one artefact of its plan."""

    artefact: str
    status: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Release:
    """What no certificate says about a release; `release` leaves it as `build/release.json`."""

    schema: Literal[1] = 1
    project: str
    version: str
    commit: str
    """Empty when the sources are no checkout."""
    date: str
    """Of the sources, as every file of a wheel carries it; never that of the run."""
    fates: tuple[Fate, ...]
    cells: tuple[str, ...]
    """Ids of what was to be installed and exercised."""
    backends: tuple[str, ...]
    """Ids of the certificates of what was to be checked before it was packed."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A file or folder that could not be read."""

    where: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What lies in some folders."""

    certificates: tuple[Certificate, ...] = ()
    problems: tuple[Problem, ...] = ()


def gather(places: Sequence[Path]) -> Gathered:
    """Read folders of certificates, single ones, and what `report --json` printed."""
    found: dict[str, Certificate] = {}
    problems: list[Problem] = []
    for place in places:
        paths = list(_files(place))
        if not paths:
            problems.append(_nothing(place))
        for path in paths:
            try:
                found |= {repr(one): one for one in _read(path)}
            except CertificateError as error:
                problems.append(Problem(where=str(path), what=_words(error)))
    return Gathered(certificates=tuple(found.values()), problems=tuple(problems))


def _files(place: Path) -> Iterator[Path]:
    """A file itself; of a folder its own JSON files, and those of every certificates/ below."""
    if place.is_file():
        yield place
        return
    yield from sorted({*place.glob("*.json"), *place.rglob(f"{FOLDER}/*.json")})


def _nothing(place: Path) -> Problem:
    what = "holds no certificate" if place.is_dir() else "does not exist"
    return Problem(where=str(place), what=f"{what}; a typing error, or nothing was released yet")


def _read(path: Path) -> list[Certificate]:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise CertificateError(f"{path.name}: cannot be read: {error.strerror}") from error
    return [parse(Certificate, one, path.name) for one in _documents(text)]


def _documents(text: bytes) -> list[bytes | str]:
    """The certificates of a file: itself, or those that `report --json` packed."""
    try:
        data: Any = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError):
        return [text]
    packed = data.get(PACK) if isinstance(data, dict) else None
    return [json.dumps(one) for one in packed] if isinstance(packed, list) else [text]


def _whole(text: str) -> int:
    """A whole number that can be drawn and divided."""
    if len(text) > DIGITS:
        raise CertificateError(f"holds a number of {len(text)} digits", why="nothing measures that")
    return int(text)


def _words(error: CertificateError) -> str:
    return f"{error.what}; {error.why}" if error.why else error.what


def read_release(path: Path) -> Release | None:
    """What `release` left; None where there is nothing that can be read."""
    try:
        return rebuild(Release, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError, FoundFileError):
        return None
