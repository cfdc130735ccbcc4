# SPDX-License-Identifier: Apache-2.0
"""`python -m blas_probe`: which BLAS and LAPACK libraries are here?"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from blas_probe import __version__
from blas_probe.errors import ProbeError
from blas_probe.probing import DEFAULT_TIMEOUT, probe
from blas_probe.recipe import load_recipes
from blas_probe.report import safe, table, wrap


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="blas_probe", description="Find and measure every BLAS and LAPACK library."
    )
    add = made.add_argument
    add("paths", nargs="*", type=Path, metavar="PATH", help="further libraries or folders")
    add("--json", action="store_true", help="print found.json instead of the table")
    add("--why", metavar="NAME", help="why a variant, provider or library is (not) used")
    add("--recipes", type=Path, metavar="DIR", help="folder that holds blas/*.toml")
    add("--site-packages", type=Path, metavar="DIR", action="append", help="look in these instead")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="children at a time")
    add("--timeout", type=float, default=DEFAULT_TIMEOUT, help="seconds for each library")
    add("--version", action="version", version=__version__)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, or that of the error (errors.py)."""
    options = parser().parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        found = probe(
            recipes=load_recipes(options.recipes),
            paths=options.paths,
            environ=os.environ,
            site_packages=options.site_packages,
            jobs=options.jobs,
            timeout=options.timeout,
        )
        if options.why:
            lines = [line for reason in found.why_not(options.why) for line in wrap(reason, 2)]
            print("\n".join(lines))
        else:
            print(found.to_json() if options.json else table(found), end="")
    except ProbeError as error:
        print(f"blas_probe: {safe(str(error))}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
