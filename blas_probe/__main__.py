# SPDX-License-Identifier: Apache-2.0
"""`python -m blas_probe`: which BLAS and LAPACK libraries and CUDA toolkits are here?"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from blas_probe.cache import Cache, usual_folder
from blas_probe.cli.commands import show, why
from blas_probe.cli.options import parser, split
from blas_probe.cli.run import Answer, Run, function
from blas_probe.cli.table import EXTRAS, Extra
from blas_probe.cli.terminal import colourful, progress_line, put_aside
from blas_probe.errors import ProbeError
from blas_probe.recipe import load_recipes
from blas_probe.report import safe

INTERRUPTED = 130
NOBODY_READS = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, or that of the error (errors.py)."""
    options = parser().parse_intermixed_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        answer = answer_of(options)
        print(answer.text, end="", flush=True)
    except ProbeError as error:
        print(f"blas_probe: {safe(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("blas_probe: interrupted; nothing was left running", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        put_aside(sys.stdout)
        return NOBODY_READS
    return answer.code


def answer_of(options: argparse.Namespace) -> Answer:
    """Do what the command line says."""
    command, argument, paths = split(options.words)
    run = Run(
        recipes=load_recipes(options.recipes),
        environ=os.environ,
        paths=paths,
        site_packages=options.site_packages,
        jobs=options.jobs,
        timeout=options.timeout,
        cache=Cache(usual_folder(os.environ), refresh=options.no_cache),
        use=options.use,
        refine=[(row.call, value) for row, value in asked(options, "measure")],
        say=lambda text: print(safe(text), file=sys.stderr),
        progress=progress_line(sys.stderr, os.environ),
        colour=colourful(sys.stdout, os.environ),
        as_json=options.json,
        assume=options.assume,
        static=options.static,
    )
    if command is not None:
        answer: Answer = function(command.call)(run, argument)
        return answer
    if options.why is not None:
        return why(run, options.why)
    writers = asked(options, "write")
    return written(run, writers, options.json) if writers else show(run, as_json=options.json)


def asked(options: argparse.Namespace, does: str) -> list[tuple[Extra, Any]]:
    """The further options of one kind that the command line has, in the order of their table."""
    values = vars(options)
    rows = [(row, values[row.flag[2:].replace("-", "_")]) for row in EXTRAS if row.does == does]
    return [(row, value) for row, value in rows if value]


def written(run: Run, writers: Sequence[tuple[Extra, Any]], as_json: bool) -> Answer:
    """Write what others need; with --json their words go to standard error."""
    found = run.found()
    texts = [function(row.call)(found, run, value) for row, value in writers]
    if as_json:
        run.say("".join(texts).rstrip("\n"))
        return Answer(found.to_json())
    return Answer("".join(texts))


def _terminate(number: int, _: object) -> None:
    """End as Ctrl-C does: no child stays behind."""
    raise KeyboardInterrupt


def entry() -> int:
    """The program `blas-probe`."""
    gc.disable()  # it ends soon: collecting costs more than it frees
    signal.signal(signal.SIGTERM, _terminate)
    return main()


if __name__ == "__main__":
    sys.exit(entry())
