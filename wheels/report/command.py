# SPDX-License-Identifier: Apache-2.0
"""`python -m wheels report`: read the certificates, write the page."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from blas_probe.errors import RecipeError
from blas_probe.recipe import Recipes, load_recipes
from wheels.errors import CertificateError
from wheels.folders import Folders
from wheels.report.collect import PACK, Gathered, gather, read_release
from wheels.report.page import Report, page, report_of
from wheels.state import write_if_changed


def add_options(sub: argparse.ArgumentParser) -> None:
    """Describe the command line of `report`."""
    sub.add_argument(
        "--certificates",
        action="append",
        default=[],
        type=Path,
        metavar="FOLDER",
        help="instead of those of dist/ and build/; may be given again",
    )
    sub.add_argument(
        "--before",
        type=Path,
        metavar="PATH",
        help="the former release: its folder of certificates, or what --json printed of it",
    )
    sub.add_argument("--output", type=Path, metavar="FILE", help="instead of dist/report.html")


def command(arguments: argparse.Namespace, folders: Folders) -> int:
    """Write the page; CertificateError afterwards when something could not be read."""
    places = list(arguments.certificates)
    now = gather(places or _places(folders))
    before = gather([arguments.before]) if arguments.before else None
    if not now.certificates:
        raise CertificateError(
            "; ".join(f"{one.where}: {one.what}" for one in now.problems),
            then="python -m wheels release, or name a folder with --certificates",
        )
    report = report_of(
        now,
        release=None if places else read_release(folders.released),
        before=before,
        links=_links(folders.recipes),
    )
    output = arguments.output or folders.report
    write_if_changed(output, page(report))
    if arguments.json:
        print(json.dumps(to_data(report, now), indent=1))
    else:
        print(output)
    _complain([*now.problems, *report.before_problems], output)
    return 0


def _places(folders: Folders) -> list[Path]:
    """Where a release leaves certificates; one of the two folders is enough."""
    both = [folders.shipped_certificates, folders.certificates]
    return [path for path in both if any(path.glob("*.json"))] or both


def _links(recipes: Path) -> Mapping[str, str]:
    """Known defect -> where it is reported; none where the recipes cannot be read."""
    try:
        return links_of(load_recipes(recipes))
    except RecipeError:
        return {}


def links_of(recipes: Recipes) -> Mapping[str, str]:
    """Known defect -> where it is reported."""
    return {row.reason: row.link for one in recipes.providers for row in one.expect if row.link}


def write_report(folders: Folders, recipes: Recipes) -> Path:
    """Write the page at the end of a release."""
    report = report_of(
        gather(_places(folders)), release=read_release(folders.released), links=links_of(recipes)
    )
    write_if_changed(folders.report, page(report))
    return folders.report


def to_data(report: Report, now: Gathered) -> dict[str, Any]:
    """The report as JSON, with every certificate, so that a later --before can read it."""
    rows = [
        {"kind": one.kind, "id": one.id, "status": one.status, "failures": list(one.failures)}
        for one in report.rows
    ]
    return {
        "rows": rows,
        "problems": [dataclasses.asdict(one) for one in report.problems],
        "differences": [dataclasses.asdict(one) for one in report.differences],
        PACK: [dataclasses.asdict(one) for one in now.certificates],
    }


def _complain(problems: Sequence[Any], output: Path) -> None:
    if not problems:
        return
    for one in problems[:-1]:
        sys.stderr.write(f"error: {one.where}: {one.what}\n")
    raise CertificateError(
        f"{problems[-1].where}: {problems[-1].what}", then=f"{output} holds all the others"
    )
