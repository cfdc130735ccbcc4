# SPDX-License-Identifier: Apache-2.0
"""The command line of `audit`."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from blas_probe.errors import RecipeError
from blas_probe.report import safe
from wheels.errors import AuditError, FetchError, NotAWheelError, RowError, WheelsError
from wheels.folders import Folders
from wheels.progress import Progress, Stopwatch

if TYPE_CHECKING:
    from wheels.audit.auditing import Audit


def add_options(sub: argparse.ArgumentParser) -> None:
    """Describe the command line of `audit`."""
    sub.add_argument("wheel", nargs="+", type=Path, help="any wheel, of any platform")
    sub.add_argument("--quiet", action="store_true", help="leave out the remarks")
    sub.add_argument("--strict", action="store_true", help="warnings fail as errors do")
    sub.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="CODE",
        help="such findings are meant to be, and become remarks; may be given again",
    )
    sub.add_argument(
        "--largest", type=_megabytes, default=0.0, metavar="MB", help="a larger wheel is an error"
    )


def _megabytes(text: str) -> float:
    """A size; no text, no `nan`, nothing below zero."""
    if not re.fullmatch(r"\d+(\.\d*)?|\.\d+", text, re.ASCII):
        msg = f"{text} is no size: give megabytes, for example 50"
        raise argparse.ArgumentTypeError(msg)
    return float(text)


def command(
    arguments: argparse.Namespace, folders: Folders, progress: Progress
) -> tuple[list[Audit], list[WheelsError]]:
    """Audit every wheel that was named; what cannot be opened does not keep the others waiting."""
    try:
        from wheels.audit.auditing import Auditor, Demands  # needs packages that others do not
    except ModuleNotFoundError as error:
        raise FetchError(
            f"the audit needs the package {error.name}",
            why="this environment was made without the dependency group `audit`",
            then="pip install --group audit",
        ) from error
    try:
        auditor = Auditor(folders.recipes)
    except RecipeError as error:
        raise RowError(str(error), then="correct the line, then the same command") from error
    demands = Demands(largest=int(arguments.largest * 1e6), allowed=tuple(arguments.allow))
    progress.stage("audit", len(arguments.wheel))
    audits: list[Audit] = []
    refused: list[WheelsError] = []
    for path in arguments.wheel:
        watch = Stopwatch()
        try:
            one = auditor.audit(path, demands)
        except WheelsError as error:
            refused.append(error)
            no_wheel = isinstance(error, NotAWheelError)
            progress.done(
                safe(path.name), "is no wheel" if no_wheel else "not unpacked", watch.seconds
            )
            continue
        audits.append(one)
        progress.done(safe(one.wheel), _word(one), watch.seconds)
    return audits, refused


def _word(one: Audit) -> str:
    """The worst that was found, in two words."""
    for level in ("error", "warning"):
        if count := len(one.of(level)):
            return f"{count} {level}{'s' if count > 1 else ''}"
    return "as it should be"


def finish(
    audits: Sequence[Audit],
    refused: Sequence[WheelsError],
    *,
    as_json: bool,
    strict: bool,
    quiet: bool,
) -> int:
    """Print the audits; AuditError, or why one cannot be looked at, when something is wrong."""
    from wheels.audit import show

    if as_json:
        texts = [str(error) for error in refused]
        print(json.dumps(show.data(audits, texts), indent=1), flush=True)
    else:
        print(show.text(audits, remarks=not quiet), end="", flush=True)
    if refused:
        raise refused[0]
    levels = ("error", "warning") if strict else ("error",)
    bad = [one for one in audits if any(one.of(level) for level in levels)]
    if bad:
        first = next(finding for finding in bad[0].findings if finding.level in levels)
        raise AuditError(
            f"something is wrong with {len(bad)} of {len(audits)} wheels: "
            + ", ".join(one.wheel for one in bad),
            why=safe(f"{first.file}: {first.text}" if first.file else first.text),
            then="the lines above say of each fault what to do",
        )
    return 0
