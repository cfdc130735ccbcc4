# SPDX-License-Identifier: Apache-2.0
"""Baselines on the disk: which to compare with, and how one is recorded."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from blas_probe.errors import FoundFileError
from blas_probe.rebuild import rebuild
from blas_probe.recipe.speed import SpeedRules
from wheels.errors import CertificateError, UsageError
from wheels.proof.baseline import (
    SCHEMA,
    Baseline,
    Recorded,
    added,
    choose,
    file_name,
    levels_of,
    of_certificate,
)
from wheels.proof.certificate import Certificate, Host, ProvenLibrary, parse
from wheels.proof.regress import Against, Tolerance
from wheels.proof.verdict import NotRun
from wheels.state import write_text

FOLDER = "baselines"  # below recipes/
NOT_COMPARED = "comparison with recorded speeds"


def tolerance(rules: SpeedRules) -> Tolerance:
    """What the recipes allow."""
    return Tolerance(margin=rules.baseline_margin, most=rules.baseline_most)


def against(
    place: Path | None, host: Host, libraries: Sequence[ProvenLibrary], rules: SpeedRules
) -> Against | NotRun:
    """What to compare the speeds of these libraries with here; None: nothing was wanted."""
    if place is None:
        return NotRun(what=NOT_COMPARED, why="--no-baseline was given")
    known = [(one, path) for path in files(place) for one in read(path)]
    found = choose([one for one, _ in known], host, libraries)
    if isinstance(found, str):
        return NotRun(what=NOT_COMPARED, why=found)
    return Against(
        name=found.name,
        origin=next(path.name for one, path in known if one is found),
        levels=levels_of(found),
        tolerance=tolerance(rules),
    )


def add_options(sub: argparse.ArgumentParser) -> None:
    """Describe the options that say what speeds are compared with."""
    which = sub.add_mutually_exclusive_group()
    which.add_argument(
        "--baseline",
        type=Path,
        metavar="PATH",
        help="speeds to compare with: a certificate, a folder of them, a recorded file "
        "(default: recipes/baselines)",
    )
    which.add_argument("--no-baseline", action="store_true", help="compare speeds with none")


def wanted(arguments: argparse.Namespace, recipes: Path) -> Path | None:
    """Where the baselines are: as the command line says, else beside the recipes."""
    given: Path | None = arguments.baseline
    if given is not None and not given.exists():
        raise UsageError(f"{given} does not exist", why="a typing error in --baseline")
    return None if arguments.no_baseline else given or recipes / FOLDER


def files(place: Path) -> list[Path]:
    """A file itself; of a folder its own, and those of every certificates/ below."""
    if place.is_file():
        return [place]
    return sorted({*place.glob("*.json"), *place.rglob("certificates/*.json")})


def read(path: Path) -> tuple[Baseline, ...]:
    """The baselines of a recorded file, or the one that a certificate is."""
    try:
        text = path.read_bytes()
        data: Any = json.loads(text)
    except OSError as error:
        raise CertificateError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError):
        data = None  # `parse` says what is wrong with it
    if not isinstance(data, dict) or "baselines" not in data:
        one = of_certificate(parse(Certificate, text, str(path)))
        return (one,) if one else ()
    try:
        return rebuild(Recorded, data).baselines
    except FoundFileError as error:
        what = str(error).partition("; run the probe")[0]
        raise CertificateError(
            f"{path}: {what}",
            why="it was edited, or recorded by another version of these tools",
            then="python -m wheels prove LIBRARY --record, after removing it",
        ) from error


def record(new: Baseline, folder: Path) -> Path:
    """Put a baseline into the file of its CPU."""
    path = folder / file_name(new)
    rows = added(read(path) if path.is_file() else (), new)
    write_text(path, text_of(rows))
    return path


def text_of(rows: Sequence[Baseline]) -> str:
    """The one way in which a file of baselines is written."""
    return "".join(_lines(rows))


def _lines(rows: Sequence[Baseline]) -> Iterator[str]:
    """JSON with one line for each library and each case, so that a change shows as one."""
    yield f'{{\n"schema": {SCHEMA},\n"baselines": [\n'
    for place, row in enumerate(rows):
        facts = {k: v for k, v in dataclasses.asdict(row).items() if k != "levels"}
        yield "".join(["{\n", *(f"{_pair(k, v)},\n" for k, v in facts.items()), '"levels": {\n'])
        yield ",\n".join(_pair(case, level) for case, level in row.levels.items())
        yield "\n}\n}" + ("\n" if place == len(rows) - 1 else ",\n")
    yield "]\n}\n"


def _pair(key: str, value: Any) -> str:
    return f"{json.dumps(key)}: {json.dumps(value)}"
