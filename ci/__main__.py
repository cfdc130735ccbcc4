# SPDX-License-Identifier: Apache-2.0
"""`python3 -m ci matrix|run|image|native|skips`: jobs for a CI service, jobs here, the guard."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ci.errors import CiError
from ci.matrix import FORMATS
from wheels.errors import WheelsError

ROOT = Path(__file__).resolve().parents[1]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python3 -m ci", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    matrix = commands.add_parser("matrix", help="print the jobs of a CI service")
    matrix.add_argument("--format", choices=sorted(FORMATS), default="json")
    matrix.add_argument("--plan", type=Path, help="what `wheels plan --json` printed")
    matrix.add_argument("--only", action="append", default=[], metavar="GLOB")
    run = commands.add_parser("run", help="do on this machine exactly what a job does")
    run.add_argument("--only", required=True, metavar="CELL")
    image = commands.add_parser("image", help="make the local image of cibuildwheel (needs root)")
    image.add_argument("--build", type=Path, default=ROOT / "build" / "image", metavar="FOLDER")
    native = commands.add_parser("native", help="run cibuildwheel here, in the local image")
    native.add_argument("--only", action="append", default=[], metavar="GLOB")
    native.add_argument("--build", type=Path, default=ROOT / "build" / "native", metavar="FOLDER")
    native.add_argument("--image", default="", help="instead of the one that `ci image` makes")
    skips = commands.add_parser("skips", help="fail when a test was skipped in every job")
    skips.add_argument("reports", nargs="+", type=Path, help="JUnit files, one per job")
    skips.add_argument("--allowed", type=Path, default=ROOT / "ci" / "allowed_skips.toml")
    return top


def matrix(given: argparse.Namespace) -> int:
    """Print the matrix."""
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
    """Run cibuildwheel in the local image, which is made first when it is not there."""
    from ci.image.making import make_image
    from ci.native import build_natively

    name = given.image or make_image(ROOT, ROOT / "build" / "image", os.environ, say)
    for one in build_natively(ROOT, given.build, name, given.only, os.environ, say):
        print(f"{one.wheel}  {one.size / 1e6:.1f} MB")
    return 0


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
