# SPDX-License-Identifier: Apache-2.0
"""The command line of `verify`: which wheels, what is printed, which exit code."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from wheels.command import Log
from wheels.errors import CheckError, UnfinishedCheckError, UsageError, VerifyError
from wheels.folders import Folders
from wheels.prepare import load
from wheels.progress import Progress, Stopwatch
from wheels.proof import rerun
from wheels.proof.certificate import Inside
from wheels.proof.making import interface_version
from wheels.proof.prove import seconds
from wheels.proof.tools import find_tools
from wheels.proof.verify import NotRunnable, Report, Run, Runner, unshipped, verify, wheels_of

ALONE = "dist/"


def add_options(sub: argparse.ArgumentParser) -> None:
    """Describe the command line of `verify`."""
    sub.add_argument("wheel", nargs="*", type=Path, help="default: every wheel in dist/")
    sub.add_argument(
        "--certificate", type=Path, metavar="FILE", help="instead of the one in certificates/"
    )
    sub.add_argument("--static", action="store_true", help="compare files only, run nothing")
    sub.add_argument("--full", action="store_true", help="every case of trivet-check")
    sub.add_argument("--limit", type=seconds, default=0.0, metavar="SECONDS", help="for each part")
    sub.add_argument("--toolchain", default="", metavar="ID", help="instead of the first good one")
    sub.add_argument("--jobs", type=int, default=0, metavar="N", help="default: the usable cores")


def command(
    arguments: argparse.Namespace,
    folders: Folders,
    environ: Mapping[str, str],
    progress: Progress,
) -> list[Report]:
    """Verify what was named, or all of dist/."""
    paths = list(arguments.wheel)
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise UsageError(f"no such wheel: {', '.join(missing)}", why="a typing error, or it moved")
    if arguments.certificate and len(paths) != 1:
        raise UsageError("--certificate goes with one wheel", then="name that wheel")
    whole = not paths
    paths = paths or list(wheels_of(folders.dist))
    if not paths:
        raise UsageError(
            f"{folders.dist} holds no wheel", then="name a wheel, or: python -m wheels release"
        )
    runner = not_asked if arguments.static else _runner(arguments, folders, environ)
    interface = interface_version(folders.root)
    progress.stage("verify", len(paths))
    reports = []
    for path in paths:
        watch = Stopwatch()
        report = verify(path, arguments.certificate, interface, runner)
        reports.append(report)
        progress.done(report.wheel, word(report), watch.seconds)
    if whole and (lost := unshipped(folders.dist)):
        reports.append(Report(wheel=ALONE, problems=tuple(lost)))
    return reports


def not_asked(tree: Path, inside: Inside) -> Run:
    """Stand in for the run with --static."""
    raise NotRunnable("--static was given")


def _runner(arguments: argparse.Namespace, folders: Folders, environ: Mapping[str, str]) -> Runner:
    """Runs backends; the check program is built when the first one needs it."""
    made: list[rerun.Bench] = []

    def runner(tree: Path, inside: Inside) -> Run:
        if not made:
            recipes, rows = load(folders.recipes)
            jobs = arguments.jobs or len(os.sched_getaffinity(0))
            chosen = arguments.toolchain
            made.append(
                rerun.Bench(
                    tools=find_tools(folders, rows, environ, toolchain=chosen, jobs=jobs),
                    recipes=recipes,
                    environ=environ,
                    log=Log(folders.logs / "verify.log", "verify"),
                    full=arguments.full,
                    limit=arguments.limit,
                )
            )
        return rerun.run(tree, inside, made[0])

    return runner


def word(report: Report) -> str:
    """A report in one line."""
    wrong = [*report.problems, *report.failures]
    return f"FAILED: {wrong[0]}" if wrong else f"as certified; {report.checked}"


def text(reports: Sequence[Report]) -> str:
    """All reports for people."""
    lines = []
    for report in reports:
        lines.append(f"{report.wheel}: {'as certified' if report.good else 'FAILED'}")
        lines += [f"  differs    {line}" for line in report.problems]
        lines += [f"  failed     {line}" for line in report.failures]
        lines += [f"  warning    {line}" for line in report.warnings]
        lines += [f"  run here   {report.checked}"]
    return "\n".join(lines) + "\n"


def finish(reports: Sequence[Report], *, as_json: bool) -> int:
    """Print the reports; raise for the worst: another file, then no end, then wrong results."""
    rows = [{**dataclasses.asdict(report), "good": report.good} for report in reports]
    print(json.dumps({"wheels": rows}, indent=1) if as_json else text(reports), flush=True)
    bad = [report for report in reports if not report.good]
    if not bad:
        return 0
    names = ", ".join(report.wheel for report in bad)
    if any(report.problems for report in bad):
        first = next(report for report in bad if report.problems)
        raise VerifyError(
            f"not as certified: {names}",
            why=first.problems[0],
            then="do not install it; make the release again",
        )
    kind = UnfinishedCheckError if any(report.ending for report in bad) else CheckError
    raise kind(f"as certified, but wrong on this machine: {names}", why=bad[0].failures[0])
