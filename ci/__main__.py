# SPDX-License-Identifier: Apache-2.0
"""`python3 -m ci COMMAND`: jobs for a CI service, one of them here, the guard on skips."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ci.errors import CiError
from ci.matrix import FORMATS
from ci.route import NativeJob
from wheels.errors import WheelsError

ROOT = Path(__file__).resolve().parents[1]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python3 -m ci", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    matrix = commands.add_parser("matrix", help="print the jobs of a CI service")
    matrix.add_argument("--format", choices=sorted(FORMATS), default="json")
    matrix.add_argument("--route", choices=("cross", "native"), default="cross")
    matrix.add_argument("--plan", type=Path, help="what `wheels plan --json` printed")
    matrix.add_argument("--only", action="append", default=[], metavar="GLOB")
    run = commands.add_parser("run", help="do on this machine exactly what a job does")
    run.add_argument("--only", required=True, metavar="CELL")
    image = commands.add_parser("image", help="make the local image of cibuildwheel (needs root)")
    image.add_argument("--build", type=Path, default=ROOT / "build" / "image", metavar="FOLDER")
    native = commands.add_parser("native", help="run cibuildwheel for this machine's platforms")
    native.add_argument("--only", action="append", default=[], metavar="GLOB")
    native.add_argument("--build", type=Path, default=ROOT / "build" / "native", metavar="FOLDER")
    native.add_argument("--local", action="store_true", help="in the image that `ci image` makes")
    native.add_argument("--image", default="", help="in this local image")
    collect = commands.add_parser("collect", help="check the wheels of all native jobs")
    collect.add_argument("folder", type=Path, help="where the artefacts of the jobs are")
    collect.add_argument("--only", action="append", default=[], metavar="GLOB")
    collect.add_argument("--dist", type=Path, default=ROOT / "dist", metavar="FOLDER")
    skips = commands.add_parser("skips", help="fail when a test was skipped in every job")
    skips.add_argument("reports", nargs="+", type=Path, help="JUnit files, one per job")
    skips.add_argument("--allowed", type=Path, default=ROOT / "ci" / "allowed_skips.toml")
    return top


def matrix(given: argparse.Namespace) -> int:
    """Print the matrix."""
    if given.route == "native":
        from ci import route

        if given.format not in route.FORMATS or given.plan:
            msg = f"the native route has no plan, and is printed as {' or '.join(route.FORMATS)}"
            raise CiError(msg)
        print(route.FORMATS[given.format](jobs_of_the_route(given.only)))
        return 0
    from ci.acting import read_jobs

    print(FORMATS[given.format](read_jobs(given.plan, given.only)))
    return 0


def run(given: argparse.Namespace) -> int:
    """Run one cell."""
    from ci.acting import run_cell

    return run_cell(given.only)


def image(given: argparse.Namespace) -> int:
    """Make the local image, and print its name."""
    from ci.image.making import make_image

    print(make_image(ROOT, given.build, os.environ, say))
    return 0


def native(given: argparse.Namespace) -> int:
    """Do the native jobs of this machine; the local image is made first when it is not there."""
    from ci.image.making import make_image
    from ci.image.recipe import load_image
    from ci.native import jobs_asked_for, run_jobs, working

    jobs = jobs_asked_for(ROOT, given.only, local=bool(given.local or given.image))
    local = None
    if given.local or given.image:
        name = given.image or make_image(ROOT, ROOT / "build" / "image", os.environ, say)
        local = working(load_image(ROOT / "recipes"), name, os.environ)
    for one in run_jobs(ROOT, given.build, jobs, os.environ, say, local):
        print(f"{one['wheel']}  {one['size']} bytes, {one['seconds']} s")
    return 0


def collect(given: argparse.Namespace) -> int:
    """Check that every native job left its wheel, and fill dist/."""
    from ci.collect import collect as gather

    for path in gather(given.folder, jobs_of_the_route(given.only), given.dist):
        print(path)
    return 0


def jobs_of_the_route(only: Sequence[str]) -> tuple[NativeJob, ...]:
    """The native jobs of all platforms."""
    from blas_probe.recipe import load_recipes
    from ci.route import native_jobs
    from wheels.rows import load_rows

    return native_jobs(load_rows(ROOT / "recipes"), load_recipes(ROOT / "recipes"), only)


def say(text: str) -> None:
    """Tell how far a long command is."""
    print(f"ci: {text}", file=sys.stderr, flush=True)


def skips(given: argparse.Namespace) -> int:
    """Compare the reports of all jobs."""
    from ci.acting import guard

    return guard(given.reports, given.allowed)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "matrix": matrix,
    "run": run,
    "image": image,
    "native": native,
    "collect": collect,
    "skips": skips,
}


def main(argv: Sequence[str]) -> int:
    """Run one command; our own errors print their text alone."""
    words = ["run", *argv] if argv and argv[0] == "--only" else list(argv)
    given = parser().parse_args(words)
    try:
        return COMMANDS[given.command](given)
    except (CiError, WheelsError) as error:
        print(f"ci: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("ci: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
