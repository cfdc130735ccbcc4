# SPDX-License-Identifier: Apache-2.0
"""The command line: one subcommand per stage; everything else is in the stage's own file."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path

from blas_probe.cli.terminal import complain
from blas_probe.errors import ProbeError
from blas_probe.found import Found
from wheels.audit import command as audit
from wheels.command import commands_shown, kill_all
from wheels.compare import command as comparing
from wheels.errors import (
    CheckError,
    IndexingError,
    InterruptedRunError,
    NothingToBuildError,
    WheelsError,
    from_os_error,
)
from wheels.fingerprint import HashCache
from wheels.folders import Folders, folders_of
from wheels.index import make_index, require_index
from wheels.lock import locked
from wheels.plan import Exclusion, Plan
from wheels.prepare import Request, gather, make_plan
from wheels.progress import Progress, progress_on, wants_bars
from wheels.proof import prove, recorded, verifying
from wheels.release import Result, Stage, barren_platforms, run
from wheels.report import command as report
from wheels.summary import table, to_data

HELP: Mapping[str, str] = {
    "plan": "print the cells, the artefacts, and why each other combination is excluded",
    "build": "compile the core once, the bindings and every backend",
    "check": "run trivet-check on every backend",
    "pack": "assemble and repair the wheels of what is green",
    "release": "do all of it, install and exercise every cell, fill dist/ and index/",
    "index": "make index/simple from what lies in dist/",
    "prove": "build a backend against a library of yours, and run the checks on it",
    "verify": "compare wheels with their certificates, and check them again on this machine",
    "report": "write one HTML page about what the certificates say",
    "audit": "read anybody's wheel, of any platform, and say what is wrong with it",
    "compare": "say how two wheels differ, and whether that matters",
}
STAGELESS = ("index", "prove", "verify", "report", "audit", "compare")


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = argparse.ArgumentParser(prog="python -m wheels", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True, metavar="STAGE")
    for name, text in HELP.items():
        sub = commands.add_parser(name, help=text, description=text)
        _folder_options(sub)
        if name not in STAGELESS:
            _choice_options(sub)
        sub.add_argument("--json", action="store_true", help="print JSON on standard output")
    prove.add_options(commands.choices["prove"])
    verifying.add_options(commands.choices["verify"])
    report.add_options(commands.choices["report"])
    audit.add_options(commands.choices["audit"])
    comparing.add_options(commands.choices["compare"])
    return top


def _folder_options(sub: argparse.ArgumentParser) -> None:
    for name in ("recipes", "build", "dist", "index"):
        sub.add_argument(f"--{name}", type=Path, metavar="FOLDER", help=f"instead of {name}/")
    sub.add_argument("--verbose", action="store_true", help="print each command before it runs")


def _choice_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="GLOB",
        help="ids of cells or artefacts; may be given again",
    )
    sub.add_argument(
        "--platform",
        action="append",
        default=[],
        metavar="ID",
        help="these rows of recipes/platforms.toml alone (globs; `native`: this machine's)",
    )
    sub.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="ID",
        help="make this backend alone, beside the default one; may be given again",
    )
    sub.add_argument(
        "--library",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="a further library file or folder for the probe",
    )
    sub.add_argument(
        "--python",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="a further Python interpreter",
    )
    sub.add_argument(
        "--beside",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="try each backend beside this large package too (recipes/company.toml)",
    )
    sub.add_argument("--toolchain", default="", metavar="ID", help="instead of the platform's")
    sub.add_argument(
        "--jobs", type=_number, default=0, metavar="N", help="default: the usable cores"
    )
    sub.add_argument(
        "--require-run",
        action="store_true",
        help="ship nothing of which a part could not be run on this machine",
    )
    sub.add_argument("--offline", action="store_true", help="fetch nothing")
    sub.add_argument("--full", action="store_true", help="every case of trivet-check")
    sub.add_argument("--quick", dest="full", action="store_false", help="the default")
    recorded.add_options(sub)


def _number(text: str) -> int:
    """A number of things that are done at a time."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def main(words: Sequence[str]) -> int:
    """Run one command; every error of ours ends in one text and its own exit code."""
    arguments = parser().parse_args(words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files in any alphabet
    try:
        return _main(arguments, os.environ)
    except KeyboardInterrupt:
        kill_all()
        error: WheelsError = InterruptedRunError(
            "interrupted", why="Ctrl-C", then="the same command goes on where this one stopped"
        )
    except WheelsError as raised:
        error = raised
    except ProbeError as raised:
        error = WheelsError(str(raised))
        complain(f"error: {error}")
        return raised.exit_code
    except OSError as raised:
        error = from_os_error(raised, f"python -m wheels {arguments.command} failed")
    complain(f"error: {error}")
    return error.exit_code


def _main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    folders = folders_of(
        recipes=arguments.recipes,
        build=arguments.build,
        dist=arguments.dist,
        index=arguments.index,
    )
    with progress_on(bars=wants_bars(sys.stderr, environ)) as progress:
        told = arguments.verbose or environ.get("CI")
        with commands_shown(progress.say if told else None):
            return _run(arguments, folders, environ, progress)


def _run(
    arguments: argparse.Namespace,
    folders: Folders,
    environ: Mapping[str, str],
    progress: Progress,
) -> int:
    if arguments.command == "index":
        return _index(arguments, folders)
    if arguments.command == "compare":
        return comparing.command(arguments)
    if arguments.command == "report":
        return report.command(arguments, folders)
    if arguments.command == "prove":
        proven = prove.command(arguments, folders, environ, progress)
        progress.close()
        return prove.finish(proven, as_json=arguments.json)
    if arguments.command == "verify":
        reports = verifying.command(arguments, folders, environ, progress)
        progress.close()
        return verifying.finish(reports, as_json=arguments.json)
    if arguments.command == "audit":
        audits, refused = audit.command(arguments, folders, progress)
        progress.close()
        shown = {"as_json": arguments.json, "strict": arguments.strict, "quiet": arguments.quiet}
        return audit.finish(audits, refused, **shown)
    request = _request(arguments, folders, environ)
    if arguments.command == "plan":
        return _plan(arguments, request, progress)
    with locked(folders.build):
        result = run(request, progress, until=arguments.command)
    progress.close()
    return _finish(arguments, result, arguments.command)


def _request(
    arguments: argparse.Namespace, folders: Folders, environ: Mapping[str, str]
) -> Request:
    return Request(
        folders=folders,
        only=tuple(arguments.only),
        toolchain=arguments.toolchain,
        pythons=tuple(arguments.python),
        libraries=tuple(path.resolve() for path in arguments.library),
        variants=tuple(arguments.variant),
        platforms=tuple(arguments.platform),
        require_run=arguments.require_run,
        beside=tuple(arguments.beside),
        offline=arguments.offline,
        full=arguments.full,
        baseline=recorded.wanted(arguments, folders.recipes),
        jobs=arguments.jobs or len(os.sched_getaffinity(0)),
        environ=dict(environ),
    )


def _index(arguments: argparse.Namespace, folders: Folders) -> int:
    if not folders.dist.is_dir():
        raise IndexingError(
            f"{folders.dist} is no folder",
            why="no release has filled it, or a typing error in --dist",
            then="python -m wheels release, or name the folder of the wheels with --dist FOLDER",
        )
    require_index(folders)
    count = make_index(folders.dist, folders.index, HashCache())
    simple = folders.index / "simple"
    if arguments.json:
        print(json.dumps({"index": str(simple), "wheels": count}))
    else:
        print(f"{count} wheels: pip install --index-url {simple.as_uri()} trivet")
    return 0


def _plan(arguments: argparse.Namespace, request: Request, progress: Progress) -> int:
    """Plan from recipes and the last probe; what PyPI supplies counts as available."""
    got = gather(request, progress, fetch=False)
    made = make_plan(request, got, fetch=not request.offline)
    got.cache.save()
    text = plan_text(made) + unusable_text(got.found)
    print(made.to_json() if arguments.json else text, end="")
    return 0


def plan_text(made: Plan) -> str:
    """Print a plan for people; combinations with one reason are told once."""
    lines = [f"{len(made.cells)} cells"]
    lines += [f"  {cell.id}{f'  (fetch {cell.supply})' * bool(cell.supply)}" for cell in made.cells]
    lines += ["", f"{len(made.artefacts)} artefacts"]
    lines += [f"  {item.id}" for item in made.artefacts]
    lines += ["", f"{len(made.exclusions)} combinations excluded"]
    for name, reason in grouped(made.exclusions):
        first, *rest = reason.splitlines()
        lines.append(f"  {name}: {first}")
        lines += [f"      {line.strip()}" for line in rest]
    return "\n".join(lines) + "\n"


def unusable_text(found: Found) -> str:
    """List the libraries that crash, hang, do not fit, ...; each costs its row and no more."""
    bad = [library for library in found.libraries if library.problem]
    rows = [f"  {library.path}: {library.problem}" for library in bad]
    return "\n".join(["", f"{len(bad)} libraries cannot be used", *rows]) + "\n"


def grouped(exclusions: Sequence[Exclusion]) -> list[tuple[str, str]]:
    """Join exclusions that differ in the Python alone."""
    groups: dict[tuple[str, str], list[str]] = {}
    for item in exclusions:
        python, _, rest = item.id.partition("-")
        groups.setdefault((rest, item.reason), []).append(python)
    return [
        (f"{{{','.join(pythons)}}}-{rest}" if len(pythons) > 1 else f"{pythons[0]}-{rest}", reason)
        for (rest, reason), pythons in groups.items()
    ]


def _finish(arguments: argparse.Namespace, result: Result, stage: Stage) -> int:
    if arguments.json:
        print(json.dumps({"rows": to_data(result.rows)}, indent=1))
    else:
        print(table(result.rows))
        if stage == "release":
            print(f"\nreport: {result.ready.request.folders.report}")
    bad = [row for row in result.rows if row.status == "FAILED"]
    if bad:
        raise CheckError(
            f"{len(bad)} of {len(result.rows)} artefacts failed: "
            + ", ".join(row.artefact for row in bad),
            why=bad[0].reason.splitlines()[0],
            then=f"read the logs in {result.ready.request.folders.logs}; the others are in dist/"
            if stage == "release"
            else "",
        )
    if not arguments.only:
        _refuse_barren(result)
    return 0


def _refuse_barren(result: Result) -> None:
    """A platform that was asked for has no wheel: say so, and why."""
    barren = barren_platforms(result.ready)
    if barren:
        raise NothingToBuildError(
            f"no wheel of trivet can be made for {', '.join(barren)}",
            why="\n         ".join(dict.fromkeys(text for why in barren.values() for text in why)),
            then="cure the first, or see python -m wheels plan for every reason",
        )
